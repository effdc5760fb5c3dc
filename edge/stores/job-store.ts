// Jobs in D1: what they are to do, how far they are, and who may work on them.
//
// A job is worked on by the run that knows its present `attempt`; taking a job over raises it, and every write of a run
// names its own, so that a run which was thought dead and is not can change nothing any more.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import type { JobKind, JobStage, JobStatus } from '#shared/contracts/job.ts';
import { ReleaseWish } from '#shared/contracts/release.ts';
import type { Page, PageRequest } from './cursor.ts';
import { isCurrentRun } from './job-subject.ts';
import { newestFirst } from './newest-first.ts';

export type JobRecord = {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly stage: JobStage;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly subjectId: string | undefined;
  readonly error: { readonly code: string; readonly detail: string } | undefined;
  /** What the kind's workflow reads; JSON. */
  readonly input: unknown;
  readonly attempt: number;
  readonly workStartedAtMs: number | undefined;
  readonly heartbeatAtMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** Whether the version that it makes may answer for its name; of jobs that make one. */
  readonly release: ReleaseWish | undefined;
};

export type NewJob = Pick<JobRecord, 'id' | 'kind' | 'subjectId' | 'input' | 'createdAtMs'> & {
  readonly stage: JobStage;
  /** The key that asks for it. */
  readonly keyId: string;
  readonly release?: ReleaseWish;
};

/** One run of a job: every write names the attempt. */
export type Run = {
  readonly tenantId: string;
  readonly jobId: string;
  readonly attempt: number;
  /** Of the request that asked for the job; known once its row has been read. */
  readonly traceparent?: string | undefined;
  /** Of the tenant's plan; known once its row has been read. */
  readonly weight?: number | undefined;
};

/** What could not be done, and with what: a picture's hash, an address. */
export const JobFailure = z.object({ subject: z.string(), code: z.string(), detail: z.string() });
export type JobFailure = z.infer<typeof JobFailure>;

export type ShardResult = {
  readonly shard: number;
  readonly pictures: number;
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly JobFailure[];
};

export type JobStore = {
  /** To be put first in the batch that makes the job's subject; changes nothing where `maxActive` jobs are active. */
  insertStatement(tenantId: string, job: NewJob, maxActive: number): D1PreparedStatement;
  find(tenantId: string, id: string): Promise<JobRecord | undefined>;
  list(tenantId: string, page: PageRequest): Promise<Page<JobRecord>>;
  /**
   * Says that the run is alive. False: it has been cancelled or taken over, its tenant is suspended, or the key that asked for
   * it is revoked or disabled, and it must stop.
   */
  beat(run: Run, nowMs: number): Promise<boolean>;
  setStage(run: Run, stage: JobStage, nowMs: number): Promise<void>;
  setTotal(run: Run, total: number, nowMs: number): Promise<void>;
  /** Counts a shard once, however often it is told; answers the sums so far. */
  finishShard(run: Run, result: ShardResult, nowMs: number): Promise<{ done: number; failed: number }>;
  /** Counts what is done of a shard that is under way; never fewer than before, and nothing once the run has ended. */
  shardProgress(run: Run, shard: number, pictures: number, nowMs: number): Promise<void>;
  /** The first failures of all shards. */
  failures(tenantId: string, id: string, limit: number): Promise<readonly JobFailure[]>;
  /** To be put in the batch that publishes the subject. */
  finishStatement(run: Run, nowMs: number): D1PreparedStatement;
  /** The same, where what was asked of its version is still what was read. */
  finishPublishedStatement(run: Run, release: ReleaseWish | undefined, nowMs: number): D1PreparedStatement;
  fail(run: Run, error: { code: string; detail: string }, nowMs: number): Promise<boolean>;
  /** False where the job had ended already, or makes no version. */
  setRelease(tenantId: string, id: string, release: ReleaseWish, nowMs: number): Promise<boolean>;
  /** False where the job had ended already. */
  cancel(tenantId: string, id: string, nowMs: number): Promise<boolean>;
  /**
   * Takes over jobs without a sign of life since `beforeMs`; each is handed to one caller only. Those of suspended tenants and
   * disabled keys wait.
   */
  takeOver(beforeMs: number, nowMs: number, only?: { tenantId: string; id: string }): Promise<readonly Run[]>;
  /** Ends the jobs of revoked keys. */
  cancelOrphans(nowMs: number): Promise<void>;
  /** Keeps the newest ended jobs of a tenant; to be put into the batch that makes another. */
  pruneStatements(tenantId: string): D1PreparedStatement[];
  /** Jobs that ended before `beforeMs` and left something behind, oldest first. */
  unsettled(beforeMs: number, limit: number): Promise<readonly { tenantId: string; job: JobRecord }[]>;
  /** Says that nothing of an ended job is left behind. */
  settle(tenantId: string, id: string): Promise<void>;
};

