// /v1/classifications/batch: a dataset classified by a job. Its rows are batch-rows.ts.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { Batch, BatchAccepted, BatchPage, BatchRequest, BatchSummary } from '#shared/contracts/batch.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { startBatch } from '../jobs/start-batch.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { deleteBatch } from '../use-cases/delete-batch.ts';
import { findBatch } from '../use-cases/find-owned.ts';
import { presentBatch, presentJob } from '../use-cases/present.ts';
import { jobSources } from './data-context.ts';
import { fitJobExample } from './jobs.ts';
import { pageReply } from './page-reply.ts';

export const BatchParams = z.object({ batch: z.string().min(1).max(80) });

export const runningBatch = {
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
  ...runningBatch,
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

const jobExample = {
  ...fitJobExample,
  kind: 'batch',
  stage: 'classify',
  subjectId: runningBatch.id,
} as const;

const shared = { scope: 'classify', tags: ['classifications'] } as const;

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
        example: { job: jobExample, batch: runningBatch },
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
      200: { description: 'A page of batches.', schema: BatchPage, example: { items: [runningBatch] } },
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
      const found = await findBatch(tenantId, input.params.batch, services);
      if (!found.ok) return found;
      const { id, status } = found.value;
      const key = objectKeys.batchSummary(tenantId, id);
      const text = status === 'succeeded' ? await services.objects.getText(key) : undefined;
      const summary = text === undefined ? undefined : BatchSummary.parse(JSON.parse(text));
      return ok({ status: 200, json: presentBatch(found.value, summary) });
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
      const found = await findBatch(tenantId, input.params.batch, services);
      if (!found.ok) return found;
      return err(appError('conflict', 'The batch is running: cancel its job first.'));
    },
  }),
];
