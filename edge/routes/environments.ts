// /v1/environments: profiles of the places that pictures come from, listed, looked at, deleted. How pictures come into them is
// environment-pictures.ts's business.

import { z } from 'zod';
import type { AppError } from '#shared/app-error.ts';
import { EnvironmentSelector, ProjectionSelector } from '#shared/contracts/classification.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  EnvironmentDetail,
  type EnvironmentFit,
  EnvironmentName,
  EnvironmentPage,
} from '#shared/contracts/environment.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import type { EnvironmentRecord } from '../stores/environment-record.ts';
import { parseSelector } from '../stores/projection-selector.ts';
import { describeFit } from '../use-cases/describe-environment.ts';
import { findEnvironment, noEnvironment } from '../use-cases/find-environment.ts';
import { presentEnvironment } from '../use-cases/present.ts';
import { askingOf, type TenantContext } from './data-context.ts';
import { pageReply } from './page-reply.ts';

export const EnvironmentParams = z.object({ environment: EnvironmentName });
/** Also `projection:source`. */
const NamedParams = z.object({ environment: EnvironmentSelector });

export const environmentExample = {
  name: 'north-gate',
  model: { id: 'nano-clip', revision: '7d8f2a5c0b1e4936a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4' },
  pictures: 32,
  revision: 1,
  createdAt: '2026-11-04T09:30:00.000Z',
  updatedAt: '2026-11-04T09:30:00.000Z',
};

const shared = { tags: ['environments'] } as const;

export const environmentRoutes = [
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/environments',
    scope: ['projections', 'classify'],
    summary: 'List profiles, newest first',
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of profiles.',
        schema: EnvironmentPage,
        example: { items: [environmentExample] },
      },
    },
    handler: ({ input, caller, services }) =>
      pageReply(
        input.query,
        (page) => services.environmentStore.list(caller.tenant.id, page),
        presentEnvironment,
      ),
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/environments/:environment',
    scope: ['projections', 'classify'],
    summary: 'Get a profile, and how it looks to a projection',
    description:
      '`projection:source` is one of the projection’s own sources. With `projection`: whether its pictures show enough classes, and how far its mean lies from each source, in standard errors.',
    params: NamedParams,
    query: z.strictObject({ projection: ProjectionSelector.optional() }),
    errors: ['conflict', 'model-mismatch'] as const,
    responses: {
      200: { description: 'The profile.', schema: EnvironmentDetail, example: environmentExample },
    },
    handler: async (context) => {
      const { input, caller, services } = context;
      const { environment: name } = input.params;
      const record = name.includes(':')
        ? await sourceOf(name, context)
        : await services.environmentStore.find(caller.tenant.id, name);
      if (record === undefined) return err(noEnvironment);
      const { projection } = input.query;
      const fit = projection === undefined ? ok(undefined) : await fitOf(name, projection, context);
      if (!fit.ok) return fit;
      const json = { ...presentEnvironment(record), ...(fit.value === undefined ? {} : { fit: fit.value }) };
      return ok({ status: 200 as const, json });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/environments/:environment',
    scope: 'projections',
    summary: 'Delete a profile',
    params: EnvironmentParams,
    responses: { 204: { description: 'It is gone; other isolates notice within 5 seconds.' } },
    handler: async ({ input, caller, services }) => {
      const { environment: name } = input.params;
      const wasThere = await services.environmentStore.remove(caller.tenant.id, name);
      services.environments.forget(caller.tenant.id, name);
      return wasThere ? ok({ status: 204 }) : err(noEnvironment);
    },
  }),
];

/** A projection's own source as a profile: read-only, as old as the projection. */
async function sourceOf(
  name: string,
  context: TenantContext,
): Promise<Omit<EnvironmentRecord, 'id'> | undefined> {
  const { services, caller } = context;
  const sources = { environments: services.environments, projections: services.projectionCache };
  const found = await findEnvironment(name, askingOf(context), sources);
  if (!found.ok) return undefined;
  const selector = parseSelector(name.slice(0, name.indexOf(':')));
  const projection = await services.projections.find(caller.tenant.id, selector);
  const createdAtMs = projection?.createdAtMs ?? 0;
  const { model, pictures, revision } = found.value;
  return { name, model, pictures, revision, createdAtMs, updatedAtMs: createdAtMs };
}

async function fitOf(
  name: string,
  selector: string,
  context: TenantContext,
): Promise<Result<EnvironmentFit, AppError<'not-found' | 'conflict' | 'busy' | 'model-mismatch'>>> {
  const { services, caller, nowMs } = context;
  const asking = askingOf(context);
  const projection = await services.projectionCache.get(caller.tenant.id, selector, asking.later, nowMs);
  if (!projection.ok) return projection;
  const sources = { environments: services.environments, projections: services.projectionCache };
  const environment = await findEnvironment(name, asking, sources);
  if (!environment.ok) return environment;
  return describeFit(environment.value, projection.value.projection, asking, services);
}
