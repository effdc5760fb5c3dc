// The statements that take a projection away, in one transaction, with all that is kept for its sake: uses of statistics,
// counted bytes, the alias that means it, counts of candidates, and corrections where its name has no version left.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';

/** The first answers the statistics that only this projection uses. */
export function removeProjectionStatements(
  db: D1Database,
  tenantId: string,
  id: string,
  nowMs: number,
): D1PreparedStatement[] {
  const mine = 'tenant_id = ?1 AND projection_id = ?2';
  return [
    db
      .prepare(
        `SELECT storage_key FROM statistics_uses mine WHERE ${mine} AND NOT EXISTS (
           SELECT 1 FROM statistics_uses other WHERE other.tenant_id = ?1
             AND other.storage_key = mine.storage_key AND other.projection_id <> ?2)`,
      )
      .bind(tenantId, id),
    db.prepare(`DELETE FROM statistics_uses WHERE ${mine}`).bind(tenantId, id),
    db
      .prepare(
        `UPDATE stored_bytes SET bytes = bytes - COALESCE((SELECT artefact_bytes FROM projections
           WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL), 0) WHERE tenant_id = ?1`,
      )
      .bind(tenantId, id),
    db
      .prepare(
        `UPDATE projections SET deleted_at = ?3, recipe = NULL, labels = NULL, heads = NULL, datasets = '[]', parts = '[]'
         WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL`,
      )
      .bind(tenantId, id, nowMs),
    ...leaveNameStatements(db, tenantId, id),
    ...removeCorrections(db, tenantId, id),
  ];
}

const itsName = '(SELECT name FROM projections WHERE tenant_id = ?1 AND id = ?2)';
const itsVersion = '(SELECT version FROM projections WHERE tenant_id = ?1 AND id = ?2)';

/** Whatever the name says of this version: as its candidate, as what it means, in counts of either. */
function leaveNameStatements(db: D1Database, tenantId: string, id: string): D1PreparedStatement[] {
  const named = `tenant_id = ?1 AND name = ${itsName}`;
  return [
    `UPDATE aliases SET shadow = NULL WHERE ${named} AND shadow = ${itsVersion}`,
    `DELETE FROM aliases WHERE ${named} AND version = ${itsVersion}`,
    `DELETE FROM shadow_counts WHERE ${named} AND ${itsVersion} IN (version, shadow)`,
  ].map((sql) => db.prepare(sql).bind(tenantId, id));
}

/** With the last version of their name, and the bytes that they are counted with. */
function removeCorrections(db: D1Database, tenantId: string, id: string): D1PreparedStatement[] {
  const theirs = `tenant_id = ?1 AND name = ${itsName}`;
  const isLast = `NOT EXISTS (SELECT 1 FROM projections WHERE ${theirs} AND deleted_at IS NULL)`;
  return [
    db
      .prepare(
        `UPDATE stored_bytes SET bytes = bytes - COALESCE((
           SELECT SUM(${itemRowBytes} + LENGTH(embedding)) FROM corrections WHERE ${theirs} AND ${isLast}), 0)
         WHERE tenant_id = ?1`,
      )
      .bind(tenantId, id),
    db.prepare(`DELETE FROM corrections WHERE ${theirs} AND ${isLast}`).bind(tenantId, id),
  ];
}
