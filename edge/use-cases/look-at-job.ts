// A job as its tenant sees it, and its end at the tenant's wish.

import type { Job } from '#shared/contracts/job.ts';
import type { EvaluationStore } from '../stores/evaluation-store.ts';
import type { JobStore } from '../stores/job-store.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { presentJob } from './present.ts';

const maxFailures = 100;

export async function lookAtJob(tenantId: string, id: string, jobs: JobStore): Promise<Job | undefined> {
  const job = await jobs.find(tenantId, id);
  if (job === undefined) return undefined;
  return presentJob(job, job.failed === 0 ? [] : await jobs.failures(tenantId, id, maxFailures));
}

export type CancelSources = {
  readonly jobs: JobStore;
  readonly projections: Pick<ProjectionStore, 'setStatus'>;
  readonly evaluations: Pick<EvaluationStore, 'setStatus'>;
};

/** From here on its run can change nothing; it notices at its next heartbeat. */
export async function cancelJob(
  tenantId: string,
  id: string,
  { jobs, projections, evaluations }: CancelSources,
  nowMs: number,
): Promise<Job | undefined> {
  const job = await jobs.find(tenantId, id);
  if (job === undefined) return undefined;
  if ((await jobs.cancel(tenantId, id, nowMs)) && job.subjectId !== undefined) {
    if (job.kind === 'evaluation') await evaluations.setStatus(tenantId, job.subjectId, 'cancelled');
    else if (job.kind !== 'import') await projections.setStatus(tenantId, job.subjectId, 'cancelled');
  }
  return lookAtJob(tenantId, id, jobs);
}
