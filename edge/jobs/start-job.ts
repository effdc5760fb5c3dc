// Makes a job together with what it is to make, within the tenant's limit of active jobs, and starts its first run.

import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { JobRecord } from '../stores/job-record.ts';
import type { JobStore, NewJob } from '../stores/job-store.ts';
import type { Run } from '../stores/run-store.ts';

export type JobTenant = { readonly id: string; readonly limits: { readonly concurrentJobs: number } };

export type JobSources = {
  readonly jobs: JobStore;
  readonly batch: (statements: D1PreparedStatement[]) => Promise<D1Result[]>;
  readonly startRun: (kind: NewJob['kind'], run: Run) => Promise<void>;
  /** Of the request that asks for the job. */
  readonly traceparent: string | undefined;
  readonly keyId: string;
};

/** `subject` must depend on the job's row: where the limit keeps that from being made, nothing is. */
export async function startJob(
  tenant: JobTenant,
  job: Omit<NewJob, 'keyId'> & { readonly input: object },
  subject: readonly D1PreparedStatement[],
  { jobs, batch, startRun, traceparent, keyId }: JobSources,
): Promise<Result<JobRecord, AppError<'quota-exceeded'>>> {
  const { concurrentJobs } = tenant.limits;
  const traced = { ...job, keyId, input: { ...job.input, traceparent } };
  const results = await batch([
    jobs.insertStatement(tenant.id, traced, concurrentJobs),
    ...subject,
    ...jobs.pruneStatements(tenant.id),
  ]);
  if ((results[0]?.meta.changes ?? 0) === 0) {
    const detail = `The plan allows ${concurrentJobs} jobs at a time, and so many are active.`;
    return err(appError('quota-exceeded', detail, { retryAfterSeconds: 30 }));
  }
  await startRun(job.kind, { tenantId: tenant.id, jobId: job.id, attempt: 1 });
  const record = await jobs.find(tenant.id, job.id);
  if (record === undefined) throw new Error(`job ${job.id} is not there after it was made`);
  return ok(record);
}
