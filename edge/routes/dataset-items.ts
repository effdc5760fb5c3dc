// /v1/datasets/{dataset}/items, archive and imports: the ways pictures come into a dataset and leave it.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  ArchiveResult,
  DatasetItem,
  DatasetItemPage,
  ImportRequest,
  ItemQuery,
} from '#shared/contracts/dataset.ts';
import { Job } from '#shared/contracts/job.ts';
import { maxPictureBytes } from '#shared/contracts/limits.ts';
import { err, ok } from '#shared/result.ts';
import { createBreather } from '../clients/breathe.ts';
import { defineRoute } from '../http/route.ts';
import { startImport } from '../jobs/start-import.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import { addPictures } from '../use-cases/add-pictures.ts';
import { deleteItems } from '../use-cases/delete-items.ts';
import { findDataset, findItem, noItem } from '../use-cases/find-owned.ts';
import { openStored } from '../use-cases/open-stored.ts';
import { presentItem, presentJob } from '../use-cases/present.ts';
import { uploadArchive } from '../use-cases/upload-archive.ts';
import { jobSources } from './data-context.ts';
import { DatasetParams } from './datasets.ts';
import { importJobExample } from './jobs.ts';

const ItemParams = DatasetParams.extend({ item: z.string().min(1).max(80) });

/** Far beyond what the platform lets through in one request; the cap is for those that do not say their length. */
const maxArchiveBytes = 2 * 1024 ** 3;
/** A job's row holds the manifest, and a row of the database holds 2 MB. */
const maxManifestBytes = 1_500_000;

const example = {
  id: 'itm_9Fq2LxZ0bW7RcTn4VyKd5GmS',
  sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
  bytes: 24_106,
  environment: 'north',
  class: 'fox',
  filename: 'fox-1.jpg',
  createdAt: '2026-05-04T09:31:00.000Z',
};

const shared = { scope: 'datasets', tags: ['datasets'] } as const;
const noBody = err(appError('malformed-request', 'The request has no body.'));

