// What a tenant calls by name or id, found or refused with the same words everywhere.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { BatchRecord, BatchStore } from '../stores/batch-store.ts';
import type { DatasetRecord, DatasetStore } from '../stores/dataset-store.ts';
import type { ItemRecord } from '../stores/item-record.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { parseSelector } from '../stores/projection-selector.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { invalid } from './head-options.ts';

type Found<Record> = Promise<Result<Record, AppError<'not-found'>>>;

export async function findDataset(
  tenantId: string,
  nameOrId: string,
  { datasets }: { readonly datasets: Pick<DatasetStore, 'find'> },
): Found<DatasetRecord> {
  const dataset = await datasets.find(tenantId, nameOrId);
  return dataset === undefined ? err(appError('not-found', 'The tenant has no such dataset.')) : ok(dataset);
}

/** One that a body names, at `pointer`: there the fault is in what was asked for, not in the address. */
export async function findNamedDataset(
  tenantId: string,
  nameOrId: string,
  pointer: string,
  { datasets }: { readonly datasets: Pick<DatasetStore, 'find'> },
): Promise<Result<DatasetRecord, AppError<'invalid-request'>>> {
  const dataset = await datasets.find(tenantId, nameOrId);
  return dataset === undefined ? err(invalid(pointer, `There is no dataset ${nameOrId}.`)) : ok(dataset);
}

/** In the order given, each once. */
export async function findDatasets(
  tenantId: string,
  selectors: readonly string[],
  pointer: string,
  sources: { readonly datasets: Pick<DatasetStore, 'find'> },
): Promise<Result<DatasetRecord[], AppError<'invalid-request'>>> {
  const found = new Map<string, DatasetRecord>();
  for (const [index, selector] of selectors.entries()) {
    const dataset = await findNamedDataset(tenantId, selector, `${pointer}/${index}`, sources);
    if (!dataset.ok) return dataset;
    found.set(dataset.value.id, dataset.value);
  }
  return ok([...found.values()]);
}

/** An item with its dataset; which of the two is missing is not told apart. */
export async function findItem(
  tenantId: string,
  { dataset: nameOrId, item: itemId }: { readonly dataset: string; readonly item: string },
  sources: { readonly datasets: Pick<DatasetStore, 'find'>; readonly items: Pick<ItemStore, 'find'> },
): Found<{ readonly dataset: DatasetRecord; readonly item: ItemRecord }> {
  const dataset = await findDataset(tenantId, nameOrId, sources);
  const item = dataset.ok ? await sources.items.find(tenantId, dataset.value.id, itemId) : undefined;
  return dataset.ok && item !== undefined ? ok({ dataset: dataset.value, item }) : err(noItem);
}

export const noItem = appError('not-found', 'The dataset has no such item.');

export async function findProjection(
  tenantId: string,
  selector: string,
  { projections }: { readonly projections: Pick<ProjectionStore, 'find'> },
): Found<ProjectionRecord> {
  const projection = await projections.find(tenantId, parseSelector(selector));
  return projection === undefined ? err(noProjection) : ok(projection);
}

export const noProjection = appError('not-found', 'The tenant has no such projection.');

export async function findBatch(
  tenantId: string,
  id: string,
  { batches }: { readonly batches: Pick<BatchStore, 'find'> },
): Found<BatchRecord> {
  const batch = await batches.find(tenantId, id);
  return batch === undefined ? err(appError('not-found', 'The tenant has no such batch.')) : ok(batch);
}

/** A projection that can answer. */
export function requireReady(projection: ProjectionRecord): Result<ProjectionRecord, AppError<'conflict'>> {
  const { status } = projection;
  return status === 'ready'
    ? ok(projection)
    : err(appError('conflict', `The projection is not ready: it is ${status}.`));
}

export function requireHead(
  { heads }: ProjectionRecord,
  head: Head | undefined,
  pointer = '/head',
): Result<true, AppError<'invalid-request'>> {
  const isThere = head === undefined || heads?.some((fitted) => fitted.head === head) !== false;
  return isThere ? ok(true) : err(invalid(pointer, `The projection has no ${head} head.`));
}
