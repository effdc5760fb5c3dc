// Which version a bare name means, in D1. A name is moved from the version that it was seen to mean: whoever comes second finds
// another there and changes nothing. Who moved it stands in the audit log.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { type AuditRecord, auditIfChanged } from './audit-store.ts';

export type Alias = {
  readonly name: string;
  readonly version: number;
  readonly pinned: boolean;
  /** The version that is asked beside it. */
  readonly shadow: number | undefined;
};

/** What a name means, with the projection behind it. */
export type Meaning = Alias & { readonly projectionId: string };

export type Move = {
  readonly name: string;
  readonly version: number;
  /** What the name must mean now; `undefined`: nothing. */
  readonly from: number | undefined;
  /** Absent: as it is. */
  readonly pinned?: boolean;
  /** Whether this is a step back, after which the version that is left counts as the later one. */
  readonly back?: boolean;
};

/** How a version that becomes ready takes its name. */
export type Takes = {
  /** The version that it was held against: taken from it alone, and from nothing at all. `undefined`: only from nothing. */
  readonly from: number | undefined;
  /** Not even from nothing. */
  readonly never: boolean;
};

export type ReleaseStore = {
  list(tenantId: string): Promise<readonly Alias[]>;
  meaning(tenantId: string, name: string): Promise<Meaning | undefined>;
  /** False, and nothing changes, where the name means another than `from`, or the version is not ready. */
  move(tenantId: string, move: Move, audit: AuditRecord, nowMs: number): Promise<boolean>;
  /** Takes the pin off; the version stays. */
  unpin(tenantId: string, name: string, audit: AuditRecord, nowMs: number): Promise<boolean>;
  /** What the name meant before `version`, and is ready still. */
  before(tenantId: string, name: string, version: number): Promise<number | undefined>;
  /** The newest version that is ready. */
  newest(tenantId: string, name: string): Promise<{ version: number; projectionId: string } | undefined>;
  /** False where the name means another than `version` by now. */
  setShadow(
    tenantId: string,
    of: { readonly name: string; readonly version: number; readonly shadow: number | undefined },
    audit: AuditRecord,
  ): Promise<boolean>;
};

type Row = { name: string; version: number; pinned: number; shadow: number | null };

export function createReleaseStore(db: D1Database): ReleaseStore {
  return {
    async list(tenantId) {
      const { results } = await db
        .prepare('SELECT name, version, pinned, shadow FROM aliases WHERE tenant_id = ? ORDER BY name')
        .bind(tenantId)
        .all<Row>();
      return results.map(toAlias);
    },
    async meaning(tenantId, name) {
      const row = await db
        .prepare(
          `SELECT a.name, a.version, a.pinned, a.shadow, p.id FROM aliases a
           JOIN projections p ON p.tenant_id = a.tenant_id AND p.name = a.name AND p.version = a.version
           WHERE a.tenant_id = ? AND a.name = ? AND p.deleted_at IS NULL`,
        )
        .bind(tenantId, name)
        .first<Row & { id: string }>();
      return row === null ? undefined : { ...toAlias(row), projectionId: row.id };
    },
    async move(tenantId, move, audit, nowMs) {
      const [moved] = await db.batch([
        moveStatement(db, tenantId, move, nowMs),
        auditIfChanged(db, audit),
        ...(move.back === true ? [] : [stampStatement(db, tenantId, move, nowMs)]),
      ]);
      return (moved?.meta.changes ?? 0) > 0;
    },
    async unpin(tenantId, name, audit, nowMs) {
      const [unpinned] = await db.batch([
        db
          .prepare('UPDATE aliases SET pinned = 0, updated_at = ?3 WHERE tenant_id = ?1 AND name = ?2')
          .bind(tenantId, name, nowMs),
        auditIfChanged(db, audit),
      ]);
      return (unpinned?.meta.changes ?? 0) > 0;
    },
    async before(tenantId, name, version) {
      const found = await db
        .prepare(
          `SELECT version FROM projections WHERE tenant_id = ?1 AND name = ?2 AND version <> ?3
             AND status = 'ready' AND deleted_at IS NULL AND released_at <= (
               SELECT released_at FROM projections WHERE tenant_id = ?1 AND name = ?2 AND version = ?3)
           ORDER BY released_at DESC, version DESC LIMIT 1`,
        )
        .bind(tenantId, name, version)
        .first<number>('version');
      return found ?? undefined;
    },
    async newest(tenantId, name) {
      const row = await db
        .prepare(
          `SELECT version, id AS projectionId FROM projections
           WHERE tenant_id = ? AND name = ? AND status = 'ready' AND deleted_at IS NULL
           ORDER BY version DESC LIMIT 1`,
        )
        .bind(tenantId, name)
        .first<{ version: number; projectionId: string }>();
      return row ?? undefined;
    },
    async setShadow(tenantId, { name, version, shadow }, audit) {
      const [changed] = await db.batch([
        db
          .prepare('UPDATE aliases SET shadow = ?4 WHERE tenant_id = ?1 AND name = ?2 AND version = ?3')
          .bind(tenantId, name, version, shadow ?? null),
        auditIfChanged(db, audit),
      ]);
      return (changed?.meta.changes ?? 0) > 0;
    },
  };
}