type Row = {
  tenant_id: string;
  id: string;
  kind: JobKind;
  status: JobStatus;
  stage: JobStage;
  done: number;
  total: number;
  failed: number;
  subject_id: string | null;
  error: string | null;
  input: string;
  attempt: number;
  work_started_at: number | null;
  heartbeat_at: number;
  created_at: number;
  updated_at: number;
  finished_at: number | null;
  release: string | null;
};

const sumOfShards = (column: 'pictures' | 'failed') =>
  `(SELECT COALESCE(SUM(${column}), 0) FROM job_shards WHERE tenant_id = ?1 AND job_id = ?2)`;

/** Whether the job's tenant and key are still such as may have work done. Jobs older than the column have no key. */
const isAllowed = `NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = jobs.tenant_id AND suspended = 1)
  AND NOT EXISTS (SELECT 1 FROM keys WHERE keys.id = jobs.key_id AND (revoked_at IS NOT NULL OR disabled = 1))`;

/** What an ended job was asked for is needed by nobody, and may be a megabyte. */
const forgetInput = `input = '{}'`;

const finishSql = `UPDATE jobs SET status = 'succeeded', stage = 'done', updated_at = ?4, finished_at = ?4, ${forgetInput}`;

const keptEndedJobs = 1000;
/** Of one job, about. */
const keptFailures = 1000;

