// Starts the classification of a dataset's pictures, as they are now, by the version of a projection that its name means now.
// Classifies nothing itself.

import { type AppError, appError } from '#shared/app-error.ts';
import type { BatchRequest, BatchSource } from '#shared/contracts/batch.ts';
import { maxBatchItems } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ProjectionCache } from '../cache/projection-cache.ts';
import type { BatchRecord, BatchStore } from '../stores/batch-store.ts';
import type { DatasetSlices } from '../stores/dataset-slices.ts';
import type { DatasetRecord, DatasetStore } from '../stores/dataset-store.ts';
import type { JobRecord } from '../stores/job-record.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { findEnvironment, fittedBeforeProfiles } from '../use-cases/find-environment.ts';
import { findNamedDataset, findProjection, requireHead, requireReady } from '../use-cases/find-owned.ts';
import { checkHeadOptions, invalid } from '../use-cases/head-options.ts';
import { inBackground } from '../use-cases/in-background.ts';
import { checkEnvironment } from './check-environment.ts';
import type { BatchInput } from './job-inputs.ts';
import { type JobSources, type JobTenant, startJob } from './start-job.ts';

export type BatchSources = JobSources & {
  readonly datasets: DatasetStore;
  readonly slices: DatasetSlices;
  readonly batches: BatchStore;
  readonly projections: Pick<ProjectionStore, 'find'>;
  readonly environments: EnvironmentCache;
  readonly projectionCache: ProjectionCache;
  readonly newId: (kind: 'job' | 'batch') => string;
};

type Refusal =
  | 'busy'
  | 'conflict'
  | 'invalid-request'
  | 'quota-exceeded'
  | 'not-found'
  | 'model-mismatch'
  | 'too-few-samples';

export async function startBatch(
  tenant: JobTenant,
  { from, ...asked }: BatchRequest,
  sources: BatchSources,
  nowMs: number,
): Promise<Result<{ job: JobRecord; batch: BatchRecord }, AppError<Refusal>>> {
  const fits = checkHeadOptions(asked);
  if (!fits.ok) return fits;
  const named = await findNamedDataset(tenant.id, from.dataset, '/from/dataset', sources);
  if (!named.ok) return named;
  const dataset = named.value;
  const items = await countItems(tenant.id, dataset, from, sources);
  if (!items.ok) return items;
  const answering = await findAnswering(tenant.id, asked, sources, nowMs);
  if (!answering.ok) return answering;
  const projection = answering.value;
  const options = { ...asked, ...(projection === undefined ? {} : { projection: projection.id }) };
  const [jobId, id] = [sources.newId('job'), sources.newId('batch')];
  const { environment, class: own, items: ids } = from;
  const batch = {
    id,
    jobId,
    ...subjectOf(dataset, from, projection),
    options,
    items: items.value,
    createdAtMs: nowMs,
  };
  const whole = await sources.slices.whole(tenant.id, dataset.id);
  const input: BatchInput = {
    batchId: id,
    items: items.value,
    options,
    slice: { ...whole, environment, class: own, ids },
  };
  const job = await startJob(
    tenant,
    { id: jobId, kind: 'batch', stage: 'plan', subjectId: id, input, createdAtMs: nowMs },
    [sources.batches.insertStatement(tenant.id, batch)],
    sources,
  );
  return job.ok ? ok({ job: job.value, batch: { ...batch, status: 'running' } }) : job;
}

/** What the batch is said to be of. */
function subjectOf(
  { id, name }: DatasetRecord,
  { environment, class: own, items: ids }: BatchSource,
  projection: ProjectionRecord | undefined,
): Pick<BatchRecord, 'dataset' | 'environment' | 'class' | 'listed' | 'projection'> {
  return {
    dataset: { id, name },
    ...(environment === undefined ? {} : { environment }),
    ...(own === undefined ? {} : { class: own }),
    ...(ids === undefined ? {} : { listed: ids.length }),
    ...(projection === undefined
      ? {}
      : { projection: { id: projection.id, name: projection.name, version: projection.version } }),
  };
}

async function countItems(
  tenantId: string,
  { id, name }: DatasetRecord,
  { environment, class: own, items: ids }: BatchSource,
  { datasets, slices }: BatchSources,
): Promise<Result<number, AppError<'invalid-request' | 'too-few-samples'>>> {
  const unknown = ids && (await slices.firstMissing(tenantId, id, ids));
  if (unknown !== undefined) {
    return err(invalid('/from/items', `The dataset ${name} has no item ${unknown}.`));
  }
  const pictures = await datasets.pictures(tenantId, id, { environment, class: own });
  const asked = Math.min(pictures, ids?.length ?? pictures);
  if (asked === 0) return err(appError('too-few-samples', `The dataset ${name} has no such pictures.`));
  if (asked <= maxBatchItems) return ok(asked);
  const detail = `These are ${asked} pictures, and a batch has at most ${maxBatchItems}: ask by environment or class.`;
  return err(invalid('/from', detail));
}

/** The projection as it is called now; checked now, so that a name that is not there fails before a job is made of it. */
async function findAnswering(
  tenantId: string,
  { projection: selector, head, environment, environments: byItem }: Omit<BatchRequest, 'from'>,
  sources: BatchSources,
  nowMs: number,
): Promise<Result<ProjectionRecord | undefined, AppError<Refusal>>> {
  if (selector === undefined) {
    if (environment === undefined) return ok(undefined);
    const caches = { environments: sources.environments, projections: sources.projectionCache };
    const found = await findEnvironment(environment, { tenantId, nowMs, later: inBackground }, caches);
    return found.ok ? ok(undefined) : found;
  }
  const projection = await findProjection(tenantId, selector, sources);
  if (!projection.ok) return projection;
  const ready = requireReady(projection.value);
  if (!ready.ok) return ready;
  const fitted = requireHead(ready.value, head);
  if (!fitted.ok) return fitted;
  if (byItem !== undefined && ready.value.heads?.[0]?.modes === undefined) return err(fittedBeforeProfiles);
  const found = await checkEnvironment(environment, tenantId, ready.value, sources, nowMs);
  return found.ok ? ready : found;
}
