// What an API key is once its row has been read: a hash and what it may do; and what is read of its tenant to verify it.

import type { PlanLimits, Scope } from '#shared/contracts/tenant.ts';

export type KeyRecord = {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly environment: string;
  readonly hash: string;
  /** Fingerprint of the pepper that the hash is under; `undefined` for keys older than the column. */
  readonly pepper: string | undefined;
  readonly scopes: readonly Scope[];
  readonly requestsPerMinute: number | undefined;
  readonly disabled: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly rotatedTo: string | undefined;
  readonly lastUsedAtMs: number | undefined;
};

export type KeyTenant = {
  readonly id: string;
  readonly name: string;
  readonly limits: PlanLimits;
  readonly suspended: boolean;
};

export type KeyRow = {
  id: string;
  tenant_id: string;
  name: string;
  environment: string;
  hash: string;
  pepper: string | null;
  scopes: string;
  requests_per_minute: number | null;
  disabled: number;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  rotated_to: string | null;
  last_used_at: number | null;
};

/** Of its tenant, joined. */
export type TenantColumns = { tenant_name: string; limits: string; suspended: number };

export function toKey(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    environment: row.environment,
    hash: row.hash,
    pepper: row.pepper ?? undefined,
    scopes: JSON.parse(row.scopes),
    requestsPerMinute: row.requests_per_minute ?? undefined,
    disabled: row.disabled === 1,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at ?? undefined,
    revokedAtMs: row.revoked_at ?? undefined,
    rotatedTo: row.rotated_to ?? undefined,
    lastUsedAtMs: row.last_used_at ?? undefined,
  };
}
