// How many rows of a kind a tenant has, and how large the database is: what keeps rows within bounds. Knows no limits.

import type { D1Database } from '@cloudflare/workers-types';

/** What a tenant can make any number of. Each is counted with what is still to be swept of it. */
const counted = {
  datasets:
    'SELECT (SELECT COUNT(*) FROM datasets WHERE tenant_id = ?1) + (SELECT COUNT(*) FROM deleted_datasets WHERE tenant_id = ?1) AS rows',
  keys: 'SELECT COUNT(*) AS rows FROM keys WHERE tenant_id = ?1',
  projections: 'SELECT COUNT(*) AS rows FROM projections WHERE tenant_id = ?1',
  evaluations: 'SELECT COUNT(*) AS rows FROM evaluations WHERE tenant_id = ?1',
  batches: 'SELECT COUNT(*) AS rows FROM batches WHERE tenant_id = ?1',
  webhooks: 'SELECT COUNT(*) AS rows FROM webhooks WHERE tenant_id = ?1',
} as const;

export type CountedKind = keyof typeof counted;

export type RoomStore = {
  readonly count: (tenantId: string, kind: CountedKind) => Promise<number>;
  readonly counts: (tenantId: string) => Promise<Record<CountedKind, number>>;
  /** Bytes of the whole database. */
  readonly databaseBytes: () => Promise<number>;
  /** Takes the oldest away of what grows by itself: audit lines and kept answers beyond so many of a tenant, keys long revoked, deliveries long ended. */
  readonly prune: (limits: {
    readonly auditRows: number;
    readonly answers: number;
    readonly keysRevokedBeforeMs: number;
    readonly deliveriesEndedBeforeMs: number;
  }) => Promise<void>;
};

export function createRoomStore(db: D1Database): RoomStore {
  return {
    count: async (tenantId, kind) => {
      const rows = await db.prepare(counted[kind]).bind(tenantId).first<number>('rows');
      return rows ?? 0;
    },
    counts: async (tenantId) => {
      const columns = Object.entries(counted).map(([kind, query]) => `(${query}) AS ${kind}`);
      const row = await db
        .prepare(`SELECT ${columns.join(', ')}`)
        .bind(tenantId)
        .first<Record<CountedKind, number>>();
      if (row === null) throw new Error('counts are one row');
      return row;
    },
    databaseBytes: async () => {
      const { meta } = await db.prepare('SELECT 1').run();
      return meta.size_after ?? 0;
    },
    prune: async ({ auditRows, answers, keysRevokedBeforeMs, deliveriesEndedBeforeMs }) => {
      await keepNewest(db, { table: 'audit', order: 'at' }, auditRows);
      await keepNewest(db, { table: 'idempotency', order: 'expires_at' }, answers);
      await db.prepare('DELETE FROM keys WHERE revoked_at < ?').bind(keysRevokedBeforeMs).run();
      await db
        .prepare('DELETE FROM webhook_deliveries WHERE finished_at < ?')
        .bind(deliveriesEndedBeforeMs)
        .run();
    },
  };
}

async function keepNewest(
  db: D1Database,
  { table, order }: { readonly table: string; readonly order: string },
  rows: number,
): Promise<void> {
  const { results } = await db
    .prepare(
      `SELECT tenant_id FROM ${table} WHERE tenant_id IS NOT NULL GROUP BY tenant_id HAVING COUNT(*) > ? LIMIT 100`,
    )
    .bind(rows)
    .all<{ tenant_id: string }>();
  const statement = db.prepare(
    `DELETE FROM ${table} WHERE tenant_id = ?1 AND id IN (
       SELECT id FROM ${table} WHERE tenant_id = ?1 ORDER BY ${order} DESC, id DESC LIMIT -1 OFFSET ?2)`,
  );
  if (results.length > 0) await db.batch(results.map(({ tenant_id }) => statement.bind(tenant_id, rows)));
}
