// What the cron trigger does, task by task. Everything here can be done again and goes on where it was cut off, so a task that
// fails is logged, keeps no other from running, and has its turn again the next time.

import type { Env } from '../env.ts';
import { keptRows } from '../limits/room.ts';
import { writeLog } from '../log.ts';
import { resealWebhooks } from '../use-cases/webhooks/manage-webhooks.ts';
import { jobServicesOf } from './job-services.ts';
import { judgeDays } from './judge-days.ts';
import { reconcileJobs, settleJobs } from './reconcile.ts';
import { takeOverDeliveries } from './run-delivery.ts';
import { composeNames, sweepBatches, sweepDatasets, sweepTenants, sweepUploads } from './sweep.ts';

/** How long a revoked key is still listed. */
const keysKeptMs = 30 * 24 * 3_600_000;
/** How long a delivery that has ended is still listed. */
const deliveriesKeptMs = 30 * 24 * 3_600_000;

export async function keepHouse(env: Env, nowMs: number): Promise<void> {
  const services = jobServicesOf(env);
  const tasks: Record<string, () => Promise<unknown>> = {
    'reconcile-jobs': () => reconcileJobs(services, nowMs),
    'settle-jobs': () => settleJobs(services, nowMs),
    'sweep-batches': () => sweepBatches(services, nowMs),
    'sweep-datasets': () => sweepDatasets(services),
    'sweep-tenants': () => sweepTenants(services, nowMs),
    'purge-answers': () => services.idempotency.purge(nowMs),
    'compose-names': () => composeNames(services),
    'prune-rows': () =>
      services.rooms.prune({
        ...keptRows,
        keysRevokedBeforeMs: nowMs - keysKeptMs,
        deliveriesEndedBeforeMs: nowMs - deliveriesKeptMs,
      }),
    'judge-days': () => judgeDays(services, nowMs),
    'take-over-deliveries': () => takeOverDeliveries(services, nowMs),
    'reseal-webhooks': () => resealWebhooks(services.webhookManagement, nowMs),
    'sweep-uploads': () => sweepUploads(services, nowMs),
    'look-at-database': () => services.room.look(nowMs),
  };
  for (const [task, run] of Object.entries(tasks)) {
    try {
      await run();
    } catch (thrown) {
      writeLog({ level: 'error', event: 'housekeeping', requestId: undefined, about: { task }, thrown });
    }
  }
}
