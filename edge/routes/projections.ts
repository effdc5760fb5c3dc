// /v1/projections: fit, refit, extend, list, get, delete. What can be read out of one is projection-parts.ts's business.

import { z } from 'zod';
import type { AppError } from '#shared/app-error.ts';
import { ProjectionSelector } from '#shared/contracts/classification.ts';
import { PageQuery, ResourceName } from '#shared/contracts/common.ts';
import {
  ExtendRequest,
  FitAccepted,
  FitRequest,
  Projection,
  ProjectionPage,
  RefitRequest,
} from '#shared/contracts/projection.ts';
import { ok, type Result } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { type FitSources, type StartedFit, startExtension, startFit, startRefit } from '../jobs/start-fit.ts';
import type { JobTenant } from '../jobs/start-job.ts';
import type { Services } from '../services.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import type { ProjectionRecord } from '../stores/projection-record.ts';
import { deleteProjection } from '../use-cases/delete-projection.ts';
import { findProjection } from '../use-cases/find-owned.ts';
import { presentJob, presentProjection } from '../use-cases/present.ts';
import { jobSources, type TenantContext } from './data-context.ts';
import { fitJobExample } from './jobs.ts';

const ProjectionQuery = PageQuery.extend({ name: ResourceName.optional() });

export const ProjectionParams = z.object({ projection: ProjectionSelector });

export const projectionExample = {
  id: 'prj_2Vw8KdJt5RyXn0QbLc7GmZ4H',
  name: 'camera-traps',
  version: 1,
  current: true,
  status: 'ready',
  model: {
    id: 'nano-clip',
    revision: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  },
  jobId: 'job_7Hc3NvQ8xW1ZpLr6TbYk0DfM',
  datasets: [{ id: 'ds_4xT0b9QmZr2KcVw7YhNf3LpA', name: 'camera-traps' }],
  labels: ['fox', 'hare'],
  heads: [
    {
      head: 'zero-shot',
      estimator: 'icm',
      lambda: 3,
      dimension: 96,
      leftOut: { clip: 0.71, projection: 0.78, standardError: 0.02 },
    },
  ],
  contentHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  bytes: 41_984,
  createdAt: '2026-05-04T09:32:00.000Z',
} as const;

const acceptedExample = {
  job: fitJobExample,
  projection: {
    id: projectionExample.id,
    name: projectionExample.name,
    version: 1,
    current: false,
    status: 'fitting',
    jobId: fitJobExample.id,
    datasets: [...projectionExample.datasets],
    createdAt: projectionExample.createdAt,
  },
} as const;

const shared = { scope: 'projections', tags: ['projections'] } as const;
const accepted = {
  202: {
    description: 'The job, and the projection that it will fill.',
    schema: FitAccepted,
    example: acceptedExample,
  },
} as const;

/** With what it was asked for, and with which of its datasets are still there. */
export async function showProjection(
  tenantId: string,
  projection: ProjectionRecord,
  { datasets }: Services,
): Promise<Projection> {
  const ids = projection.datasets.map(({ id }) => id);
  const existing = ids.length === 0 ? new Set<string>() : await datasets.existing(tenantId, ids);
  const asked = projection.recipe?.solve;
  return { ...presentProjection(projection, existing), ...(asked === undefined ? {} : { asked }) };
}

async function showStarted(tenantId: string, { job, projection }: StartedFit, services: Services) {
  return { job: presentJob(job), projection: await showProjection(tenantId, projection, services) };
}

type StartingFrom<Wish> = {
  readonly input: { readonly params: z.infer<typeof ProjectionParams>; readonly body: Wish };
};

/** A new version of a projection that is there, by the statistics that it keeps. */
async function startFrom<Wish, Failure extends AppError>(
  context: TenantContext & StartingFrom<Wish>,
  start: (
    tenant: JobTenant,
    projection: ProjectionRecord,
    wish: Wish,
    sources: FitSources,
    nowMs: number,
  ) => Promise<Result<StartedFit, Failure>>,
) {
  const { input, caller, services, nowMs } = context;
  const found = await findProjection(caller.tenant.id, input.params.projection, services);
  if (!found.ok) return found;
  const started = await start(caller.tenant, found.value, input.body, jobSources(context), nowMs);
  if (!started.ok) return started;
  const json = await showStarted(caller.tenant.id, started.value, services);
  return ok({ status: 202, json } as const);
}

