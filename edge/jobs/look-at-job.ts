// A job as its tenant sees it, and its end at the tenant's wish.

import type { Job } from '#shared/contracts/job.ts';
import type { JobStore } from '../stores/job-store.ts';
import { presentJob } from '../use-cases/present.ts';
import { endSubject, type SubjectSources } from './settle-job.ts';

const maxFailures = 100;

export async function lookAtJob(tenantId: string, id: string, jobs: JobStore): Promise<Job | undefined> {
  const job = await jobs.find(tenantId, id);
  if (job === undefined) return undefined;
  return presentJob(job, job.failed === 0 ? [] : await jobs.failures(tenantId, id, maxFailures));
}

/** From here on its run can change nothing; it notices at its next heartbeat, and clears away what it has made. */
export async function cancelJob(
  tenantId: string,
  id: string,
  { jobs, ...subjects }: SubjectSources & { readonly jobs: JobStore },
  nowMs: number,
): Promise<Job | undefined> {
  const job = await jobs.find(tenantId, id);
  if (job === undefined) return undefined;
  if (await jobs.cancel(tenantId, id, nowMs)) await endSubject(tenantId, job, 'cancelled', subjects);
  return lookAtJob(tenantId, id, jobs);
}
