// Projections in D1: versions behind a name, what they were fitted from, where their files are. Which version a name means is
// in release-store.ts; the artefacts themselves are in R2 under keys made from the id. Deleted rows stay, seen by nobody, for
// their version number.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { Projection } from '#shared/contracts/projection.ts';
import { encodeCursor, fitting, type Page, type PageRequest } from './cursor.ts';
import {
  type Publication,
  type PublishingRun,
  publishStatements,
  type Release,
  uploadStatements,
} from './projection-publication.ts';
import { type ProjectionRecord, type ProjectionRow, toProjectionRecord } from './projection-record.ts';
import { removeProjectionStatements } from './projection-removal.ts';

export type NewProjection = Pick<
  ProjectionRecord,
  'id' | 'name' | 'jobId' | 'datasets' | 'recipe' | 'createdAtMs'
>;

export type Selector =
  | { readonly id: string }
  | { readonly name: string; readonly version: number | undefined };

export type ProjectionStore = {
  /** Takes the next version of the name. Changes nothing where it is to have a job and that is not there. */
  insertStatement(tenantId: string, projection: NewProjection): D1PreparedStatement;
  find(tenantId: string, selector: Selector): Promise<ProjectionRecord | undefined>;
  /** Newest first; of one name where it is given. */
  list(tenantId: string, page: PageRequest, name?: string): Promise<Page<ProjectionRecord>>;
  /** How many ready versions a name has. */
  countReady(tenantId: string, name: string): Promise<number>;
  /** Keeps statistics files from going with another projection; said before they are made. */
  useStatistics(tenantId: string, id: string, keys: readonly string[]): Promise<void>;
  /** To be run as one batch: makes a fitted projection ready, and its name mean it as decided, while the run is current. */
  publishStatements(
    run: PublishingRun,
    id: string,
    publication: Publication,
    release: Release,
    nowMs: number,
  ): D1PreparedStatement[];
  /**
   * The same for an uploaded artefact, which has no run. False, and nothing changes, where the tenant would have more than
   * `maxStoredBytes`.
   */
  publishUpload(
    tenantId: string,
    id: string,
    publication: Publication,
    release: Release,
    maxStoredBytes: number,
    nowMs: number,
  ): Promise<boolean>;
  /** Takes the row of an upload away that has not become ready. */
  discardUpload(tenantId: string, id: string): Promise<void>;
  /** Uploads that have not become ready since `beforeMs`. */
  stuckUploads(
    beforeMs: number,
    limit: number,
  ): Promise<readonly { readonly tenantId: string; readonly id: string }[]>;
  setStatus(tenantId: string, id: string, status: Projection['status']): Promise<void>;
  /** Hides it for good. Answers the statistics files that no projection needs any more. */
  remove(tenantId: string, id: string, nowMs: number): Promise<readonly string[]>;
};

const select = `SELECT p.*, COALESCE(a.version = p.version, 0) AS current,
    CASE WHEN a.version = p.version THEN a.shadow END AS shadow FROM projections p
  LEFT JOIN aliases a ON a.tenant_id = p.tenant_id AND a.name = p.name`;

/** Of rows of a page, in characters; a page ends early rather than hold more. Labels are asked for and answered with: a row has 1 MB. */
const maxPageCharacters = 1_000_000;
const lengthOfRow = ['labels', 'recipe', 'datasets', 'parts', 'heads', 'release', 'corrections']
  .map((column) => `COALESCE(length(${column}), 0)`)
  .join(' + ');

