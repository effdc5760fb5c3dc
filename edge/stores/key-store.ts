// API keys in D1. Holds hashes only; what a key may do is decided by the use cases. Every list and change is scoped by
// tenant; `findForVerification` alone is not, because it is what finds the tenant.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { type AuditRecord, auditIfChanged } from './audit-store.ts';
import type { Page, PageRequest } from './cursor.ts';
import { type KeyRecord, type KeyRow, type KeyTenant, type TenantColumns, toKey } from './key-record.ts';
import { newestFirst } from './newest-first.ts';
import { readLimits } from './plan-limits.ts';

export type KeyChange = Partial<{
  name: string;
  disabled: boolean;
  revokedAtMs: number;
}>;

export type KeyStore = {
  /** False, and nothing is made, where `maker` is a key that may make none any more, or the tenant is gone. */
  readonly insert: (key: KeyRecord, audit: AuditRecord, maker: string | undefined) => Promise<boolean>;
  readonly findForVerification: (
    id: string,
  ) => Promise<{ readonly key: KeyRecord; readonly tenant: KeyTenant } | undefined>;
  /** The tenant's keys that are in use; none where it is suspended. */
  readonly usableIds: (tenantId: string, nowMs: number) => Promise<ReadonlySet<string>>;
  readonly find: (tenantId: string, id: string) => Promise<KeyRecord | undefined>;
  readonly list: (tenantId: string, page: PageRequest) => Promise<Page<KeyRecord>>;
  /** The key after the change; `undefined` where the tenant has no such key, or it has been revoked before. */
  readonly update: (
    tenantId: string,
    id: string,
    change: KeyChange,
    audit: AuditRecord,
  ) => Promise<KeyRecord | undefined>;
  /**
   * In one transaction: the successor is there exactly when its predecessor points at it. False where the predecessor is no
   * longer in use or has a successor, or `maker` may make no key any more.
   */
  readonly replace: (
    old: { id: string; expiresAtMs: number },
    successor: KeyRecord,
    audit: AuditRecord,
    maker: string,
  ) => Promise<boolean>;
  /** Puts the hash under the present pepper in the place of the one given, unless another isolate has. */
  readonly rehash: (
    key: Pick<KeyRecord, 'id' | 'hash'>,
    present: { readonly hash: string; readonly pepper: string },
  ) => Promise<void>;
  readonly touch: (lastUsed: ReadonlyMap<string, number>) => Promise<void>;
};

export function createKeyStore(db: D1Database): KeyStore {
  return {
    insert: async (key, audit, maker) => {
      const [inserted] = await db.batch([insertKeyStatement(db, key, maker), auditIfChanged(db, audit)]);
      return (inserted?.meta.changes ?? 0) > 0;
    },
    findForVerification: async (id) => {
      const row = await db
        .prepare(
          `SELECT keys.*, tenants.name AS tenant_name, tenants.limits, tenants.suspended
           FROM keys JOIN tenants ON tenants.id = keys.tenant_id WHERE keys.id = ?`,
        )
        .bind(id)
        .first<KeyRow & TenantColumns>();
      if (row === null) return undefined;
      const tenant = {
        id: row.tenant_id,
        name: row.tenant_name,
        limits: readLimits(row.limits),
        suspended: row.suspended === 1,
      };
      return { key: toKey(row), tenant };
    },
    usableIds: async (tenantId, nowMs) => {
      const { results } = await db
        .prepare(
          `SELECT keys.id FROM keys JOIN tenants ON tenants.id = keys.tenant_id
           WHERE tenant_id = ?1 AND suspended = 0 AND revoked_at IS NULL AND disabled = 0
             AND (expires_at IS NULL OR expires_at > ?2)`,
        )
        .bind(tenantId, nowMs)
        .all<{ id: string }>();
      return new Set(results.map(({ id }) => id));
    },
    find: async (tenantId, id) => {
      const row = await db
        .prepare('SELECT * FROM keys WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first<KeyRow>();
      return row === null ? undefined : toKey(row);
    },
    list: (tenantId, page) => newestFirst(db, { table: 'keys', toItem: toKey }, tenantId, page),
    update: async (tenantId, id, change, audit) => {
      const [updated] = await db.batch<KeyRow>([
        updateStatement(db, tenantId, id, change),
        auditIfChanged(db, audit),
      ]);
      const row = updated?.results[0];
      return row === undefined ? undefined : toKey(row);
    },
    replace: async (old, successor, audit, maker) => {
      const { tenantId, id, createdAtMs } = successor;
      const [replaced] = await db.batch([
        db
          .prepare(
            `UPDATE keys SET expires_at = ?3, rotated_to = ?4
             WHERE tenant_id = ?1 AND id = ?2 AND ${mayMake('?5')}
               AND EXISTS (SELECT 1 FROM keys maker WHERE maker.id = ?6 AND ${mayMake('?5', 'maker.')})`,
          )
          .bind(tenantId, old.id, old.expiresAtMs, id, createdAtMs, maker),
        insertKeyStatement(db, successor, undefined, 'AND changes() > 0'),
        auditIfChanged(db, audit),
      ]);
      return (replaced?.meta.changes ?? 0) > 0;
    },
    rehash: async ({ id, hash }, present) => {
      await db
        .prepare('UPDATE keys SET hash = ?3, pepper = ?4 WHERE id = ?1 AND hash = ?2')
        .bind(id, hash, present.hash, present.pepper)
        .run();
    },
    touch: async (lastUsed) => {
      const statement = db.prepare(
        'UPDATE keys SET last_used_at = MAX(COALESCE(last_used_at, 0), ?2) WHERE id = ?1',
      );
      if (lastUsed.size > 0) await db.batch([...lastUsed].map(([id, atMs]) => statement.bind(id, atMs)));
    },
  };
}

/** Of a key that is in use and not in its grace period, at the time bound to `now`. */
function mayMake(now: string, of = ''): string {
  return `${of}revoked_at IS NULL AND ${of}disabled = 0 AND ${of}rotated_to IS NULL
    AND (${of}expires_at IS NULL OR ${of}expires_at > ${now})`;
}

/** Only while the tenant is there and, where a key makes it, that key may make one. */
export function insertKeyStatement(
  db: D1Database,
  key: KeyRecord,
  maker: string | undefined,
  condition = '',
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO keys (id, tenant_id, name, environment, hash, pepper, scopes, requests_per_minute, created_at, expires_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
       WHERE (?11 IS NULL OR EXISTS (SELECT 1 FROM keys maker WHERE maker.id = ?11 AND ${mayMake('?9', 'maker.')}))
         AND NOT EXISTS (SELECT 1 FROM deleted_tenants WHERE tenant_id = ?2) ${condition}`,
    )
    .bind(
      key.id,
      key.tenantId,
      key.name,
      key.environment,
      key.hash,
      key.pepper ?? null,
      JSON.stringify(key.scopes),
      key.requestsPerMinute ?? null,
      key.createdAtMs,
      key.expiresAtMs ?? null,
      maker ?? null,
    );
}

function updateStatement(
  db: D1Database,
  tenantId: string,
  id: string,
  change: KeyChange,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE keys SET name = COALESCE(?3, name), disabled = COALESCE(?4, disabled),
         revoked_at = ?5
       WHERE tenant_id = ?1 AND id = ?2 AND revoked_at IS NULL RETURNING *`,
    )
    .bind(
      tenantId,
      id,
      change.name ?? null,
      change.disabled === undefined ? null : Number(change.disabled),
      change.revokedAtMs ?? null,
    );
}
