// The log of administrative acts. An act and its entry are written in one transaction: stores that change something
// put `auditStatement` into their batch.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';

export type AuditRecord = {
  readonly id: string;
  readonly tenantId: string | undefined;
  readonly atMs: number;
  /** `admin`, or the id of a key. */
  readonly actor: string;
  /** `key.create`, `tenant.update`. */
  readonly action: string;
  /** The id of what was acted on. */
  readonly subject: string;
  readonly requestId: string;
  readonly detail: Readonly<Record<string, unknown>> | undefined;
};

export type AuditStore = {
  readonly list: (page: PageRequest) => Promise<Page<AuditRecord>>;
  readonly listOfTenant: (tenantId: string, page: PageRequest) => Promise<Page<AuditRecord>>;
};

type Row = {
  id: string;
  tenant_id: string | null;
  at: number;
  actor: string;
  action: string;
  subject: string;
  request_id: string;
  detail: string | null;
};

export function auditStatement(db: D1Database, entry: AuditRecord): D1PreparedStatement {
  return insertAudit(db, entry, '');
}

function insertAudit(db: D1Database, entry: AuditRecord, condition: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO audit (id, tenant_id, at, actor, action, subject, request_id, detail)
       SELECT ?, ?, ?, ?, ?, ?, ?, ? ${condition}`,
    )
    .bind(
      entry.id,
      entry.tenantId ?? null,
      entry.atMs,
      entry.actor,
      entry.action,
      entry.subject,
      entry.requestId,
      entry.detail === undefined ? null : JSON.stringify(entry.detail),
    );
}

/** The same, where the statement before it in the batch has changed something: acts that came too late leave no entry. */
export function auditIfChanged(db: D1Database, entry: AuditRecord): D1PreparedStatement {
  return insertAudit(db, entry, 'WHERE changes() > 0');
}

export function createAuditStore(db: D1Database): AuditStore {
  const list = async (where: string, tenantId: string, { limit, after }: PageRequest) => {
    const { results } = await db
      .prepare(
        `SELECT * FROM audit WHERE ${where} AND (at, id) < (?2, ?3) ORDER BY at DESC, id DESC LIMIT ?4`,
      )
      .bind(tenantId, after?.createdAtMs ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit + 1)
      .all<Row>();
    return pageOfRows(results, limit, toRecord, (row) => ({ createdAtMs: row.at, id: row.id }));
  };
  return {
    list: (page) => list("?1 = ''", '', page),
    listOfTenant: (tenantId, page) => list('tenant_id = ?1', tenantId, page),
  };
}

function toRecord(row: Row): AuditRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id ?? undefined,
    atMs: row.at,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    requestId: row.request_id,
    detail: row.detail === null ? undefined : JSON.parse(row.detail),
  };
}
