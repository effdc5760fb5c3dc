// /v1/admin/tenants: for the operator, whose client is made with the admin secret as its key.

import type { z } from 'zod';
import type { Tenant, TenantCreate, TenantCreated, TenantUpdate } from '#shared/contracts/tenant.ts';
import { change, create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Admin = {
  readonly tenants: Listing<Tenant> & {
    /** The tenant and its first key, which has every scope. */
    create(request: z.input<typeof TenantCreate>, options?: CreateOptions): Promise<TenantCreated>;
    get(tenant: string, call?: CallOptions): Promise<Tenant>;
    update(tenant: string, request: z.input<typeof TenantUpdate>, call?: CallOptions): Promise<Tenant>;
    delete(tenant: string, call?: CallOptions): Promise<void>;
  };
};

export function admin(transport: Transport): Admin {
  return {
    tenants: {
      ...listing<Tenant>(transport, '/v1/admin/tenants'),
      create: (request, options) => create(transport, '/v1/admin/tenants', request, options),
      get: (tenant, call) => read(transport, path`/v1/admin/tenants/${tenant}`, call),
      update: (tenant, request, call) =>
        change(transport, 'PATCH', path`/v1/admin/tenants/${tenant}`, request, call),
      delete: (tenant, call) => remove(transport, path`/v1/admin/tenants/${tenant}`, call),
    },
  };
}
