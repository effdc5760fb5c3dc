// Profiles of environments in D1. A change names the revision that it began from and happens in one statement, so that of two
// additions at once none is lost: the second finds another revision and is made again.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { ModelReference } from '#shared/contracts/common.ts';
import { toBlob } from './blob.ts';
import type { Page, PageRequest } from './cursor.ts';
import {
  type Adopted,
  type EnvironmentMean,
  type EnvironmentRecord,
  environmentColumns,
  type MeanRow,
  meanColumns,
  type ProfileContent,
  toEnvironment,
  toMean,
  toWhole,
  type WholeEnvironment,
  type WholeRow,
  wholeColumns,
} from './environment-record.ts';
import { byCurrentRun } from './job-subject.ts';
import { newestFirst } from './newest-first.ts';
import type { Run } from './run-store.ts';

export type NewEnvironment = Pick<EnvironmentRecord, 'id' | 'name' | 'model'> & ProfileContent;

export type EnvironmentStore = {
  find(tenantId: string, name: string): Promise<EnvironmentMean | undefined>;
  findWhole(tenantId: string, name: string): Promise<WholeEnvironment | undefined>;
  findById(tenantId: string, id: string): Promise<WholeEnvironment | undefined>;
  /** The tenant's newest profiles of a model, but for the one named and for empty ones. */
  otherMeans(tenantId: string, model: ModelReference, name: string): Promise<readonly EnvironmentMean[]>;
  /** Newest first. */
  list(tenantId: string, page: PageRequest): Promise<Page<EnvironmentRecord>>;
  /** False where the name is taken, or the tenant has `most` already. */
  insert(tenantId: string, environment: NewEnvironment, most: number, nowMs: number): Promise<boolean>;
  count(tenantId: string): Promise<number>;
  /** False where it has changed since `before`, or is gone. */
  change(
    tenantId: string,
    before: Pick<EnvironmentRecord, 'id' | 'name' | 'revision'>,
    content: ProfileContent,
    nowMs: number,
  ): Promise<boolean>;
  /** Like `change`, to watched sums. */
  adopt(
    tenantId: string,
    before: Pick<EnvironmentRecord, 'id' | 'name' | 'revision'>,
    content: Omit<ProfileContent, 'kept'> & { readonly adopted: Adopted },
    nowMs: number,
  ): Promise<boolean>;
  /** With what was watched of it. */
  remove(tenantId: string, name: string): Promise<boolean>;
  /**
   * To be put in the batch that ends a job, before the statement that does; each changes nothing where the job's run is not the
   * current one. Where the name is taken, or the profile is another revision or gone, the statement throws, and with it the whole
   * batch is undone: see isChangedMeanwhile.
   */
  publishNew(run: Run, environment: NewEnvironment, nowMs: number): D1PreparedStatement;
  publishChange(
    run: Run,
    before: Pick<EnvironmentRecord, 'id' | 'name' | 'revision'>,
    content: ProfileContent,
    nowMs: number,
  ): D1PreparedStatement;
};

/** Whether a batch was undone because a profile was no longer what the change began from. */
export function isChangedMeanwhile(thrown: unknown): boolean {
  return thrown instanceof Error && /constraint failed: environments\./.test(thrown.message);
}

/** Enough for a reference mean; a tenant with more profiles takes the newest. */
const maxOthers = 64;

