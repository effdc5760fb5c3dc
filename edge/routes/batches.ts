// /v1/classifications/batch: a dataset classified by a job; its rows to download, with a key or by a link.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import {
  Batch,
  BatchAccepted,
  BatchLink,
  BatchLinkRequest,
  BatchPage,
  BatchRequest,
  BatchResultsQuery,
  BatchSummary,
} from '#shared/contracts/batch.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { startBatch } from '../jobs/start-batch.ts';
import { secondsToNextMinute } from '../limits/rate-limiter.ts';
import type { BatchRecord } from '../stores/batch-store.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { readBatchLink, signBatchLink } from '../use-cases/batch-link.ts';
import { batchResults, resultTypes } from '../use-cases/batch-results.ts';
import { deleteBatch } from '../use-cases/delete-batch.ts';
import { isoTime, presentBatch, presentJob } from '../use-cases/present.ts';
import { jobSources, type TenantContext } from './data-context.ts';
import { fitJobExample } from './jobs.ts';
import { pageReply } from './page-reply.ts';

const BatchParams = z.object({ batch: z.string().min(1).max(80) });
const LinkParams = z.object({ link: z.string().min(1).max(400) });

const running = {
  id: 'bat_1Qw8RtYp5ZxKc0VbNm7LdF3H',
  jobId: fitJobExample.id,
  status: 'running',
  dataset: { id: 'ds_4xT0b9QmZr2KcVw7YhNf3LpA', name: 'camera-traps' },
  projection: { id: 'prj_2Vw8KdJt5RyXn0QbLc7GmZ4H', name: 'camera-traps', version: 1 },
  options: {
    projection: 'prj_2Vw8KdJt5RyXn0QbLc7GmZ4H',
    strength: 1,
    reference: 'profiles',
    topK: 2,
    abstainBelow: 0.5,
  },
  items: 500,
  createdAt: '2026-05-04T09:40:00.000Z',
  expiresAt: '2026-06-03T09:40:00.000Z',
} as const;

const counts = {
  items: 500,
  abstained: 20,
  failed: 1,
  meanConfidence: 0.81,
  known: 479,
  right: 421,
  accuracy: 0.879,
};

const example = {
  ...running,
  status: 'succeeded',
  summary: {
    model: 'nano-clip',
    head: 'zero-shot',
    ...counts,
    labels: [
      { label: 'fox', items: 250 },
      { label: 'deer', items: 229 },
    ],
    failures: [{ code: 'unreadable-picture', items: 1 }],
    environments: [{ name: 'west', ...counts }],
    confusion: [
      { class: 'fox', label: 'fox', items: 221 },
      { class: 'deer', label: 'deer', items: 200 },
      { class: 'fox', label: 'deer', items: 29 },
      { class: 'deer', label: 'fox', items: 29 },
      { class: 'deer', items: 20 },
    ],
    confusionOmitted: 0,
  },
} as const;

const jobExample = { ...fitJobExample, kind: 'batch', stage: 'classify', subjectId: running.id } as const;

const shared = { scope: 'classify', tags: ['classifications'] } as const;

const noBatch = err(appError('not-found', 'The tenant has no such batch.'));
const noLink = err(appError('not-found', 'This link was not given out here, or has expired.'));

const rowsDescription =
  'As JSON Lines each line is one picture; the last one is `{"end": {...}}` and says whether the rows are `whole`. As comma-separated values (UTF-8) texts that a spreadsheet would take for a formula begin with an apostrophe, and rows that are not whole end with a line that begins with `#`. While the batch runs these are the rows so far, which are the beginning of what comes afterwards.';

