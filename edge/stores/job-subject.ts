// What the rows that jobs fill have in common: they are made with their job, changed by the run that counts, and end with the job.

import type { D1Database } from '@cloudflare/workers-types';

/** The row of the job `?2` of the tenant `?1`, while its run `?3` is the one that counts. */
export const isCurrentRun = `tenant_id = ?1 AND id = ?2 AND attempt = ?3 AND status IN ('queued', 'running')`;

/** Whether that run is. */
export const byCurrentRun = `EXISTS (SELECT 1 FROM jobs WHERE ${isCurrentRun})`;

/** Whether the job `?3` of the tenant `?1` was made. */
export const withItsJob = 'EXISTS (SELECT 1 FROM jobs WHERE tenant_id = ?1 AND id = ?3)';

/** Changes nothing that has ended. */
export function createStatusSetter(db: D1Database, table: 'batches' | 'evaluations') {
  return async (tenantId: string, id: string, status: 'failed' | 'cancelled'): Promise<void> => {
    await db
      .prepare(`UPDATE ${table} SET status = ? WHERE tenant_id = ? AND id = ? AND status = 'running'`)
      .bind(status, tenantId, id)
      .run();
  };
}
