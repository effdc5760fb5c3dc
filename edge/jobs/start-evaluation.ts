// Starts the evaluation of a projection on labelled datasets, as they are now. Evaluates nothing itself.

import type { AppError } from '#shared/app-error.ts';
import type { EvaluationRequest } from '#shared/contracts/evaluation.ts';
import { ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { DatasetSlices } from '../stores/dataset-slices.ts';
import type { DatasetStore } from '../stores/dataset-store.ts';
import type { EvaluationRecord, EvaluationStore } from '../stores/evaluation-store.ts';
import type { JobRecord } from '../stores/job-record.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { findDatasets, requireHead, requireReady } from '../use-cases/find-owned.ts';
import { checkEnvironment } from './check-environment.ts';
import { type JobSources, type JobTenant, startJob } from './start-job.ts';

export type EvaluationSources = JobSources & {
  readonly datasets: DatasetStore;
  readonly slices: DatasetSlices;
  readonly evaluations: EvaluationStore;
  readonly newId: (kind: 'job' | 'evaluation') => string;
  readonly environments: EnvironmentCache;
  readonly projectionCache: ProjectionCache;
};

export async function startEvaluation(
  tenant: JobTenant,
  projection: ProjectionRecord,
  { datasets: selectors, head, environment: selector }: EvaluationRequest,
  sources: EvaluationSources,
  nowMs: number,
): Promise<
  Result<
    { job: JobRecord; evaluation: EvaluationRecord },
    AppError<'busy' | 'conflict' | 'invalid-request' | 'quota-exceeded' | 'not-found' | 'model-mismatch'>
  >
> {
  const { id: projectionId, name, version } = projection;
  const ready = requireReady(projection);
  if (!ready.ok) return ready;
  const fitted = requireHead(projection, head);
  if (!fitted.ok) return fitted;
  const found = await findDatasets(tenant.id, selectors, '/datasets', sources);
  if (!found.ok) return found;
  const slices = await Promise.all(found.value.map(({ id }) => sources.slices.whole(tenant.id, id)));
  const environment = await checkEnvironment(selector, tenant.id, projection, sources, nowMs);
  if (!environment.ok) return environment;
  const [jobId, id] = [sources.newId('job'), sources.newId('evaluation')];
  const input = {
    evaluationId: id,
    projectionId,
    slices,
    ...(head === undefined ? {} : { head }),
    ...(environment.value === undefined
      ? {}
      : { environment: selector, environmentRevision: environment.value.revision }),
  };
  const evaluation = {
    id,
    jobId,
    projection: { id: projectionId, name, version },
    ...(selector === undefined ? {} : { environment: selector }),
    datasets: found.value.map((dataset) => ({ id: dataset.id, name: dataset.name })),
    createdAtMs: nowMs,
  };
  const job = await startJob(
    tenant,
    { id: jobId, kind: 'evaluation', stage: 'plan', subjectId: id, input, createdAtMs: nowMs },
    [sources.evaluations.insertStatement(tenant.id, evaluation)],
    sources,
  );
  return job.ok
    ? ok({ job: job.value, evaluation: { ...evaluation, status: 'running', report: undefined } })
    : job;
}
