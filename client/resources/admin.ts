// /v1/admin: for the operator, whose client is made with the admin secret as its key.

import type { z } from 'zod';
import type {
  AuditEntry,
  KeyCreate,
  KeyCreated,
  Tenant,
  TenantCreate,
  TenantCreated,
  TenantDeletion,
  TenantUpdate,
} from '#shared/contracts/tenant.ts';
import { change, create, type Listing, listing, path, read } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Admin = {
  readonly tenants: Listing<Tenant> & {
    /** The tenant and its first key, which has every scope. */
    create(request: z.input<typeof TenantCreate>, options?: CreateOptions): Promise<TenantCreated>;
    get(tenant: string, call?: CallOptions): Promise<Tenant>;
    update(tenant: string, request: z.input<typeof TenantUpdate>, call?: CallOptions): Promise<Tenant>;
    /** Everything of it, for good; `deletion` tells how far that is. */
    delete(tenant: string, call?: CallOptions): Promise<TenantDeletion>;
    deletion(tenant: string, call?: CallOptions): Promise<TenantDeletion>;
    /** For a tenant that has lost its own. */
    createKey(
      tenant: string,
      request: z.input<typeof KeyCreate>,
      options?: CreateOptions,
    ): Promise<KeyCreated>;
  };
  /** Every administrative act, newest first. */
  readonly audit: Listing<z.output<typeof AuditEntry>>;
};

export function admin(transport: Transport): Admin {
  return {
    tenants: {
      ...listing<Tenant>(transport, '/v1/admin/tenants'),
      create: (request, options) => create(transport, '/v1/admin/tenants', request, options),
      get: (tenant, call) => read(transport, path`/v1/admin/tenants/${tenant}`, call),
      update: (tenant, request, call) =>
        change(transport, 'PATCH', path`/v1/admin/tenants/${tenant}`, request, call),
      delete: (tenant, call = {}) =>
        transport.json({
          ...call,
          method: 'DELETE',
          path: path`/v1/admin/tenants/${tenant}`,
          repeatable: true,
        }),
      deletion: (tenant, call) => read(transport, path`/v1/admin/deletions/${tenant}`, call),
      createKey: (tenant, request, options) =>
        create(transport, path`/v1/admin/tenants/${tenant}/keys`, request, options),
    },
    audit: listing(transport, '/v1/admin/audit'),
  };
}
