// Projections and their aliases in D1: versions behind a name, what they were fitted from, where their files are.
// The artefacts themselves are in R2 under keys made from the id. Deleted rows stay, seen by nobody, for their version number.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import type { ModelReference } from '#shared/contracts/common.ts';
import { CorrectionsReport } from '#shared/contracts/correction.ts';
import { EncodeOptions, SolveOptions } from '#shared/contracts/fit.ts';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { Projection } from '#shared/contracts/projection.ts';
import { ReleaseVerdict } from '#shared/contracts/release.ts';
import type { AuditRecord } from './audit-store.ts';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';
import type { Run } from './job-store.ts';
import { type Takes, takeNameStatements } from './release-store.ts';

/** The statistics of those pictures of a dataset that came after `fromSeq`, up to `throughSeq`. */
export const Part = z.object({
  datasetId: z.string(),
  /** Of the items and of how they were encoded; names the file. */
  hash: z.string(),
  pictures: z.int(),
  fromSeq: z.int(),
  throughSeq: z.int(),
});
export type Part = z.infer<typeof Part>;

/** What stands for the dataset in the part that corrections make. */
export const correctionsPart = 'corrections';

export const Recipe = z.object({ model: z.string(), encode: EncodeOptions, solve: SolveOptions });
export type Recipe = z.infer<typeof Recipe>;

export type ProjectionHead = NonNullable<Projection['heads']>[number];

export type ProjectionRecord = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly current: boolean;
  readonly status: Projection['status'];
  readonly jobId: string | undefined;
  readonly model: ModelReference | undefined;
  readonly datasets: readonly { readonly id: string; readonly name: string }[];
  /** Absent for an uploaded artefact. */
  readonly recipe: Recipe | undefined;
  readonly parts: readonly Part[];
  readonly statisticsKey: string | undefined;
  readonly labels: readonly string[] | undefined;
  readonly heads: readonly ProjectionHead[] | undefined;
  readonly contentHash: string | undefined;
  readonly artefactBytes: number | undefined;
  readonly createdAtMs: number;
  /** What was decided of it when it became ready. */
  readonly release: ReleaseVerdict | undefined;
  /** When its name last came to mean it. */
  readonly releasedAtMs: number | undefined;
  /** How it did on the corrections that it took in. */
  readonly corrections: CorrectionsReport | undefined;
  /** Of the version that its name means: the candidate that is asked beside it. */
  readonly shadow: number | undefined;
};

export type NewProjection = Pick<
  ProjectionRecord,
  'id' | 'name' | 'jobId' | 'datasets' | 'recipe' | 'createdAtMs'
>;

/** What is known of a projection once its artefact is there. */
export type Publication = {
  readonly model: ModelReference;
  readonly parts: readonly Part[];
  readonly statisticsKey: string | undefined;
  readonly labels: readonly string[];
  readonly heads: readonly ProjectionHead[];
  readonly contentHash: string;
  readonly artefactBytes: number;
  readonly corrections?: CorrectionsReport | undefined;
};

/** How a version that becomes ready takes its name, and what is said of it. */
export type Release = {
  readonly verdict: ReleaseVerdict;
  readonly takes: Takes;
  readonly audit: AuditRecord;
};

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
  /** The same for an uploaded artefact, which has no run. */
  /** False, and nothing changes, where the tenant would have more than `maxStoredBytes`. */
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

type Row = {
  id: string;
  name: string;
  version: number;
  current: number;
  status: Projection['status'];
  job_id: string | null;
  model_id: string | null;
  model_revision: string | null;
  datasets: string;
  recipe: string | null;
  parts: string;
  statistics_key: string | null;
  labels: string | null;
  heads: string | null;
  content_hash: string | null;
  artefact_bytes: number | null;
  created_at: number;
  release: string | null;
  released_at: number | null;
  shadow: number | null;
  corrections: string | null;
};

