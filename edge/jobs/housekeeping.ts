// What the cron trigger does: takes over jobs that lost their run, clears away after those that ended, goes on with deletions,
// forgets kept answers. One
// task's failure is logged and does not keep the others from running.

import { dataServicesOf } from '../data-services.ts';
import type { Env } from '../env.ts';
import { createIdempotencyStore } from '../stores/idempotency-store.ts';
import { reconcileJobs, settleJobs, sweepDatasets } from './reconcile.ts';

export async function keepHouse(env: Env, nowMs: number): Promise<void> {
  const services = dataServicesOf(env);
  const tasks: Record<string, () => Promise<unknown>> = {
    'reconcile-jobs': () => reconcileJobs(services, nowMs),
    'settle-jobs': () => settleJobs(services, nowMs),
    'sweep-datasets': () => sweepDatasets(services),
    'purge-answers': () => createIdempotencyStore(env.DB).purge(nowMs),
  };
  for (const [task, run] of Object.entries(tasks)) {
    try {
      await run();
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      console.error(JSON.stringify({ level: 'error', event: 'housekeeping', task, message }));
    }
  }
}