export const datasetItemRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/datasets/:dataset/items',
    frequent: true,
    summary: 'Upload a picture',
    description:
      'The picture is the body; environment, class and file name stand in the query. The same picture with the same environment and class is kept once: sending it again answers the item that is there.',
    params: DatasetParams,
    query: ItemQuery,
    raw: ['image/*', 'application/octet-stream'],
    maxBodyBytes: maxPictureBytes,
    grows: true,
    errors: ['unreadable-picture'],
    responses: {
      200: { description: 'The item was there already.', schema: DatasetItem, example },
      201: { description: 'The new item.', schema: DatasetItem, example },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId, limits } = caller.tenant;
      const dataset = await findDataset(tenantId, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      const bytes = (await input.raw?.bytes()) ?? noBody;
      if (!bytes.ok) return bytes;
      const { environment, class: label, filename } = input.query;
      const picture = { bytes: bytes.value, environment, class: label, filename };
      const target = { tenantId, datasetId: dataset.value.id, maxStoredBytes: limits.storedBytes, nowMs };
      const [added = noBody] = await addPictures([picture], target, services);
      if (!added.ok) return added;
      return ok({ status: added.value.isNew ? 201 : 200, json: presentItem(added.value.item) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/datasets/:dataset/archive',
    summary: 'Upload a tar of pictures',
    description:
      'Entries are `environment/class/file`, or `environment/file` for pictures without a class. Read as it arrives; an entry that cannot be taken (links, sparse files and names beyond 300 characters too) is listed and the rest go on. An archive that lacks its end is refused with what was taken before. Sending the same tar again changes nothing.',
    params: DatasetParams,
    raw: ['application/x-tar', 'application/octet-stream'],
    maxBodyBytes: maxArchiveBytes,
    grows: true,
    errors: ['malformed-request'],
    responses: {
      200: {
        description: 'What was added, was there, and was skipped.',
        schema: ArchiveResult,
        example: { added: 2, unchanged: 0, skipped: [] },
      },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId, limits } = caller.tenant;
      const dataset = await findDataset(tenantId, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      if (input.raw === undefined) return noBody;
      const target = { tenantId, datasetId: dataset.value.id, maxStoredBytes: limits.storedBytes, nowMs };
      const { allowance } = input.raw;
      const sources = { ...services, breathe: createBreather(), allowance };
      const result = await uploadArchive(input.raw.stream(), target, sources);
      return result.ok ? ok({ status: 200, json: result.value }) : result;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/datasets/:dataset/imports',
    summary: 'Import pictures by address',
    description: 'The service fetches each address, public ones only; the job tells how far it is.',
    params: DatasetParams,
    body: ImportRequest,
    bodyExample: {
      items: [{ url: 'https://pictures.example/fox-1.jpg', environment: 'north', class: 'fox' }],
    },
    maxBodyBytes: maxManifestBytes,
    creates: true,
    responses: { 202: { description: 'The job.', schema: Job, example: importJobExample } },
    handler: async (context) => {
      const { input, caller, services, nowMs } = context;
      const dataset = await findDataset(caller.tenant.id, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      const job = await startImport(
        caller.tenant,
        dataset.value.id,
        input.body.items,
        jobSources(context),
        nowMs,
      );
      return job.ok ? ok({ status: 202, json: presentJob(job.value) }) : job;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/datasets/:dataset/items',
    summary: 'List the items of a dataset, oldest first',
    params: DatasetParams,
    query: PageQuery,
    responses: {
      200: { description: 'A page of items.', schema: DatasetItemPage, example: { items: [example] } },
    },
    handler: async ({ input, caller, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const { items } = services;
      const dataset = await findDataset(caller.tenant.id, input.params.dataset, services);
      if (!dataset.ok) return dataset;
      const found = await items.list(caller.tenant.id, dataset.value.id, page.value);
      return ok({ status: 200, json: { ...found, items: found.items.map(presentItem) } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/datasets/:dataset/items/:item/content',
    frequent: true,
    summary: 'Download the picture of an item',
    description:
      'The bytes as they were uploaded, never changing: `If-None-Match` with the ETag is answered 304. Sent as a plain file, so that no browser takes a picture for a page.',
    params: ItemParams,
    responses: {
      200: { description: 'The picture.', contentType: 'application/octet-stream' },
      304: { description: 'The caller has it.' },
    },
    handler: async ({ input, caller, services, header, share }) => {
      const { items, objects } = services;
      const { id: tenantId } = caller.tenant;
      const found = await findItem(tenantId, input.params, services);
      if (!found.ok) return found;
      const { item } = found.value;
      const picture = (await items.pictures(tenantId, [item.sha256])).get(item.sha256);
      if (picture === undefined) return err(noItem);
      const etag = `"${item.sha256}"`;
      const headers = { etag, 'cache-control': 'private, no-cache' };
      if (header('if-none-match')?.includes(etag)) return ok({ status: 304, headers });
      const busy = await share.send(picture.bytes);
      if (busy !== undefined) return err(busy);
      const opened = await openStored(picture.storageKey, objects, noItem);
      if (!opened.ok) return opened;
      return ok({
        status: 200,
        body: opened.value,
        headers: {
          ...headers,
          'content-type': 'application/octet-stream',
          'content-disposition': 'attachment',
        },
      });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/datasets/:dataset/items/:item',
    frequent: true,
    summary: 'Delete an item',
    description: 'The picture goes with the last item of the tenant that has it.',
    params: ItemParams,
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services }) => {
      const { id: tenantId } = caller.tenant;
      const found = await findItem(tenantId, input.params, services);
      if (!found.ok) return found;
      const { dataset, item } = found.value;
      await deleteItems(tenantId, dataset.id, [item.id], services);
      return ok({ status: 204 });
    },
  }),
];
