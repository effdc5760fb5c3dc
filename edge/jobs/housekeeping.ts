// What the cron trigger does: takes over jobs that lost their run, clears away after those that ended, goes on with
// deletions and deletes batches after their time, undoes uploads that were cut off, composes names of before, forgets kept
// answers and old lines, judges the days of watched environments, goes on with events that lost their run, puts secrets under the present pepper, and looks at the
// database's size. One task's failure is logged and does not keep the others from running.

import type { Env } from '../env.ts';
import { keptRows } from '../limits/room.ts';
import { writeLog } from '../log.ts';
import { servicesOf } from '../services.ts';
import { resealWebhooks } from '../use-cases/webhooks/manage-webhooks.ts';
import { judgeDays } from './judge-days.ts';
import {
  composeNames,
  reconcileJobs,
  settleJobs,
  sweepBatches,
  sweepDatasets,
  sweepTenants,
  sweepUploads,
} from './reconcile.ts';
import { takeOverDeliveries } from './run-delivery.ts';

/** How long a revoked key is still listed. */
const keysKeptMs = 30 * 24 * 3_600_000;
/** How long a delivery that has ended is still listed. */
const deliveriesKeptMs = 30 * 24 * 3_600_000;

export async function keepHouse(env: Env, nowMs: number): Promise<void> {
  const services = servicesOf(env);
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