export const projectionRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/projections',
    summary: 'Fit a projection',
    description:
      'From the pictures of one or more datasets: the next version of the name. What is left out of the request is chosen on environments left out in turn.',
    body: FitRequest,
    bodyExample: { name: 'camera-traps', datasets: ['camera-traps'] },
    creates: true,
    adds: 'projections',
    errors: ['too-few-samples'],
    responses: accepted,
    handler: async (context) => {
      const { input, caller, services, nowMs } = context;
      const started = await startFit(caller.tenant, input.body, jobSources(context), nowMs);
      if (!started.ok) return started;
      return ok({ status: 202, json: await showStarted(caller.tenant.id, started.value, services) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/projections/:projection/refits',
    summary: 'Fit again from the same statistics',
    description:
      'Other λ, dimension, estimator, labels or templates: a new version, and no picture is encoded.',
    params: ProjectionParams,
    body: RefitRequest,
    bodyExample: { estimator: 'icm', lambda: 3, dimension: 32 },
    creates: true,
    adds: 'projections',
    errors: ['conflict'],
    responses: accepted,
    handler: (context) => startFrom(context, startRefit),
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/projections/:projection/extensions',
    summary: 'Add datasets to a fit, or take them out',
    description:
      'A new version. Of a dataset that is in already, only pictures uploaded since are encoded; where one was deleted from it, all of it is.',
    params: ProjectionParams,
    body: ExtendRequest,
    bodyExample: { add: ['camera-traps-autumn'], remove: [] },
    creates: true,
    adds: 'projections',
    errors: ['conflict', 'too-few-samples'],
    responses: accepted,
    handler: (context) => startFrom(context, startExtension),
  }),
  defineRoute({
    ...shared,
    scope: ['projections', 'classify'],
    method: 'GET',
    path: '/v1/projections',
    summary: 'List projections, newest first',
    query: ProjectionQuery,
    responses: {
      200: {
        description: 'A page of projections.',
        schema: ProjectionPage,
        example: { items: [projectionExample] },
      },
    },
    handler: async ({ input, caller, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const { id: tenantId } = caller.tenant;
      const { items, ...rest } = await services.projections.list(tenantId, page.value, input.query.name);
      const ids = items.flatMap(({ datasets }) => datasets.map(({ id }) => id));
      const existing = await services.datasets.existing(tenantId, ids);
      const shown = items.map((projection) => presentProjection(projection, existing));
      return ok({ status: 200, json: { items: shown, ...rest } });
    },
  }),
  defineRoute({
    ...shared,
    scope: ['projections', 'classify'],
    method: 'GET',
    path: '/v1/projections/:projection',
    summary: 'Get a projection',
    description: 'By name (its present version), `name@version` or id.',
    params: ProjectionParams,
    responses: { 200: { description: 'The projection.', schema: Projection, example: projectionExample } },
    handler: async ({ input, caller, services }) => {
      const { id: tenantId } = caller.tenant;
      const found = await findProjection(tenantId, input.params.projection, services);
      if (!found.ok) return found;
      const projection = found.value;
      return ok({ status: 200, json: await showProjection(tenantId, projection, services) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/projections/:projection',
    summary: 'Delete a version of a projection',
    description:
      'Refused everywhere within 5 seconds. A version that its name means goes only as the last of the name.',
    params: ProjectionParams,
    errors: ['conflict'],
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services, nowMs }) => {
      const { id: tenantId } = caller.tenant;
      const found = await findProjection(tenantId, input.params.projection, services);
      if (!found.ok) return found;
      const projection = found.value;
      const deleted = await deleteProjection(tenantId, projection, services, nowMs);
      return deleted.ok ? ok({ status: 204 }) : deleted;
    },
  }),
];