export function createProjectionStore(db: D1Database): ProjectionStore {
  return {
    insertStatement: (tenantId, projection) =>
      db
        .prepare(
          `INSERT INTO projections (tenant_id, id, name, version, status, job_id, datasets, recipe, created_at)
           SELECT ?1, ?2, ?3, 1 + COALESCE((
             SELECT MAX(version) FROM projections WHERE tenant_id = ?1 AND name = ?3), 0), 'fitting', ?4, ?5, ?6, ?7
           WHERE ?4 IS NULL OR EXISTS (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?4)`,
        )
        .bind(
          tenantId,
          projection.id,
          projection.name,
          projection.jobId ?? null,
          JSON.stringify(projection.datasets),
          projection.recipe === undefined ? null : JSON.stringify(projection.recipe),
          projection.createdAtMs,
        ),
    async find(tenantId, selector) {
      const row = await findStatement(db, tenantId, selector).first<ProjectionRow>();
      return row === null ? undefined : toProjectionRecord(row);
    },
    async list(tenantId, { limit, after }, name) {
      const { results: sizes } = await db
        .prepare(
          `SELECT id, ${lengthOfRow} AS length FROM projections
           WHERE tenant_id = ?1 AND deleted_at IS NULL AND (created_at, id) < (?2, ?3) AND (?5 IS NULL OR name = ?5)
           ORDER BY created_at DESC, id DESC LIMIT ?4`,
        )
        .bind(
          tenantId,
          after?.createdAtMs ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit + 1,
          name ?? null,
        )
        .all<{ id: string; length: number }>();
      const shown = fitting(sizes.slice(0, limit), ({ length }) => length, maxPageCharacters);
      const { results } = await db
        .prepare(
          `${select} WHERE p.tenant_id = ?1 AND deleted_at IS NULL AND p.id IN (SELECT value FROM json_each(?2))
           ORDER BY p.created_at DESC, p.id DESC`,
        )
        .bind(tenantId, JSON.stringify(shown.map(({ id }) => id)))
        .all<ProjectionRow>();
      const last = results.at(-1);
      const items = results.map(toProjectionRecord);
      if (last === undefined || sizes.length === shown.length) return { items };
      return { items, nextCursor: encodeCursor({ createdAtMs: last.created_at, id: last.id }) };
    },
    async countReady(tenantId, name) {
      const count = await db
        .prepare(
          `SELECT COUNT(*) AS n FROM projections
           WHERE tenant_id = ? AND name = ? AND status = 'ready' AND deleted_at IS NULL`,
        )
        .bind(tenantId, name)
        .first<number>('n');
      return count ?? 0;
    },
    async useStatistics(tenantId, id, keys) {
      await db
        .prepare('INSERT OR IGNORE INTO statistics_uses SELECT ?1, value, ?2 FROM json_each(?3)')
        .bind(tenantId, id, JSON.stringify(keys))
        .run();
    },
    publishStatements: (run, id, publication, release, nowMs) =>
      publishStatements(db, run, id, { publication, release }, nowMs),
    async publishUpload(tenantId, id, publication, release, maxStoredBytes, nowMs) {
      const [counted] = await db.batch(
        uploadStatements(db, tenantId, id, { publication, release }, { maxStoredBytes, nowMs }),
      );
      return (counted?.meta.changes ?? 0) > 0;
    },
    async discardUpload(tenantId, id) {
      await db
        .prepare(
          `DELETE FROM projections WHERE tenant_id = ? AND id = ? AND status = 'fitting' AND job_id IS NULL`,
        )
        .bind(tenantId, id)
        .run();
    },
    async stuckUploads(beforeMs, limit) {
      const { results } = await db
        .prepare(
          `SELECT tenant_id, id FROM projections
           WHERE status = 'fitting' AND job_id IS NULL AND created_at < ? LIMIT ?`,
        )
        .bind(beforeMs, limit)
        .all<{ tenant_id: string; id: string }>();
      return results.map(({ tenant_id, id }) => ({ tenantId: tenant_id, id }));
    },
    async setStatus(tenantId, id, status) {
      await db
        // What it was to be fitted by is needed by nobody where it was not, and may be a megabyte.
        .prepare(
          `UPDATE projections SET status = ?1, recipe = CASE WHEN ?1 = 'ready' THEN recipe END
           WHERE tenant_id = ?2 AND id = ?3 AND status = 'fitting'`,
        )
        .bind(status, tenantId, id)
        .run();
    },
    async remove(tenantId, id, nowMs) {
      const results = await db.batch<{ storage_key: string }>(
        removeProjectionStatements(db, tenantId, id, nowMs),
      );
      return (results[0]?.results ?? []).map(({ storage_key }) => storage_key);
    },
  };
}

function findStatement(db: D1Database, tenantId: string, selector: Selector): D1PreparedStatement {
  const scoped = `${select} WHERE p.tenant_id = ?1 AND deleted_at IS NULL`;
  if ('id' in selector) return db.prepare(`${scoped} AND p.id = ?2`).bind(tenantId, selector.id);
  if (selector.version !== undefined) {
    return db
      .prepare(`${scoped} AND p.name = ?2 AND p.version = ?3`)
      .bind(tenantId, selector.name, selector.version);
  }
  return db.prepare(`${scoped} AND p.name = ?2 AND a.version = p.version`).bind(tenantId, selector.name);
}
