// Takes over jobs whose run gives no sign of life. The deployed Workflows engine resumes its instances by itself; a crash of the
// local one, or an instance lost in any other way, is made up for here: a new run under a new attempt, for which everything
// that was finished is found in storage.

import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';
import { settleJob } from './settle-job.ts';

const settledAtOnce = 50;

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

async function restart(runs: readonly Run[], services: Services): Promise<void> {
  for (const run of runs) {
    const job = await services.jobs.find(run.tenantId, run.jobId);
    if (job === undefined) continue;
    const about = { attempt: run.attempt };
    writeLog({ level: 'warn', event: 'job-taken-over', requestId: run.jobId, about });
    await services.startRun(job.kind, run);
  }
}
