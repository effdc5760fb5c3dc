// /v1/jobs: look at work that outlives a request, follow it, cancel it.

import { z } from 'zod';
import { appError } from '#shared/app-error.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import { Job, JobPage, JobUpdate } from '#shared/contracts/job.ts';
import { err, ok } from '#shared/result.ts';
import type { TenantCaller } from '../http/middleware/authenticate.ts';
import { defineRoute } from '../http/route.ts';
import { cancelJob, lookAtJob } from '../jobs/look-at-job.ts';
import { reconcileJob } from '../jobs/reconcile.ts';
import { presentJob } from '../use-cases/present.ts';
import { jobEvents } from './job-events.ts';
import { pageReply } from './page-reply.ts';

const JobParams = z.object({ job: z.string().min(1).max(80) });

const exampleTimes = { createdAt: '2026-05-04T09:32:00.000Z', updatedAt: '2026-05-04T09:32:10.000Z' };

export const fitJobExample = {
  id: 'job_7Hc3NvQ8xW1ZpLr6TbYk0DfM',
  kind: 'fit',
  status: 'running',
  stage: 'encode',
  progress: { done: 384, total: 1024, failed: 0, ratePerSecond: 38.4, secondsLeft: 16.7 },
  subjectId: 'prj_2Vw8KdJt5RyXn0QbLc7GmZ4H',
  ...exampleTimes,
} as const;

export const importJobExample = {
  id: 'job_5Rz1YtKp9LqVb3XcWn6MfG2D',
  kind: 'import',
  status: 'queued',
  stage: 'fetch',
  progress: { done: 0, total: 1, failed: 0 },
  subjectId: 'ds_4xT0b9QmZr2KcVw7YhNf3LpA',
  ...exampleTimes,
} as const;

const jobScopes = ['projections', 'datasets', 'evaluate'] as const;
const shared = { scope: jobScopes, tags: ['jobs'] } as const;
/** A key that may only classify sees batches, which it may ask for, and no other job. */
const ofOneJob = { scope: ['classify', ...jobScopes], tags: ['jobs'] } as const;
const madeAlready = appError('conflict', 'The job has ended, or makes no version of a projection.');
const noJob = err(appError('not-found', 'The tenant has no such job.'));

function maySee({ key }: TenantCaller, { kind }: Pick<Job, 'kind'>): boolean {
  return kind === 'batch' || jobScopes.some((scope) => key.scopes.includes(scope));
}

export const jobRoutes = [
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/jobs',
    summary: 'List jobs, newest first',
    query: PageQuery,
    responses: {
      200: { description: 'A page of jobs.', schema: JobPage, example: { items: [fitJobExample] } },
    },
    handler: ({ input, caller, services }) =>
      pageReply(input.query, (page) => services.jobs.list(caller.tenant.id, page), presentJob),
  }),
  defineRoute({
    ...ofOneJob,
    method: 'GET',
    path: '/v1/jobs/:job',
    summary: 'Look at a job',
    params: JobParams,
    responses: { 200: { description: 'The job.', schema: Job, example: fitJobExample } },
    handler: async ({ input, caller, services, nowMs, waitUntil }) => {
      const job = await lookAtJob(caller.tenant.id, input.params.job, services.jobs);
      if (job === undefined || !maySee(caller, job)) return noJob;
      if (job.finishedAt === undefined) {
        waitUntil(reconcileJob({ tenantId: caller.tenant.id, id: job.id }, services, nowMs));
      }
      return ok({ status: 200, json: job });
    },
  }),
  defineRoute({
    ...shared,
    scope: 'projections',
    method: 'PATCH',
    path: '/v1/jobs/:job',
    summary: 'Say what becomes of the version that a job makes',
    description:
      '`candidate`: it waits until it is promoted; `auto`: it is current where it is not below the present version; `current`: at once. While the job is at work.',
    params: JobParams,
    body: JobUpdate,
    bodyExample: { release: 'candidate' },
    errors: ['conflict'],
    responses: {
      200: { description: 'The job.', schema: Job, example: { ...fitJobExample, release: 'candidate' } },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const { jobs } = services;
      const changed = await jobs.setRelease(tenantId, input.params.job, input.body.release, nowMs);
      const job = await lookAtJob(tenantId, input.params.job, jobs);
      if (job === undefined) return noJob;
      return changed ? ok({ status: 200, json: job }) : err(madeAlready);
    },
  }),
  defineRoute({
    ...ofOneJob,
    method: 'POST',
    path: '/v1/jobs/:job/cancel',
    summary: 'Cancel a job',
    description:
      'What it was to make is not made; work under way stops within seconds. A job that has ended stays as it is.',
    params: JobParams,
    responses: {
      200: { description: 'The job.', schema: Job, example: { ...fitJobExample, status: 'cancelled' } },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const found = await services.jobs.find(caller.tenant.id, input.params.job);
      if (found === undefined || !maySee(caller, found)) return noJob;
      const job = await cancelJob(caller.tenant.id, input.params.job, services, nowMs);
      return job === undefined ? noJob : ok({ status: 200, json: job });
    },
  }),
  defineRoute({
    ...ofOneJob,
    method: 'GET',
    path: '/v1/jobs/:job/events',
    summary: 'Follow a job as server-sent events',
    description:
      'Each event is `job` with the job as JSON: at once, after every change, and at the end, which ends the stream. A stream that ends before is to be opened again. A tenant may have 32 open at a place of the network; beyond that 429.',
    params: JobParams,
    responses: { 200: { description: 'The events.', contentType: 'text/event-stream' } },
    handler: async ({ input, caller, services, nowMs, signal }) => {
      const { id: tenantId } = caller.tenant;
      const look = () => lookAtJob(tenantId, input.params.job, services.jobs);
      const first = await look();
      if (first === undefined || !maySee(caller, first)) return noJob;
      const stream = services.streams.open(tenantId, nowMs);
      if (!stream.ok) return stream;
      const { stillOpen, close } = stream.value;
      const following = {
        look,
        revive: () => reconcileJob({ tenantId, id: first.id }, services, Date.now()),
        mayGoOn: () => {
          stillOpen(Date.now());
          return services.verifier.isStillGood(tenantId, caller.key.id, Date.now());
        },
        onEnd: close,
      };
      return ok({
        status: 200,
        body: jobEvents(first, following, signal()),
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      });
    },
  }),
];
