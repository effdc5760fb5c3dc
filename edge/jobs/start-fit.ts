// Starts fits, refits and extensions: works out which statistics are there, which pictures are to be encoded, and makes the job
// and the projection it will fill. Encodes and solves nothing.

import { type AppError, appError } from '#shared/app-error.ts';
import { EncodeOptions, SolveOptions } from '#shared/contracts/fit.ts';
import type { JobKind } from '#shared/contracts/job.ts';
import type { ExtendRequest, FitRequest, RefitRequest } from '#shared/contracts/projection.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { DatasetSlices, Slice } from '../stores/dataset-slices.ts';
import type { DatasetRecord, DatasetStore } from '../stores/dataset-store.ts';
import type { JobRecord } from '../stores/job-record.ts';
import {
  correctionsPart,
  type Part,
  type ProjectionRecord,
  type Recipe,
} from '../stores/projection-record.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { findDatasets } from '../use-cases/find-owned.ts';
import { invalid } from '../use-cases/head-options.ts';
import { isoTime } from '../use-cases/present.ts';
import { checkRecipe } from './check-recipe.ts';
import { type JobSources, type JobTenant, startJob } from './start-job.ts';

export type FitSources = JobSources & {
  readonly datasets: DatasetStore;
  readonly slices: DatasetSlices;
  readonly projections: ProjectionStore;
  readonly defaultModel: string;
  readonly modelDirectory: ModelDirectory;
  readonly newId: (kind: 'job' | 'projection') => string;
};

export type StartedFit = { readonly job: JobRecord; readonly projection: ProjectionRecord };

type FitPlanned = {
  readonly kind: Extract<JobKind, 'fit' | 'refit' | 'extend'>;
  readonly name: string;
  readonly datasets: readonly { readonly id: string; readonly name: string }[];
  readonly recipe: Recipe;
  readonly parts: readonly Part[];
  readonly slices: readonly Slice[];
  readonly maxFailedShare: number;
  readonly release: ReleaseWish;
  readonly corrections?: { readonly name: string; readonly base: string } | undefined;
};

export async function startFit(
  tenant: JobTenant,
  request: FitRequest,
  sources: FitSources,
  nowMs: number,
): Promise<Result<StartedFit, AppError<'invalid-request' | 'quota-exceeded' | 'too-few-samples'>>> {
  const { name, maxFailedShare, release, model = sources.defaultModel } = request;
  const datasets = await findDatasets(tenant.id, request.datasets, '/datasets', sources);
  if (!datasets.ok) return datasets;
  const slices = await Promise.all(datasets.value.map(({ id }) => sources.slices.whole(tenant.id, id)));
  if (slices.every(({ throughSeq }) => throughSeq === 0)) {
    return err(appError('too-few-samples', 'The datasets hold no pictures.'));
  }
  const recipe = { model, encode: EncodeOptions.parse(request), solve: SolveOptions.parse(request) };
  const checked = await checkRecipe(recipe, sources.modelDirectory, nowMs);
  if (!checked.ok) return checked;
  const planned = { kind: 'fit', name, recipe, parts: [], slices, maxFailedShare, release } as const;
  return start(tenant, { ...planned, datasets: named(datasets.value) }, sources, nowMs);
}

/** A new version of the same name, from the same statistics. */
export async function startRefit(
  tenant: JobTenant,
  projection: ProjectionRecord,
  { release, corrections, ...solve }: RefitRequest,
  sources: FitSources,
  nowMs: number,
): Promise<Result<StartedFit, AppError<'conflict' | 'invalid-request' | 'quota-exceeded'>>> {
  const { recipe: before, parts, name, datasets } = projection;
  if (before === undefined || parts.length === 0) return err(noStatistics);
  const recipe = { ...before, solve };
  const checked = await checkRecipe(recipe, sources.modelDirectory, nowMs);
  if (!checked.ok) return checked;
  const planned = { kind: 'refit', name, datasets, slices: [], maxFailedShare: 1 } as const;
  return start(
    tenant,
    { ...planned, ...taking(corrections, projection, parts), recipe, release },
    sources,
    nowMs,
  );
}

/**
 * A new version with other datasets. Of a dataset that is in already, only what was uploaded since is encoded; where
 * something was deleted from it, all of it is.
 */
export async function startExtension(
  tenant: JobTenant,
  projection: ProjectionRecord,
  request: ExtendRequest,
  sources: FitSources,
  nowMs: number,
): Promise<
  Result<StartedFit, AppError<'conflict' | 'invalid-request' | 'quota-exceeded' | 'too-few-samples'>>
