// Tenants that go as a whole, in D1: that it was asked for, how far it is, and the rows themselves. Idempotent throughout:
// whoever sweeps next goes on where the last one stopped. A test keeps its list of tables equal to the migrations.

import type { D1Database } from '@cloudflare/workers-types';
import { type AuditRecord, auditIfChanged } from './audit-store.ts';

export type DeletionRecord = {
  readonly tenantId: string;
  /** What the tenant was called. */
  readonly name: string;
  readonly requestedAtMs: number;
  readonly rowsRemoved: number;
  readonly objectsRemoved: number;
  readonly finishedAtMs: number | undefined;
};

export type DeletionStore = {
  /**
   * In one transaction: suspends the tenant, revokes its keys, ends its jobs and says that it is to go. `undefined` where there
   * is no such tenant; asking again changes nothing.
   */
  request(tenantId: string, audit: AuditRecord, nowMs: number): Promise<DeletionRecord | undefined>;
  find(tenantId: string): Promise<DeletionRecord | undefined>;
  pending(limit: number): Promise<readonly DeletionRecord[]>;
  /** Takes some rows of each table away; answers how many. The tenant itself and its keys stay until the end. */
  removeRows(tenantId: string): Promise<number>;
  count(tenantId: string, removed: { readonly rows: number; readonly objects: number }): Promise<void>;
  /** Takes the tenant and its keys away. */
  finish(tenantId: string, nowMs: number): Promise<void>;
};

/** Rows of a large table taken away in one statement. */
const pieceRows = 5_000;

/** Tables that may be large, with the columns that tell a tenant's rows apart. */
const largeTables: Readonly<Record<string, string>> = { items: 'id', pictures: 'sha256', audit: 'id' };

const smallTables = [
  'dataset_counts',
  'names_to_compose',
  'datasets',
  'deleted_datasets',
  'projections',
  'aliases',
  'shadow_counts',
  'corrections',
  'statistics_uses',
  'job_shards',
  'jobs',
  'evaluations',
  'batch_objects',
  'batches',
  'environments',
  'watched_days',
  'webhooks',
  'webhook_deliveries',
  'idempotency',
  'usage_counters',
  'stored_bytes',
] as const;

export const sweptTables: readonly string[] = [...Object.keys(largeTables), ...smallTables, 'keys'];

type Row = {
  tenant_id: string;
  name: string;
  requested_at: number;
  rows_removed: number;
  objects_removed: number;
  finished_at: number | null;
};

export function createDeletionStore(db: D1Database): DeletionStore {
  const store: DeletionStore = {
    async request(tenantId, audit, nowMs) {
      const bind = (sql: string) => db.prepare(sql).bind(tenantId, nowMs);
      await db.batch([
        bind(
          `INSERT INTO deleted_tenants (tenant_id, name, requested_at) SELECT id, name, ?2 FROM tenants WHERE id = ?1
           ON CONFLICT DO NOTHING`,
        ),
        auditIfChanged(db, audit),
        db.prepare('UPDATE tenants SET suspended = 1 WHERE id = ?').bind(tenantId),
        bind('UPDATE keys SET revoked_at = COALESCE(revoked_at, ?2) WHERE tenant_id = ?1'),
        bind(
          `UPDATE jobs SET status = 'cancelled', finished_at = ?2, updated_at = ?2
           WHERE tenant_id = ?1 AND status IN ('queued', 'running')`,
        ),
      ]);
      return store.find(tenantId);
    },
    async find(tenantId) {
      const row = await db
        .prepare('SELECT * FROM deleted_tenants WHERE tenant_id = ?')
        .bind(tenantId)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    async pending(limit) {
      const { results } = await db
        .prepare('SELECT * FROM deleted_tenants WHERE finished_at IS NULL ORDER BY requested_at LIMIT ?')
        .bind(limit)
        .all<Row>();
      return results.map(toRecord);
    },
    async removeRows(tenantId) {
      const kept = (table: string) => (table === 'audit' ? `AND action <> 'tenant.delete'` : '');
      const results = await db.batch([
        ...Object.entries(largeTables).map(([table, column]) =>
          db
            .prepare(
              `DELETE FROM ${table} WHERE tenant_id = ?1 AND ${column} IN (
                 SELECT ${column} FROM ${table} WHERE tenant_id = ?1 ${kept(table)} LIMIT ${pieceRows}) ${kept(table)}`,
            )
            .bind(tenantId),
        ),
        ...smallTables.map((table) => db.prepare(`DELETE FROM ${table} WHERE tenant_id = ?`).bind(tenantId)),
      ]);
      return results.reduce((sum, { meta }) => sum + meta.changes, 0);
    },
    async count(tenantId, { rows, objects }) {
      await db
        .prepare(
          `UPDATE deleted_tenants SET rows_removed = rows_removed + ?2, objects_removed = objects_removed + ?3
           WHERE tenant_id = ?1`,
        )
        .bind(tenantId, rows, objects)
        .run();
    },
    async finish(tenantId, nowMs) {
      await db.batch([
        db.prepare('DELETE FROM keys WHERE tenant_id = ?').bind(tenantId),
        db.prepare('DELETE FROM tenants WHERE id = ?').bind(tenantId),
        db.prepare('UPDATE deleted_tenants SET finished_at = ?2 WHERE tenant_id = ?1').bind(tenantId, nowMs),
      ]);
    },
  };
  return store;
}

function toRecord(row: Row): DeletionRecord {
  return {
    tenantId: row.tenant_id,
    name: row.name,
    requestedAtMs: row.requested_at,
    rowsRemoved: row.rows_removed,
    objectsRemoved: row.objects_removed,
    finishedAtMs: row.finished_at ?? undefined,
  };
}
