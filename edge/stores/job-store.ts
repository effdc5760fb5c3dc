// Jobs in D1 as their tenant knows them: asked for, looked at, cancelled. What a run writes of its job is in run-store.ts, what
// becomes of jobs without a run in job-upkeep.ts.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import type { JobStage } from '#shared/contracts/job.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import type { Page, PageRequest } from './cursor.ts';
import { forgetInput, type JobRecord, type JobRow, jobColumns, toJobRecord } from './job-record.ts';
import { newestFirst } from './newest-first.ts';
import { JobFailure } from './run-store.ts';

export type NewJob = Pick<JobRecord, 'id' | 'kind' | 'subjectId' | 'createdAtMs'> & {
  /** What the kind's workflow reads; becomes JSON. */
  readonly input: unknown;
  readonly stage: JobStage;
  /** The key that asks for it. */
  readonly keyId: string;
  readonly release?: ReleaseWish;
};

export type JobStore = {
  /** To be put first in the batch that makes the job's subject; changes nothing where `maxActive` jobs are active. */
  insertStatement(tenantId: string, job: NewJob, maxActive: number): D1PreparedStatement;
  find(tenantId: string, id: string): Promise<JobRecord | undefined>;
  /** What the job was asked for, as its kind's workflow reads it; `{}` once it has ended. */
  findInput(tenantId: string, id: string): Promise<unknown>;
  list(tenantId: string, page: PageRequest): Promise<Page<JobRecord>>;
  /** The first failures of all shards. */
  failures(tenantId: string, id: string, limit: number): Promise<readonly JobFailure[]>;
  /** False where the job had ended already, or makes no version. */
  setRelease(tenantId: string, id: string, release: ReleaseWish, nowMs: number): Promise<boolean>;
  /** False where the job had ended already. */
  cancel(tenantId: string, id: string, nowMs: number): Promise<boolean>;
  /** Keeps the newest ended jobs of a tenant; to be put into the batch that makes another. */
  pruneStatements(tenantId: string): D1PreparedStatement[];
};

const keptEndedJobs = 1000;

export function createJobStore(db: D1Database): JobStore {
  return {
    insertStatement: (tenantId, job, maxActive) =>
      db
        .prepare(
          `INSERT INTO jobs (tenant_id, id, kind, status, stage, subject_id, input, heartbeat_at, created_at, updated_at,
             key_id, release)
           SELECT ?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?7, ?7, ?9, ?10
           WHERE ?8 > (SELECT COUNT(*) FROM jobs WHERE tenant_id = ?1 AND status IN ('queued', 'running'))`,
        )
        .bind(
          tenantId,
          job.id,
          job.kind,
          job.stage,
          job.subjectId ?? null,
          JSON.stringify(job.input),
          job.createdAtMs,
          maxActive,
          job.keyId,
          job.release ?? null,
        ),
    async find(tenantId, id) {
      const row = await db
        .prepare(`SELECT ${jobColumns} FROM jobs WHERE tenant_id = ? AND id = ?`)
        .bind(tenantId, id)
        .first<JobRow>();
      return row === null ? undefined : toJobRecord(row);
    },
    async findInput(tenantId, id) {
      const input = await db
        .prepare('SELECT input FROM jobs WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first<string>('input');
      return JSON.parse(input ?? '{}');
    },
    list: (tenantId, page) =>
      newestFirst(db, { table: 'jobs', columns: jobColumns, toItem: toJobRecord }, tenantId, page),
    async failures(tenantId, id, limit) {
      const { results } = await db
        .prepare(
          `SELECT failure.value AS failure FROM job_shards, json_each(job_shards.failures) AS failure
           WHERE tenant_id = ? AND job_id = ? ORDER BY shard LIMIT ?`,
        )
        .bind(tenantId, id, limit)
        .all<{ failure: string }>();
      return results.map(({ failure }) => JobFailure.parse(JSON.parse(failure)));
    },
    async setRelease(tenantId, id, release, nowMs) {
      const { meta } = await db
        .prepare(
          `UPDATE jobs SET release = ?3, updated_at = ?4 WHERE tenant_id = ?1 AND id = ?2 AND release IS NOT NULL
             AND status IN ('queued', 'running')`,
        )
        .bind(tenantId, id, release, nowMs)
        .run();
      return meta.changes > 0;
    },
    async cancel(tenantId, id, nowMs) {
      const { meta } = await db
        .prepare(
          `UPDATE jobs SET status = 'cancelled', updated_at = ?3, finished_at = ?3, ${forgetInput}
           WHERE tenant_id = ?1 AND id = ?2 AND status IN ('queued', 'running')`,
        )
        .bind(tenantId, id, nowMs)
        .run();
      return meta.changes > 0;
    },
    pruneStatements: (tenantId) => {
      const old = `SELECT id FROM jobs WHERE tenant_id = ?1 AND settled = 1
        ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ${keptEndedJobs}`;
      return [
        db.prepare(`DELETE FROM job_shards WHERE tenant_id = ?1 AND job_id IN (${old})`).bind(tenantId),
        db.prepare(`DELETE FROM jobs WHERE tenant_id = ?1 AND id IN (${old})`).bind(tenantId),
      ];
    },
  };
}
