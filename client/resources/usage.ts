// /v1/usage and /v1/audit: what the tenant has used, and what was done to its keys and settings.

import type { z } from 'zod';
import type { AuditEntry } from '#shared/contracts/tenant.ts';
import type { UsageQuery, UsageResponse } from '#shared/contracts/usage.ts';
import { type Listing, listing, read } from '../resource.ts';
import type { CallOptions, Transport } from '../transport.ts';

export type Usage = {
  /** By UTC day, both days included; default: the last 30. */
  get(range?: UsageQuery, call?: CallOptions): Promise<UsageResponse>;
  readonly audit: Listing<z.output<typeof AuditEntry>>;
};

export function usage(transport: Transport): Usage {
  return {
    get: (range = {}, call) => read(transport, '/v1/usage', call, range),
    audit: listing(transport, '/v1/audit'),
  };
}
