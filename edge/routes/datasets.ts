// /v1/datasets: create, list, get, delete. Their items are dataset-items.ts's business.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import { Dataset, DatasetCreate, DatasetPage } from '#shared/contracts/dataset.ts';
import { maxDatasetNames } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { newId } from '../ids.ts';
import { isolateGarbage } from '../limits/collect-garbage.ts';
import { namingMs } from '../limits/thread-work.ts';
import { encodeCursor, fitting, type Page, parsePageQuery } from '../stores/cursor.ts';
import type { DatasetRecord, DatasetStore } from '../stores/dataset-store.ts';
import { sweepDataset } from '../use-cases/delete-items.ts';
import { findDataset } from '../use-cases/find-owned.ts';
import { presentDataset } from '../use-cases/present.ts';
import type { TenantContext } from './data-context.ts';

export const DatasetParams = z.object({ dataset: z.string().min(1).max(80) });

/** Items of a deleted dataset that go before the answer; the cron trigger takes the rest. */
const sweptPieces = 4;

const example = {
  id: 'ds_4xT0b9QmZr2KcVw7YhNf3LpA',
  name: 'camera-traps',
  pictures: 2,
  bytes: 48_213,
  environments: [
    { name: 'north', pictures: 1 },
    { name: 'south', pictures: 1 },
  ],
  classes: [{ name: 'fox', pictures: 2 }],
  createdAt: '2026-05-04T09:30:00.000Z',
};

const shared = { scope: 'datasets', tags: ['datasets'] } as const;

/** Of the datasets of a page, together: each shows all its environments and classes. */
const maxPageNames = maxDatasetNames;

/** A page ends early, and says where to go on, before it shows more names than an isolate should hold. */
function cutPage(page: Page<DatasetRecord>, names: ReadonlyMap<string, number>): Page<DatasetRecord> {
  const items = fitting(page.items, ({ id }) => names.get(id) ?? 0, maxPageNames);
  const last = items.at(-1);
  if (last === undefined || items.length === page.items.length) return page;
  return { items: [...items], nextCursor: encodeCursor(last) };
}

type Counts = Awaited<ReturnType<DatasetStore['counts']>>;

/** Of datasets with so many names, in the tenant's share: ten thousand are some 120 ms of work where the database is on the same thread. */
async function countsOf(
  datasets: readonly DatasetRecord[],
  names: ReadonlyMap<string, number>,
  { caller, services, share }: TenantContext,
): Promise<Result<Counts, AppError<'busy'>>> {
  const ids = datasets.map(({ id }) => id);
  const total = ids.reduce((sum, id) => sum + (names.get(id) ?? 0), 0);
  const busy = await share.beforeWork(namingMs(total));
  if (busy !== undefined) return err(busy);
  isolateGarbage.received(total * bytesOfName);
  return ok(await services.datasets.counts(caller.tenant.id, ids));
}

/** What reading a name of a dataset leaves behind, about. */
const bytesOfName = 500;

export const datasetRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/datasets',
    summary: 'Make a dataset',
    body: DatasetCreate,
    bodyExample: { name: 'camera-traps', description: 'Two sites, spring' },
    creates: true,
    adds: 'datasets',
    errors: ['conflict'],
    responses: { 201: { description: 'The new dataset.', schema: Dataset, example } },
    handler: async ({ input, caller, services, nowMs }) => {
      const { name, description } = input.body;
      const dataset = { id: newId('dataset'), name, description, createdAtMs: nowMs };
      const isNew = await services.datasets.insert(caller.tenant.id, dataset);
      if (!isNew) return err(appError('conflict', `There is a dataset ${name} already.`));
      return ok({ status: 201, json: presentDataset(dataset, []) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/datasets',
    summary: 'List datasets, newest first',
    description: 'Datasets of very many environments and classes make a page shorter than was asked for.',
    query: PageQuery,
    responses: {
      200: { description: 'A page of datasets.', schema: DatasetPage, example: { items: [example] } },
    },
    handler: async (context) => {
      const { input, caller, services } = context;
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const { datasets } = services;
      const listed = await datasets.list(caller.tenant.id, page.value);
      const names = await datasets.nameCounts(
        caller.tenant.id,
        listed.items.map(({ id }) => id),
      );
      const { items, ...rest } = cutPage(listed, names);
      const counts = await countsOf(items, names, context);
      if (!counts.ok) return counts;
      const shown = items.map((dataset) => presentDataset(dataset, counts.value.get(dataset.id) ?? []));
      return ok({ status: 200, json: { items: shown, ...rest } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/datasets/:dataset',
    summary: 'Get a dataset, by name or id',
    params: DatasetParams,
    responses: { 200: { description: 'The dataset.', schema: Dataset, example } },
    handler: async (context) => {
      const { input, caller, services } = context;
      const dataset = await findDataset(caller.tenant.id, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      const { id } = dataset.value;
      const names = await services.datasets.nameCounts(caller.tenant.id, [id]);
      const counts = await countsOf([dataset.value], names, context);
      if (!counts.ok) return counts;
      return ok({ status: 200, json: presentDataset(dataset.value, counts.value.get(id) ?? []) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/datasets/:dataset',
    summary: 'Delete a dataset',
    description:
      'With its items, and with the pictures that no other dataset has. Projections fitted from it stay and list it as deleted. A large dataset is hidden at once and taken away in pieces.',
    params: DatasetParams,
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services }) => {
      const dataset = await findDataset(caller.tenant.id, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      await services.datasets.remove(caller.tenant.id, dataset.value.id);
      await sweepDataset(caller.tenant.id, dataset.value.id, sweptPieces, services);
      return ok({ status: 204 });
    },
  }),
];