const select = `SELECT p.*, COALESCE(a.version = p.version, 0) AS current,
    CASE WHEN a.version = p.version THEN a.shadow END AS shadow FROM projections p
  LEFT JOIN aliases a ON a.tenant_id = p.tenant_id AND a.name = p.name`;

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
      const row = await findStatement(db, tenantId, selector).first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    async list(tenantId, { limit, after }, name) {
      const { results } = await db
        .prepare(
          `${select} WHERE p.tenant_id = ?1 AND deleted_at IS NULL AND (p.created_at, p.id) < (?2, ?3)
             AND (?5 IS NULL OR p.name = ?5)
           ORDER BY p.created_at DESC, p.id DESC LIMIT ?4`,
        )
        .bind(
          tenantId,
          after?.createdAtMs ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit + 1,
          name ?? null,
        )
        .all<Row>();
      return pageOfRows(results, limit, toRecord, (row) => ({ createdAtMs: row.created_at, id: row.id }));
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
      const results = await db.batch<{ storage_key: string }>(removeStatements(db, tenantId, id, nowMs));
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

/** A run, and the wish for its version that was read with it: where that has changed since, nothing is published. */
export type PublishingRun = Run & { readonly wish: string | undefined };

type Published = { readonly publication: Publication; readonly release: Release };

/** In the order in which each still finds what it asks for; `job` guards them all. */
function publishStatements(
  db: D1Database,
  { tenantId, jobId, attempt, wish }: PublishingRun,
  id: string,
  { publication, release }: Published,
  nowMs: number,
): D1PreparedStatement[] {
  const guard = `EXISTS (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?5 AND attempt = ?6 AND release IS ?7
    AND status IN ('queued', 'running'))`;
  const extra = [jobId, attempt, wish ?? null];
  const bind = (sql: string, value: unknown) => db.prepare(sql).bind(tenantId, id, value, nowMs, ...extra);
  return [
    bind(`${addBytesSql} AND ${guard} ${addToBytes}`, publication.artefactBytes),
    bind(`${makeReadySql} AND ${guard}`, JSON.stringify({ ...publication, release: release.verdict })),
    ...takeNameStatements(db, tenantId, id, { ...release, nowMs }, { guard, extra }),
  ];
}

// Of all of these: ?1 tenant, ?2 projection, ?3 the value, ?4 now. They look for a projection that is not ready yet.
const addBytesSql = `INSERT INTO stored_bytes (tenant_id, bytes) SELECT ?1, ?3 FROM projections
  WHERE ?4 AND tenant_id = ?1 AND id = ?2 AND status = 'fitting'`;
const addToBytes = 'ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes';
const makeReadySql = `UPDATE projections SET status = 'ready',
    model_id = ?3 ->> '$.model.id', model_revision = ?3 ->> '$.model.revision', parts = ?3 -> '$.parts',
    statistics_key = ?3 ->> '$.statisticsKey', labels = ?3 -> '$.labels', heads = ?3 -> '$.heads',
    content_hash = ?3 ->> '$.contentHash', artefact_bytes = ?3 ->> '$.artefactBytes', release = ?3 -> '$.release',
    corrections = ?3 -> '$.corrections'
  WHERE ?4 AND tenant_id = ?1 AND id = ?2 AND status = 'fitting'`;

function uploadStatements(
  db: D1Database,
  tenantId: string,
  id: string,
  { publication, release }: Published,
  { maxStoredBytes, nowMs }: { readonly maxStoredBytes: number; readonly nowMs: number },
): D1PreparedStatement[] {
  const bind = (sql: string, ...values: unknown[]) => {
    const [value, ...more] = values;
    return db.prepare(sql).bind(tenantId, id, value, nowMs, ...more);
  };
  const fits = `?3 + COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0) <= ?5`;
  const ready = JSON.stringify({ ...publication, release: release.verdict });
  return [
    bind(`${addBytesSql} AND ${fits} ${addToBytes}`, publication.artefactBytes, maxStoredBytes),
    bind(`${makeReadySql} AND changes() > 0`, ready),
    ...takeNameStatements(db, tenantId, id, { ...release, nowMs }, { guard: 'TRUE', extra: [] }),
  ];
}

/**
 * The first answers the statistics that only this projection uses. A name whose last version goes loses its alias; counts of a
 * candidate go with either of the two versions.
 */
function removeStatements(
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
    db
      .prepare(
        `UPDATE aliases SET shadow = NULL WHERE tenant_id = ?1
           AND name = (SELECT name FROM projections WHERE tenant_id = ?1 AND id = ?2)
           AND shadow = (SELECT version FROM projections WHERE tenant_id = ?1 AND id = ?2)`,
      )
      .bind(tenantId, id),
    db
      .prepare(
        `DELETE FROM aliases WHERE tenant_id = ?1
           AND name = (SELECT name FROM projections WHERE tenant_id = ?1 AND id = ?2)
           AND version = (SELECT version FROM projections WHERE tenant_id = ?1 AND id = ?2)`,
      )
      .bind(tenantId, id),
    ...removeCorrections(db, tenantId, id),
    db
      .prepare(
        `DELETE FROM shadow_counts WHERE tenant_id = ?1
           AND name = (SELECT name FROM projections WHERE tenant_id = ?1 AND id = ?2)
           AND (SELECT version FROM projections WHERE tenant_id = ?1 AND id = ?2) IN (version, shadow)`,
      )
      .bind(tenantId, id),
  ];
}

/** With the last version of their name, and the bytes that they are counted with. */
function removeCorrections(db: D1Database, tenantId: string, id: string): D1PreparedStatement[] {
  const theirs = `tenant_id = ?1 AND name = (SELECT name FROM projections WHERE tenant_id = ?1 AND id = ?2)`;
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

function toRecord(row: Row): ProjectionRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    current: row.current === 1,
    status: row.status,
    jobId: row.job_id ?? undefined,
    model:
      row.model_id === null || row.model_revision === null
        ? undefined
        : { id: row.model_id, revision: row.model_revision },
    datasets: DatasetNames.parse(JSON.parse(row.datasets)),
    recipe: row.recipe === null ? undefined : StoredRecipe.parse(JSON.parse(row.recipe)),
    parts: Part.array().parse(JSON.parse(row.parts)),
    statisticsKey: row.statistics_key ?? undefined,
    labels: row.labels === null ? undefined : StoredLabels.parse(JSON.parse(row.labels)),
    heads: row.heads === null ? undefined : Heads.parse(JSON.parse(row.heads)),
    contentHash: row.content_hash ?? undefined,
    artefactBytes: row.artefact_bytes ?? undefined,
    createdAtMs: row.created_at,
    release: row.release === null ? undefined : ReleaseVerdict.parse(JSON.parse(row.release)),
    releasedAtMs: row.released_at ?? undefined,
    shadow: row.shadow ?? undefined,
    corrections: row.corrections === null ? undefined : CorrectionsReport.parse(JSON.parse(row.corrections)),
  };
}

/** As old rows have them: in any of Unicode's forms, and the same text twice now and then. */
const StoredLabels = z.array(z.string().normalize('NFC'));
const StoredRecipe = z
  .looseObject({
    solve: z.looseObject({
      labels: StoredLabels.transform((labels) => [
        ...new Set(labels.map((label) => label.trim())),
      ]).optional(),
    }),
  })
  .pipe(Recipe);
const DatasetNames = z.array(z.object({ id: z.string(), name: z.string() }));
const Heads = Projection.shape.heads.unwrap();
