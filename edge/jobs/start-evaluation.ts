// Starts the evaluation of a projection on labelled datasets, as they are now. Evaluates nothing itself.

import { type AppError, appError } from '#shared/app-error.ts';
import type { EvaluationRequest } from '#shared/contracts/evaluation.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { DatasetStore } from '../stores/dataset-store.ts';
import type { EvaluationRecord, EvaluationStore } from '../stores/evaluation-store.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { JobRecord } from '../stores/job-store.ts';
import type { ProjectionRecord } from '../stores/projection-store.ts';
import { invalid } from '../use-cases/choose-head.ts';
import { type FitTenant, findDatasets, wholeSlice } from './fit-projection.ts';
import { type JobSources, startJob } from './start-job.ts';

export type EvaluationSources = JobSources & {
  readonly datasets: DatasetStore;
  readonly items: ItemStore;
  readonly evaluations: EvaluationStore;
  readonly newId: (kind: 'job' | 'evaluation') => string;
};

export async function startEvaluation(
  tenant: FitTenant,
  projection: ProjectionRecord,
  { datasets: selectors, head }: EvaluationRequest,
  sources: EvaluationSources,
  nowMs: number,
): Promise<
  Result<
    { job: JobRecord; evaluation: EvaluationRecord },
    AppError<'conflict' | 'invalid-request' | 'quota-exceeded'>
  >
> {
  const { id: projectionId, name, version, status, heads } = projection;
  if (status !== 'ready') return err(appError('conflict', `The projection is not ready: it is ${status}.`));
  if (head !== undefined && heads?.every((fitted) => fitted.head !== head)) {
    return err(invalid('/head', `The projection has no ${head} head.`));
  }
  const found = await findDatasets(tenant.id, selectors, '/datasets', sources.datasets);
  if (!found.ok) return found;
  const slices = await Promise.all(found.value.map(({ id }) => wholeSlice(tenant.id, id, sources.items)));
  const [jobId, id] = [sources.newId('job'), sources.newId('evaluation')];
  const input = { evaluationId: id, projectionId, slices, ...(head === undefined ? {} : { head }) };
  const evaluation = {
    id,
    jobId,
    projection: { id: projectionId, name, version },
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