export const batchRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/classifications/batch',
    summary: 'Classify a dataset',
    description:
      'Every picture of a dataset, of one environment or class of it, or those named in `items`, as a job: with the options of a single classification, by the version that the projection’s name means now. `environments: "by-item"` answers each picture with the profile that its own environment names. Embeddings that are kept are not made again. Other callers go first, so a batch slows nobody down. A batch is not watched: its pictures come in another order than they were taken. Its rows count as stored bytes until it is deleted; where there is no room for more of them the job fails, and what it has stays.',
    body: BatchRequest,
    bodyExample: {
      from: { dataset: 'camera-traps' },
      projection: 'camera-traps',
      topK: 2,
      abstainBelow: 0.5,
    },
    creates: true,
    adds: 'batches',
    errors: ['not-found', 'conflict', 'model-mismatch', 'too-few-samples'],
    responses: {
      202: {
        description: 'The job, and the batch that it will fill.',
        schema: BatchAccepted,
        example: { job: jobExample, batch: running },
      },
    },
    handler: async (context) => {
      const { input, caller, nowMs } = context;
      const started = await startBatch(caller.tenant, input.body, jobSources(context), nowMs);
      if (!started.ok) return started;
      const { job, batch } = started.value;
      return ok({ status: 202, json: { job: presentJob(job), batch: presentBatch(batch) } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/classifications/batch',
    summary: 'List batches, newest first',
    description: 'Without their summaries, and without the labels that were asked about.',
    query: PageQuery,
    responses: {
      200: { description: 'A page of batches.', schema: BatchPage, example: { items: [running] } },
    },
    handler: ({ input, caller, services }) =>
      pageReply(input.query, (page) => services.batches.list(caller.tenant.id, page), presentBatch),
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/classifications/batch/:batch',
    summary: 'Get a batch, with its summary',
    params: BatchParams,
    responses: { 200: { description: 'The batch.', schema: Batch, example } },
    handler: async ({ input, caller, services }) => {
      const { id: tenantId } = caller.tenant;
      const found = await services.batches.find(tenantId, input.params.batch);
      if (found === undefined) return noBatch;
      const key = objectKeys.batchSummary(tenantId, found.id);
      const text = found.status === 'succeeded' ? await services.objects.getText(key) : undefined;
      const summary = text === undefined ? undefined : BatchSummary.parse(JSON.parse(text));
      return ok({ status: 200, json: presentBatch(found, summary) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/classifications/batch/:batch',
    summary: 'Delete a batch',
    description:
      'With its rows; links to them no longer work. One that is running is cancelled first, through its job. Without this it goes 30 days after it was asked for.',
    params: BatchParams,
    errors: ['conflict'],
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      if (await deleteBatch(tenantId, input.params.batch, services, nowMs)) return ok({ status: 204 });
      const found = await services.batches.find(tenantId, input.params.batch);
      if (found === undefined) return noBatch;
      return err(appError('conflict', 'The batch is running: cancel its job first.'));
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/classifications/batch/:batch/results',
    summary: 'Download the rows of a batch',
    description: rowsDescription,
    params: BatchParams,
    query: BatchResultsQuery,
    responses: { 200: { description: 'The rows.', contentType: 'application/x-ndjson' } },
    handler: async (context) => {
      const { input, caller, services } = context;
      const found = await services.batches.find(caller.tenant.id, input.params.batch);
      return found === undefined
        ? noBatch
        : ok(rowsReply(context, caller.tenant.id, found, input.query.format));
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/classifications/batch/:batch/link',
    summary: 'Make a link to the rows of a batch',
    description:
      'Whoever has it may download them in this form without a key, until it expires or the batch is deleted.',
    params: BatchParams,
    body: BatchLinkRequest,
    bodyOptional: true,
    bodyExample: { format: 'csv', expiresInSeconds: 86_400 },
    responses: {
      200: {
        description: 'The link, below the address of the service.',
        schema: BatchLink,
        example: {
          path: `/v1/classifications/batch-rows/ten_0.${running.id}.csv.1777974000.${'a1'.repeat(32)}`,
          expiresAt: '2026-05-05T09:40:00.000Z',
        },
      },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const { format, expiresInSeconds } = input.body;
      const found = await services.batches.find(tenantId, input.params.batch);
      if (found === undefined) return noBatch;
      const expiresAtMs = 1000 * (Math.ceil(nowMs / 1000) + expiresInSeconds);
      const subject = { tenantId, batchId: found.id, format };
      const link = await signBatchLink(subject, expiresAtMs, services.settings.keyPeppers[0]);
      const path = `/v1/classifications/batch-rows/${link}`;
      return ok({ status: 200, json: { path, expiresAt: isoTime(expiresAtMs) } });
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/classifications/batch-rows/:link',
    scope: 'public',
    summary: 'Download the rows of a batch by a link',
    description: `The signature in the link is what permits it. ${rowsDescription}`,
    tags: ['classifications'],
    params: LinkParams,
    errors: ['not-found', 'rate-limited'],
    responses: { 200: { description: 'The rows.', contentType: 'text/csv' } },
    handler: async (context) => {
      const { input, services, nowMs } = context;
      const { tenants, rateLimiter, batches, settings } = services;
      const subject = await readBatchLink(input.params.link, settings.keyPeppers, nowMs);
      const tenant = subject && (await tenants.find(subject.tenantId));
      if (subject === undefined || tenant === undefined || tenant.suspended) return noLink;
      // At the tenant's own rate: a link may be passed on to anybody.
      const { requestsPerMinute } = tenant.limits;
      if (!(await rateLimiter.take(tenant.id, requestsPerMinute, nowMs))) {
        const detail = 'The link is used too often just now.';
        return err(appError('rate-limited', detail, { retryAfterSeconds: secondsToNextMinute(nowMs) }));
      }
      const found = await batches.find(tenant.id, subject.batchId);
      return found === undefined ? noLink : ok(rowsReply(context, tenant.id, found, subject.format));
    },
  }),
];

function rowsReply(
  { services }: Pick<TenantContext, 'services'>,
  tenantId: string,
  batch: BatchRecord,
  format: z.output<typeof BatchResultsQuery>['format'],
) {
  const name = `${batch.dataset.name}-${batch.id}.${format}`;
  return {
    status: 200 as const,
    body: batchResults(tenantId, batch, format, services),
    headers: {
      'content-type': resultTypes[format],
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    },
  };
}
