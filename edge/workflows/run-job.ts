// What all runs have in common: finding the job, telling how it ended, and clearing away what only the run needed.

import { type AppError, appError } from '#shared/app-error.ts';
import type { DataServices } from '../data-services.ts';
import type { JobRecord, Run } from '../stores/job-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { DurableSteps, ServiceStepContext } from './job-step.ts';
import type { RunResult } from './run-end.ts';

export type JobBody = (context: ServiceStepContext, input: unknown) => Promise<RunResult<undefined>>;

/** What became of what the job was to make. */
export type SubjectEnd = (run: Run, job: JobRecord, status: 'failed' | 'cancelled') => Promise<void>;

export async function runJob(
  steps: DurableSteps,
  run: Run,
  services: DataServices,
  body: JobBody,
  endSubject: SubjectEnd,
): Promise<void> {
  const job = await services.jobs.find(run.tenantId, run.jobId);
  if (job === undefined || job.attempt !== run.attempt) return;
  const outcome = await body({ steps, run, services, jobs: services.jobs }, job.input).catch(asBug(run));
  if (!outcome.ok && outcome.error.kind === 'failed') {
    const { code, detail } = outcome.error.error;
    if (await services.jobs.fail(run, { code, detail }, Date.now())) await endSubject(run, job, 'failed');
  }
  const after = await services.jobs.find(run.tenantId, run.jobId);
  if (after?.status === 'cancelled') await endSubject(run, job, 'cancelled');
  // A run that was taken over leaves everything to the one that took it over.
  if (after?.attempt === run.attempt)
    await services.objects.removePrefix(objectKeys.job(run.tenantId, run.jobId));
}

/** A step that has thrown through all its retries. */
function asBug({ jobId }: Run) {
  return (thrown: unknown): RunResult<undefined> => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { message, stack } = error;
    console.error(JSON.stringify({ level: 'error', event: 'job-bug', jobId, message, stack }));
    return { ok: false, error: { kind: 'failed', error: bug } };
  };
}

const bug: AppError = appError('internal', 'This is a fault of the service; its log has the job id.');