export function createJobStore(db: D1Database): JobStore {
  const bindRun = (sql: string, { tenantId, jobId, attempt }: Run, ...rest: unknown[]) =>
    db.prepare(sql).bind(tenantId, jobId, attempt, ...rest);
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
        .prepare('SELECT * FROM jobs WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: (tenantId, page) => newestFirst(db, { table: 'jobs', toItem: toRecord }, tenantId, page),
    async beat(run, nowMs) {
      const { meta } = await bindRun(
        `UPDATE jobs SET status = 'running', heartbeat_at = MAX(heartbeat_at, ?4) WHERE ${isCurrentRun} AND ${isAllowed}`,
        run,
        nowMs,
      ).run();
      return meta.changes > 0;
    },
    async setStage(run, stage, nowMs) {
      await bindRun(
        `UPDATE jobs SET stage = ?4, updated_at = ?5, work_started_at = COALESCE(work_started_at, ?5)
         WHERE ${isCurrentRun}`,
        run,
        stage,
        nowMs,
      ).run();
    },
    async setTotal(run, total, nowMs) {
      await bindRun(
        `UPDATE jobs SET total = ?4, updated_at = ?5 WHERE ${isCurrentRun}`,
        run,
        total,
        nowMs,
      ).run();
    },
    async shardProgress(run, shard, pictures, nowMs) {
      await db.batch([
        bindRun(
          `INSERT INTO job_shards SELECT ?1, ?2, ?4, ?5, 0, '[]' FROM jobs WHERE ${isCurrentRun}
           ON CONFLICT DO UPDATE SET pictures = MAX(pictures, excluded.pictures)`,
          run,
          shard,
          pictures,
        ),
        bindRun(
          `UPDATE jobs SET done = ${sumOfShards('pictures')}, updated_at = ?4, heartbeat_at = ?4 WHERE ${isCurrentRun}`,
          run,
          nowMs,
        ),
      ]);
    },
    async finishShard(run, { shard, pictures, failed, failures }, nowMs) {
      const results = await db.batch<{ done: number; failed: number }>([
        db
          .prepare(
            // Beyond what is ever shown, failures are only counted.
            `INSERT OR REPLACE INTO job_shards SELECT ?1, ?2, ?3, ?4, ?5,
               CASE WHEN (SELECT failed FROM jobs WHERE tenant_id = ?1 AND id = ?2) > ${keptFailures} THEN '[]' ELSE ?6 END`,
          )
          .bind(run.tenantId, run.jobId, shard, pictures, failed, JSON.stringify(failures)),
        bindRun(
          `UPDATE jobs SET done = ${sumOfShards('pictures')}, failed = ${sumOfShards('failed')}, updated_at = ?4, heartbeat_at = ?4
           WHERE ${isCurrentRun}`,
          run,
          nowMs,
        ),
        db
          .prepare(`SELECT ${sumOfShards('pictures')} AS done, ${sumOfShards('failed')} AS failed`)
          .bind(run.tenantId, run.jobId),
      ]);
      return results.at(-1)?.results[0] ?? { done: 0, failed: 0 };
    },
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
    finishStatement: (run, nowMs) => bindRun(`${finishSql} WHERE ${isCurrentRun}`, run, nowMs),
    finishPublishedStatement: (run, release, nowMs) =>
      bindRun(`${finishSql} WHERE ${isCurrentRun} AND release IS ?5`, run, nowMs, release ?? null),
    async fail(run, error, nowMs) {
      const { meta } = await bindRun(
        `UPDATE jobs SET status = 'failed', error = ?4, updated_at = ?5, finished_at = ?5,
           ${forgetInput} WHERE ${isCurrentRun}`,
        run,
        JSON.stringify(error),
        nowMs,
      ).run();
      return meta.changes > 0;
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
    async takeOver(beforeMs, nowMs, only) {
      const { results } = await db
        .prepare(
          `UPDATE jobs SET attempt = attempt + 1, heartbeat_at = ?2
           WHERE status IN ('queued', 'running') AND heartbeat_at < ?1
             AND (?3 IS NULL OR (tenant_id = ?3 AND id = ?4)) AND ${isAllowed}
           RETURNING tenant_id, id, attempt`,
        )
        .bind(beforeMs, nowMs, only?.tenantId ?? null, only?.id ?? null)
        .all<Pick<Row, 'tenant_id' | 'id' | 'attempt'>>();
      return results.map(({ tenant_id, id, attempt }) => ({ tenantId: tenant_id, jobId: id, attempt }));
    },
    async cancelOrphans(nowMs) {
      await db
        .prepare(
          `UPDATE jobs SET status = 'cancelled', updated_at = ?1, finished_at = ?1, ${forgetInput}
           WHERE status IN ('queued', 'running')
             AND EXISTS (SELECT 1 FROM keys WHERE keys.id = jobs.key_id AND revoked_at IS NOT NULL)`,
        )
        .bind(nowMs)
        .run();
    },
    pruneStatements: (tenantId) => {
      const old = `SELECT id FROM jobs WHERE tenant_id = ?1 AND settled = 1
        ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET ${keptEndedJobs}`;
      return [
        db.prepare(`DELETE FROM job_shards WHERE tenant_id = ?1 AND job_id IN (${old})`).bind(tenantId),
        db.prepare(`DELETE FROM jobs WHERE tenant_id = ?1 AND id IN (${old})`).bind(tenantId),
      ];
    },
    async unsettled(beforeMs, limit) {
      const { results } = await db
        .prepare('SELECT * FROM jobs WHERE settled = 0 AND finished_at < ? ORDER BY finished_at LIMIT ?')
        .bind(beforeMs, limit)
        .all<Row>();
      return results.map((row) => ({ tenantId: row.tenant_id, job: toRecord(row) }));
    },
    async settle(tenantId, id) {
      await db
        .prepare('UPDATE jobs SET settled = 1 WHERE tenant_id = ? AND id = ? AND finished_at IS NOT NULL')
        .bind(tenantId, id)
        .run();
    },
  };
}

function toRecord(row: Row): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    stage: row.stage,
    done: row.done,
    total: row.total,
    failed: row.failed,
    subjectId: row.subject_id ?? undefined,
    error: row.error === null ? undefined : (JSON.parse(row.error) as { code: string; detail: string }),
    input: JSON.parse(row.input),
    attempt: row.attempt,
    workStartedAtMs: row.work_started_at ?? undefined,
    heartbeatAtMs: row.heartbeat_at,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
    finishedAtMs: row.finished_at ?? undefined,
    release: row.release === null ? undefined : ReleaseWish.parse(row.release),
  };
}
