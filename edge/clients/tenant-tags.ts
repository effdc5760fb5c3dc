// What the workers' queues know a tenant by: an HMAC of its id, the same at every edge, that tells nothing of the tenant.

import { hmacSha256, toHex } from '#shared/digest.ts';
import { createLru } from '#shared/lru.ts';

const maxRemembered = 10_000;
const tagLength = 32;

export type TenantTags = (tenantId: string) => Promise<string>;

export function createTenantTags(secret: string): TenantTags {
  const known = createLru<string>({ maxWeight: maxRemembered });
  return async (tenantId) => {
    const remembered = known.get(tenantId);
    if (remembered !== undefined) return remembered;
    const tag = toHex(await hmacSha256(secret, `icm-tenant-tag\n${tenantId}`)).slice(0, tagLength);
    known.set(tenantId, tag);
    return tag;
  };
}
