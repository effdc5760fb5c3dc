// Takes over jobs whose run gives no sign of life. The deployed Workflows engine resumes its instances by itself; a crash of the
// local one, or an instance lost in any other way, is made up for here: a new run under a new attempt, for which everything
// that was finished is found in storage. Work that outlives a job or a dataset goes on where it was cut off.

import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';
import { undoUpload } from '../use-cases/change-projection.ts';
import { sweepBatch } from '../use-cases/delete-batch.ts';
import { sweepDataset } from '../use-cases/delete-items.ts';
import { sweepTenant } from '../use-cases/delete-tenant.ts';
import { batchKeptMs } from '../use-cases/present.ts';
import { settleJob } from './settle-job.ts';

/** Datasets swept, and pieces of each, in one go of the cron trigger. */
const sweptAtOnce = 200;
/** Longer than any upload takes. */
const uploadMs = 10 * 60_000;
const piecesAtOnce = 20;
const settledAtOnce = 50;
/** Each reads the items of its dataset. */
const composedAtOnce = 20;

/** For the cron trigger. */
export async function reconcileJobs(services: Services, nowMs: number): Promise<number> {
  await services.jobUpkeep.cancelOrphans(nowMs);
  const runs = await services.jobUpkeep.takeOver(nowMs - services.settings.jobStaleMs, nowMs);
  await restart(runs, services);
  return runs.length;
}

/** For a look at one job: whoever waits for it need not wait for the cron trigger. */
export async function reconcileJob(
  job: { readonly tenantId: string; readonly id: string },
  services: Services,
  nowMs: number,
): Promise<void> {
  await restart(
    await services.jobUpkeep.takeOver(nowMs - services.settings.jobStaleMs, nowMs, job),
    services,
  );
}

/** For the cron trigger: settles ended jobs whose runs have not, though they had the time. */
export async function settleJobs(services: Services, nowMs: number): Promise<void> {
  const { jobUpkeep, settings } = services;
  for (const { tenantId, job } of await jobUpkeep.unsettled(nowMs - settings.jobStaleMs, settledAtOnce)) {
    await settleJob(tenantId, job, services);
  }
}

/** For the cron trigger: deletes batches after their time, and goes on with those that are being deleted. */
export async function sweepBatches(services: Services, nowMs: number): Promise<void> {
  await services.batches.hideOlder(nowMs - batchKeptMs, nowMs);
  for (const { tenantId, id } of await services.batches.hidden(sweptAtOnce)) {
    await sweepBatch(tenantId, id, services);
  }
}

/** For the cron trigger: goes on with what is left of deleted datasets. */
export async function sweepDatasets(services: Services): Promise<void> {
  for (const { tenantId, id } of await services.datasets.removed(sweptAtOnce)) {
    await sweepDataset(tenantId, id, piecesAtOnce, services);
  }
}

/** For the cron trigger: goes on with what is left of deleted tenants. */
export async function sweepTenants(services: Services, nowMs: number): Promise<void> {
  for (const deletion of await services.deletions.pending(sweptAtOnce)) {
    await sweepTenant(deletion, services, nowMs);
  }
}

/** For the cron trigger: undoes uploads of artefacts that were cut off between their steps. */
export async function sweepUploads(services: Services, nowMs: number): Promise<void> {
  for (const { tenantId, id } of await services.projections.stuckUploads(nowMs - uploadMs, sweptAtOnce)) {
    await undoUpload(tenantId, id, services);
  }
}

/** For the cron trigger: gives items of before names were composed their one spelling. */
export async function composeNames({ names }: Services): Promise<void> {
  for (const name of await names.toCompose(composedAtOnce)) {
    const composed = (text: string) => text.normalize('NFC');
    await names.rename(name, { environment: composed(name.environment), class: composed(name.class) });
  }
}

async function restart(runs: readonly Run[], services: Services): Promise<void> {
  for (const run of runs) {
    const job = await services.jobs.find(run.tenantId, run.jobId);
    if (job === undefined) continue;
    const about = { attempt: run.attempt };
    writeLog({ level: 'warn', event: 'job-taken-over', requestId: run.jobId, about });
    await services.startRun(job.kind, run);
  }
}