/** What is current is no candidate any more. */
const setVersion = `version = excluded.version, updated_at = excluded.updated_at,
  shadow = CASE WHEN shadow = excluded.version THEN NULL ELSE shadow END`;

function moveStatement(
  db: D1Database,
  tenantId: string,
  { name, version, from, pinned }: Move,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO aliases (tenant_id, name, version, pinned, updated_at)
       SELECT tenant_id, name, version, COALESCE(?5, 0), ?4 FROM projections
       WHERE tenant_id = ?1 AND name = ?2 AND version = ?3 AND status = 'ready' AND deleted_at IS NULL
         AND ?6 IS (SELECT version FROM aliases WHERE tenant_id = ?1 AND name = ?2)
       ON CONFLICT (tenant_id, name) DO UPDATE SET ${setVersion}, pinned = COALESCE(?5, pinned)`,
    )
    .bind(tenantId, name, version, nowMs, pinned === undefined ? null : Number(pinned), from ?? null);
}

function stampStatement(
  db: D1Database,
  tenantId: string,
  { name, version }: Move,
  nowMs: number,
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE projections SET released_at = ?4 WHERE tenant_id = ?1 AND name = ?2 AND version = ?3
         AND EXISTS (SELECT 1 FROM aliases WHERE tenant_id = ?1 AND name = ?2 AND version = ?3 AND updated_at = ?4)`,
    )
    .bind(tenantId, name, version, nowMs);
}

/**
 * To be put behind what makes the version ready, in the same batch: the name is taken as decided, and what came of it is said of
 * the version. `guard` is a condition on ?1 (tenant) and what `extra` binds from ?5 on.
 */
export function takeNameStatements(
  db: D1Database,
  tenantId: string,
  id: string,
  { takes, audit, nowMs }: { readonly takes: Takes; readonly audit: AuditRecord; readonly nowMs: number },
  { guard, extra }: { readonly guard: string; readonly extra: readonly unknown[] },
): D1PreparedStatement[] {
  const bind = (sql: string) => db.prepare(sql).bind(tenantId, id, takes.from ?? null, nowMs, ...extra);
  const means = `EXISTS (SELECT 1 FROM aliases a WHERE a.tenant_id = ?1 AND a.name = projections.name
    AND a.version = projections.version)`;
  return [
    ...(takes.never
      ? []
      : [
          bind(
            `INSERT INTO aliases (tenant_id, name, version, pinned, updated_at)
             SELECT tenant_id, name, version, 0, ?4 FROM projections
             WHERE tenant_id = ?1 AND id = ?2 AND status = 'ready' AND ${guard}
             ON CONFLICT (tenant_id, name) DO UPDATE SET ${setVersion}
             WHERE aliases.pinned = 0 AND aliases.version = ?3 AND aliases.version < excluded.version`,
          ),
          auditIfChanged(db, audit),
        ]),
    bind(
      `UPDATE projections SET released_at = CASE WHEN ${means} THEN ?4 END,
         release = CASE WHEN ${means} OR release ->> '$.released' = 0 THEN release
           ELSE json_set(release, '$.released', json('false'), '$.reason', '${movedMeanwhile}') END
       WHERE tenant_id = ?1 AND id = ?2 AND status = 'ready' AND released_at IS NULL AND ?3 IS ?3 AND ${guard}`,
    ),
  ];
}

const movedMeanwhile =
  'While it was compared, its name came to mean another version, or was pinned: it was not compared with that.';

function toAlias({ name, version, pinned, shadow }: Row): Alias {
  return { name, version, pinned: pinned === 1, shadow: shadow ?? undefined };
}
