// What the run of a job may write: that it is alive, how far it is, how it ended.
//
// A job is worked on by the run that knows its present `attempt`; taking a job over raises it, and every write of a run
// names its own, so that a run which was thought dead and is not can change nothing any more.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import type { JobStage } from '#shared/contracts/job.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import { forgetInput } from './job-record.ts';
import { isCurrentRun } from './job-subject.ts';

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

export type RunStore = {
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
  /** To be put in the batch that publishes the subject. */
  finishStatement(run: Run, nowMs: number): D1PreparedStatement;
  /** The same, where what was asked of its version is still what was read. */
  finishPublishedStatement(run: Run, release: ReleaseWish | undefined, nowMs: number): D1PreparedStatement;
  fail(run: Run, error: { code: string; detail: string }, nowMs: number): Promise<boolean>;
};

const sumOfShards = (column: 'pictures' | 'failed') =>
  `(SELECT COALESCE(SUM(${column}), 0) FROM job_shards WHERE tenant_id = ?1 AND job_id = ?2)`;

/** Whether the job's tenant and key are still such as may have work done. Jobs older than the column have no key. */
export const isAllowed = `NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = jobs.tenant_id AND suspended = 1)
  AND NOT EXISTS (SELECT 1 FROM keys WHERE keys.id = jobs.key_id AND (revoked_at IS NOT NULL OR disabled = 1))`;

const finishSql = `UPDATE jobs SET status = 'succeeded', stage = 'done', updated_at = ?4, finished_at = ?4, ${forgetInput}`;

/** Of one job, about. */
const keptFailures = 1000;

export function createRunStore(db: D1Database): RunStore {
  const bindRun = (sql: string, { tenantId, jobId, attempt }: Run, ...rest: unknown[]) =>
    db.prepare(sql).bind(tenantId, jobId, attempt, ...rest);
  return {
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
  };
}