> {
  const { recipe, name } = projection;
  if (recipe === undefined || projection.parts.length === 0) return err(noStatistics);
  const added = await findDatasets(tenant.id, request.add, '/add', sources);
  if (!added.ok) return added;
  const removed = findFitted(projection, request.remove);
  if (!removed.ok) return removed;
  const stays = ({ datasetId }: Part) => !removed.value.has(datasetId);
  let parts = projection.parts.filter(stays);
  const slices: Slice[] = [];
  for (const { id } of added.value) {
    const mine = parts.filter(({ datasetId }) => datasetId === id);
    const isWhole = await allThere(tenant.id, mine, sources.slices);
    const { throughSeq } = await sources.slices.whole(tenant.id, id);
    const fromSeq = isWhole ? Math.max(0, ...mine.map((part) => part.throughSeq)) : 0;
    if (!isWhole) parts = parts.filter(({ datasetId }) => datasetId !== id);
    if (throughSeq > fromSeq) slices.push({ datasetId: id, fromSeq, throughSeq });
  }
  if (parts.length + slices.length === 0) {
    return err(appError('too-few-samples', 'Nothing would be left to fit from.'));
  }
  const kept = projection.datasets.filter(({ id }) => !removed.value.has(id));
  const datasets = [
    ...kept,
    ...named(added.value).filter(({ id }) => kept.every((known) => known.id !== id)),
  ];
  const planned = { kind: 'extend', name, recipe, slices, maxFailedShare: 1, datasets } as const;
  const taken = taking(request.corrections, projection, parts);
  return start(tenant, { ...planned, ...taken, release: request.release }, sources, nowMs);
}

/** Where corrections are taken in anew, those that were in before are among them or were taken back. */
function taking(
  corrections: boolean,
  { name, id }: Pick<ProjectionRecord, 'name' | 'id'>,
  parts: readonly Part[],
): Pick<FitPlanned, 'parts' | 'corrections'> {
  if (!corrections) return { parts };
  return {
    parts: parts.filter(({ datasetId }) => datasetId !== correctionsPart),
    corrections: { name, base: id },
  };
}

const noStatistics = appError(
  'conflict',
  'The projection was uploaded: there are no statistics to fit from.',
);

async function start(
  tenant: JobTenant,
  { kind, name, datasets, recipe, parts, slices, maxFailedShare, release, corrections }: FitPlanned,
  sources: FitSources,
  nowMs: number,
): Promise<Result<StartedFit, AppError<'quota-exceeded'>>> {
  const [jobId, projectionId] = [sources.newId('job'), sources.newId('projection')];
  const createdAt = isoTime(nowMs);
  const input = { projectionId, ...recipe, maxFailedShare, parts, slices, corrections, createdAt };
  const projection = { id: projectionId, name, jobId, datasets, recipe, createdAtMs: nowMs };
  const job = await startJob(
    tenant,
    { id: jobId, kind, stage: 'plan', subjectId: projectionId, input, release, createdAtMs: nowMs },
    [sources.projections.insertStatement(tenant.id, projection)],
    sources,
  );
  if (!job.ok) return job;
  const record = await sources.projections.find(tenant.id, { id: projectionId });
  if (record === undefined) throw new Error(`projection ${projectionId} is not there after it was made`);
  return ok({ job: job.value, projection: record });
}

/** Datasets leaving a fit may have been deleted: they are looked for among those that it was fitted from. */
function findFitted(
  projection: ProjectionRecord,
  selectors: readonly string[],
): Result<Set<string>, AppError<'invalid-request'>> {
  const ids = new Set<string>();
  for (const [index, selector] of selectors.entries()) {
    const dataset = projection.datasets.find(({ id, name }) => id === selector || name === selector);
    if (dataset === undefined) {
      return err(invalid(`/remove/${index}`, `The projection was not fitted from ${selector}.`));
    }
    ids.add(dataset.id);
  }
  return ok(ids);
}

/** Whether every picture that went into these parts is still in its dataset. */
async function allThere(tenantId: string, parts: readonly Part[], slices: DatasetSlices): Promise<boolean> {
  for (const { datasetId, fromSeq, throughSeq, pictures } of parts) {
    if ((await slices.countIn({ tenantId, datasetId, fromSeq, throughSeq })) !== pictures) return false;
  }
  return true;
}

function named(datasets: readonly DatasetRecord[]): { id: string; name: string }[] {
  return datasets.map(({ id, name }) => ({ id, name }));
}