export function createEnvironmentStore(db: D1Database): EnvironmentStore {
  const first = <T>(what: string, tenantId: string, name: string) =>
    db
      .prepare(`SELECT ${what} FROM environments WHERE tenant_id = ? AND name = ?`)
      .bind(tenantId, name)
      .first<T>();
  return {
    async find(tenantId, name) {
      const row = await first<MeanRow>(meanColumns, tenantId, name);
      return row === null ? undefined : toMean(row);
    },
    async findWhole(tenantId, name) {
      const row = await first<WholeRow>(wholeColumns, tenantId, name);
      return row === null ? undefined : toWhole(row);
    },
    async findById(tenantId, id) {
      const row = await db
        .prepare(`SELECT ${wholeColumns} FROM environments WHERE tenant_id = ? AND id = ?`)
        .bind(tenantId, id)
        .first<WholeRow>();
      return row === null ? undefined : toWhole(row);
    },
    async otherMeans(tenantId, { id, revision }, name) {
      const { results } = await db
        .prepare(
          `SELECT ${meanColumns} FROM environments
           WHERE tenant_id = ?1 AND model_id = ?2 AND model_revision = ?3 AND name <> ?4 AND pictures > 0
           ORDER BY created_at DESC LIMIT ?5`,
        )
        .bind(tenantId, id, revision, name, maxOthers)
        .all<MeanRow>();
      return results.map(toMean);
    },
    list: (tenantId, page) =>
      newestFirst(
        db,
        { table: 'environments', columns: environmentColumns, toItem: toEnvironment },
        tenantId,
        page,
      ),
    async insert(tenantId, { id, name, model, pictures, sum, kept }, most, nowMs) {
      const { meta } = await db
        .prepare(
          `INSERT INTO environments (tenant_id, ${environmentColumns}, sum, kept)
           SELECT ?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7, ?8, ?9
           WHERE (SELECT COUNT(*) FROM environments WHERE tenant_id = ?1) < ?10
           ON CONFLICT DO NOTHING`,
        )
        .bind(tenantId, id, name, model.id, model.revision, pictures, nowMs, toBlob(sum), toBlob(kept), most)
        .run();
      return meta.changes > 0;
    },
    async count(tenantId) {
      const row = await db
        .prepare('SELECT COUNT(*) AS count FROM environments WHERE tenant_id = ?')
        .bind(tenantId)
        .first<{ count: number }>();
      return row?.count ?? 0;
    },
    async change(tenantId, { id, name, revision }, { pictures, sum, kept }, nowMs) {
      const { meta } = await db
        .prepare(
          `UPDATE environments SET pictures = ?5, sum = ?6, kept = ?7, updated_at = ?8, revision = revision + 1
           WHERE tenant_id = ?1 AND name = ?2 AND id = ?3 AND revision = ?4`,
        )
        .bind(tenantId, name, id, revision, pictures, toBlob(sum), toBlob(kept), nowMs)
        .run();
      return meta.changes > 0;
    },
    async adopt(tenantId, { id, name, revision }, { pictures, sum, adopted }, nowMs) {
      const { meta } = await db
        .prepare(
          `UPDATE environments SET pictures = ?5, sum = ?6, kept = x'', adopted = ?7, updated_at = ?8,
             revision = revision + 1
           WHERE tenant_id = ?1 AND name = ?2 AND id = ?3 AND revision = ?4`,
        )
        .bind(tenantId, name, id, revision, pictures, toBlob(sum), JSON.stringify(adopted), nowMs)
        .run();
      return meta.changes > 0;
    },
    async remove(tenantId, name) {
      const bind = (sql: string) => db.prepare(sql).bind(tenantId, name);
      const [, removed] = await db.batch([
        bind(
          `DELETE FROM watched_days WHERE tenant_id = ?1
             AND environment_id = (SELECT id FROM environments WHERE tenant_id = ?1 AND name = ?2)`,
        ),
        bind('DELETE FROM environments WHERE tenant_id = ?1 AND name = ?2'),
      ]);
      return (removed?.meta.changes ?? 0) > 0;
    },
    publishNew: ({ tenantId, jobId, attempt }, { id, name, model, pictures, sum, kept }, nowMs) =>
      db
        .prepare(
          `INSERT INTO environments (tenant_id, ${environmentColumns}, sum, kept)
           SELECT ?1, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?9, ?10, ?11 WHERE ${byCurrentRun}`,
        )
        .bind(
          tenantId,
          jobId,
          attempt,
          id,
          name,
          model.id,
          model.revision,
          pictures,
          nowMs,
          toBlob(sum),
          toBlob(kept),
        ),
    // A row that is not as it was would get the revision NULL, which its column refuses.
    publishChange: ({ tenantId, jobId, attempt }, { id, name, revision }, { pictures, sum, kept }, nowMs) =>
      db
        .prepare(
          `UPDATE environments SET pictures = ?7, sum = ?8, kept = ?9, updated_at = ?10,
             revision = CASE WHEN id = ?5 AND revision = ?6 THEN revision + 1 END
           WHERE tenant_id = ?1 AND name = ?4 AND ${byCurrentRun}`,
        )
        .bind(tenantId, jobId, attempt, name, id, revision, pictures, toBlob(sum), toBlob(kept), nowMs),
  };
}
