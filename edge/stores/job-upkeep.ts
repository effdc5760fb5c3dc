// What housekeeping asks of jobs, of all tenants: which have lost their run, whose key is gone, which ended and left something
// behind.

import type { D1Database } from '@cloudflare/workers-types';
import { forgetInput, type JobRecord, type JobRow, jobColumns, toJobRecord } from './job-record.ts';
import { isAllowed, type Run } from './run-store.ts';

export type JobUpkeep = {
  /**
   * Takes over jobs without a sign of life since `beforeMs`; each is handed to one caller only. Those of suspended tenants and
   * disabled keys wait.
   */
  takeOver(beforeMs: number, nowMs: number, only?: { tenantId: string; id: string }): Promise<readonly Run[]>;
  /** Ends the jobs of revoked keys. */
  cancelOrphans(nowMs: number): Promise<void>;
  /** Jobs that ended before `beforeMs` and left something behind, oldest first. */
  unsettled(beforeMs: number, limit: number): Promise<readonly { tenantId: string; job: JobRecord }[]>;
  /** Says that nothing of an ended job is left behind. */
  settle(tenantId: string, id: string): Promise<void>;
};

export function createJobUpkeep(db: D1Database): JobUpkeep {
  return {
    async takeOver(beforeMs, nowMs, only) {
      const { results } = await db
        .prepare(
          `UPDATE jobs SET attempt = attempt + 1, heartbeat_at = ?2
           WHERE status IN ('queued', 'running') AND heartbeat_at < ?1
             AND (?3 IS NULL OR (tenant_id = ?3 AND id = ?4)) AND ${isAllowed}
           RETURNING tenant_id, id, attempt`,
        )
        .bind(beforeMs, nowMs, only?.tenantId ?? null, only?.id ?? null)
        .all<Pick<JobRow, 'tenant_id' | 'id' | 'attempt'>>();
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
    async unsettled(beforeMs, limit) {
      const { results } = await db
        .prepare(
          `SELECT ${jobColumns} FROM jobs WHERE settled = 0 AND finished_at < ? ORDER BY finished_at LIMIT ?`,
        )
        .bind(beforeMs, limit)
        .all<JobRow>();
      return results.map((row) => ({ tenantId: row.tenant_id, job: toJobRecord(row) }));
    },
    async settle(tenantId, id) {
      await db
        .prepare('UPDATE jobs SET settled = 1 WHERE tenant_id = ? AND id = ? AND finished_at IS NOT NULL')
        .bind(tenantId, id)
        .run();
    },
  };
}
