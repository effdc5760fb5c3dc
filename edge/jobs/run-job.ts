// What all runs have in common: finding the job, telling how it ended, and settling what has ended.

import { type AppError, appError } from '#shared/app-error.ts';
import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';
import { JobTrace } from './job-inputs.ts';
import type { DurableSteps, RunResult, StepContext } from './job-step.ts';
import { settleJob } from './settle-job.ts';

export type JobBody = (context: StepContext, input: unknown) => Promise<RunResult<undefined>>;

export async function runJob(
  steps: DurableSteps,
  run: Run,
  services: Services,
  body: JobBody,
): Promise<void> {
  const job = await services.jobs.find(run.tenantId, run.jobId);
  if (job === undefined || job.attempt !== run.attempt) return;
  // Ended before it began: what it was to do is forgotten.
  if (job.finishedAtMs !== undefined) return settleJob(run.tenantId, job, services);
  const tenant = await services.tenants.find(run.tenantId);
  const input = await services.jobs.findInput(run.tenantId, run.jobId);
  const traced = { ...run, ...JobTrace.parse(input), weight: tenant?.limits.weight };
  const context = { steps, run: traced, services };
  const outcome = await body(context, input).catch(asBug(run));
  if (!outcome.ok && outcome.error.kind === 'failed') {
    const { code, detail } = outcome.error.error;
    await services.runs.fail(run, { code, detail }, Date.now());
  }
  const after = await services.jobs.find(run.tenantId, run.jobId);
  // What is active still was taken over: everything is left to the run that did so.
  if (after?.finishedAtMs !== undefined) await settleJob(run.tenantId, after, services);
}

/** A step that has thrown through all its retries. */
function asBug({ jobId }: Run) {
  return (thrown: unknown): RunResult<undefined> => {
    writeLog({ level: 'error', event: 'job-bug', requestId: jobId, thrown });
    return { ok: false, error: { kind: 'failed', error: bug } };
  };
}

const bug: AppError = appError('internal', 'This is a fault of the service; its log has the job id.');
