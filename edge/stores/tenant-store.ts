// Tenants in D1.

import type { D1Database } from '@cloudflare/workers-types';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { type AuditRecord, auditIfChanged, auditStatement } from './audit-store.ts';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';
import type { KeyRecord } from './key-record.ts';
import { insertKeyStatement } from './key-store.ts';
import { readLimits } from './plan-limits.ts';

export type TenantRecord = {
  readonly id: string;
  readonly name: string;
  readonly limits: PlanLimits;
  readonly suspended: boolean;
  readonly createdAtMs: number;
};

export type TenantStore = {
  /** A tenant and its first key, together or not at all. */
  readonly insert: (
    tenant: TenantRecord,
    firstKey: KeyRecord,
    audit: readonly AuditRecord[],
  ) => Promise<void>;
  readonly find: (id: string) => Promise<TenantRecord | undefined>;
  readonly list: (page: PageRequest) => Promise<Page<TenantRecord>>;
  /** What is not named stays as it is then. `undefined` where there is no such tenant, or it is being deleted. */
  readonly update: (
    id: string,
    change: TenantChange,
    audit: AuditRecord,
  ) => Promise<TenantRecord | undefined>;
};

export type TenantChange = {
  readonly name?: string | undefined;
  readonly limits?: Readonly<Record<string, unknown>> | undefined;
  readonly suspended?: boolean | undefined;
};

type Row = { id: string; name: string; limits: string; suspended: number; created_at: number };

export function createTenantStore(db: D1Database): TenantStore {
  return {
    insert: async (tenant, firstKey, audit) => {
      await db.batch([
        db
          .prepare('INSERT INTO tenants (id, name, limits, suspended, created_at) VALUES (?, ?, ?, ?, ?)')
          .bind(tenant.id, tenant.name, JSON.stringify(tenant.limits), 0, tenant.createdAtMs),
        insertKeyStatement(db, firstKey, undefined),
        ...audit.map((entry) => auditStatement(db, entry)),
      ]);
    },
    find: async (id) => {
      const row = await db.prepare('SELECT * FROM tenants WHERE id = ?').bind(id).first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: async ({ limit, after }) => {
      const { results } = await db
        .prepare(
          `SELECT * FROM tenants WHERE (created_at, id) < (?1, ?2)
           ORDER BY created_at DESC, id DESC LIMIT ?3`,
        )
        .bind(after?.createdAtMs ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit + 1)
        .all<Row>();
      return pageOfRows(results, limit, toRecord, (row) => ({ createdAtMs: row.created_at, id: row.id }));
    },
    update: async (id, { name, limits, suspended }, audit) => {
      const [updated] = await db.batch<Row>([
        db
          .prepare(
            `UPDATE tenants SET name = COALESCE(?2, name), limits = json_patch(limits, ?3),
               suspended = COALESCE(?4, suspended)
             WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM deleted_tenants WHERE tenant_id = ?1) RETURNING *`,
          )
          .bind(
            id,
            name ?? null,
            JSON.stringify(limits ?? {}),
            suspended === undefined ? null : Number(suspended),
          ),
        auditIfChanged(db, audit),
      ]);
      const row = updated?.results[0];
      return row === undefined ? undefined : toRecord(row);
    },
  };
}

function toRecord(row: Row): TenantRecord {
  return {
    id: row.id,
    name: row.name,
    limits: readLimits(row.limits),
    suspended: row.suspended === 1,
    createdAtMs: row.created_at,
  };
}
