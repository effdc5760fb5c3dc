// /v1/environments: profiles of the places that pictures come from. Reading the inputs and answering; the rest is in
// use-cases/manage-environments.ts and, for whole datasets, in a job.

import { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import { EnvironmentSelector, ProjectionSelector } from '#shared/contracts/classification.ts';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  EnvironmentAccepted,
  EnvironmentAddition,
  EnvironmentChanged,
  EnvironmentCreate,
  EnvironmentDetail,
  type EnvironmentFit,
  EnvironmentName,
  EnvironmentPage,
  EnvironmentQuery,
  EnvironmentRemoval,
} from '#shared/contracts/environment.ts';
import { maxJsonBodyBytes, maxPictureBytes } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { TenantCaller } from '../http/middleware/authenticate.ts';
import type { RawBody } from '../http/middleware/read-body.ts';
import { defineRoute, type HandlerContext } from '../http/route.ts';
import { startProfile } from '../jobs/start-profile.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import type { EnvironmentRecord } from '../stores/environment-store.ts';
import { parseSelector } from '../stores/projection-selector.ts';
import { describeFit } from '../use-cases/describe-environment.ts';
import { findEnvironment, noEnvironment } from '../use-cases/find-environment.ts';
import {
  addToEnvironment,
  type Changed,
  createEnvironment,
  type EnvironmentSources,
  removeFromEnvironment,
} from '../use-cases/manage-environments.ts';
import { isoTime, presentJob } from '../use-cases/present.ts';
import { exampleImage } from './classifications.ts';
import { askingOf, embedSources, jobSources } from './data-context.ts';
import { type Inputs, inputTypes, type RawFailure, readInputs, toInput } from './inputs.ts';
import { fitJobExample } from './jobs.ts';

const EnvironmentParams = z.object({ environment: EnvironmentName });
/** Also `projection:source`. */
const NamedParams = z.object({ environment: EnvironmentSelector });

const example = {
  name: 'north-gate',
  model: { id: 'nano-clip', revision: '7d8f2a5c0b1e4936a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4' },
  pictures: 32,
  revision: 1,
  createdAt: '2026-11-04T09:30:00.000Z',
  updatedAt: '2026-11-04T09:30:00.000Z',
};
const changedExample = { ...example, used: 32, failures: [] };
const profileJob = {
  ...fitJobExample,
  kind: 'profile' as const,
  stage: 'encode' as const,
  subjectId: 'north-gate',
};

const shared = { scope: 'projections', tags: ['environments'] } as const;

const inputForms =
  'Send JSON, one picture as the body (`image/*`), little-endian float32 embeddings (`application/octet-stream`), or a form with files named `image`.';

const inputErrors = [
  'not-found',
  'conflict',
  'unreadable-picture',
  'unusable-model',
  'picture-too-large',
  'model-mismatch',
  'unfetchable-url',
  'worker-overloaded',
  'worker-unavailable',
] as const;

const changedResponse = {
  description: 'The profile as it is now, and which inputs could not be used.',
  schema: EnvironmentChanged,
  example: changedExample,
};
const acceptedResponse = {
  description: 'The job that encodes the pictures of the dataset.',
  schema: EnvironmentAccepted,
  example: { job: profileJob },
};

export const environmentRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/environments',
    summary: 'Make a profile of an environment',
    description: `From a few pictures of it, without labels; 32 are a good number, of at least half the classes that will be asked about. Up to 64 inputs at once; more come from a dataset, by a job. ${inputForms} Without JSON the name stands in the query.`,
    query: EnvironmentQuery,
    body: EnvironmentCreate,
    bodyExample: { name: 'north-gate', inputs: [{ image: exampleImage }] },
    raw: inputTypes,
    maxBodyBytes: maxPictureBytes,
    maxJsonBytes: maxJsonBodyBytes,
    creates: true,
    errors: inputErrors,
    responses: {
      201: { ...changedResponse, description: 'The new profile, and which inputs could not be used.' },
      202: acceptedResponse,
    },
    handler: async (context) => {
      const { input, nowMs, caller } = context;
      const { body, query } = input;
      const name = body?.name ?? query.name;
      if (name === undefined) return err(nameMissing);
      const model = body?.model ?? query.model;
      if (body?.from !== undefined) {
        const request = { name, from: body.from, model, isAddition: false };
        return accepted(await startProfile(caller.tenant, request, jobSources(context), nowMs));
      }
      const inputs = await inputsOf(body?.inputs, input.raw);
      if (!inputs.ok) return inputs;
      const request = { name, model, inputs: inputs.value };
      const made = await createEnvironment(request, askingOf(context), sourcesOf(context));
      return made.ok ? ok({ status: 201, json: presentChange(made.value) }) : made;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/environments',
    scope: ['projections', 'classify'],
    summary: 'List profiles, newest first',
    query: PageQuery,
    responses: {
      200: { description: 'A page of profiles.', schema: EnvironmentPage, example: { items: [example] } },
    },
    handler: async ({ input, caller, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const { items, ...rest } = await services.environmentStore.list(caller.tenant.id, page.value);
      return ok({ status: 200, json: { items: items.map(present), ...rest } });
    },
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
    responses: { 200: { description: 'The profile.', schema: EnvironmentDetail, example } },
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
      const json = { ...present(record), ...(fit.value === undefined ? {} : { fit: fit.value }) };
      return ok({ status: 200 as const, json });
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/environments/:environment/additions',
    summary: 'Add pictures to a profile',
    description: `Every picture counts, also one that is there already; an \`Idempotency-Key\` keeps a repeated request from counting twice. ${inputForms}`,
    params: EnvironmentParams,
    body: EnvironmentAddition,
    bodyExample: { inputs: [{ image: exampleImage }] },
    raw: inputTypes,
    maxBodyBytes: maxPictureBytes,
    maxJsonBytes: maxJsonBodyBytes,
    creates: true,
    errors: inputErrors,
    responses: { 200: changedResponse, 202: acceptedResponse },
    handler: async (context) => {
      const { input, caller, nowMs } = context;
      const { environment: name } = input.params;
      const from = input.body?.from;
      if (from !== undefined) {
        const request = { name, from, model: undefined, isAddition: true };
        return accepted(await startProfile(caller.tenant, request, jobSources(context), nowMs));
      }
      const inputs = await inputsOf(input.body?.inputs, input.raw);
      if (!inputs.ok) return inputs;
      const changed = await addToEnvironment(name, inputs.value, askingOf(context), sourcesOf(context));
      return changed.ok ? ok({ status: 200, json: presentChange(changed.value) }) : changed;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/environments/:environment/removals',
    summary: 'Take pictures out of a profile',
    description:
      'Pictures or embeddings that were added before: they are taken out of the sum. Whether they ever were in it, the profile cannot know.',
    params: EnvironmentParams,
    body: EnvironmentRemoval,
    bodyExample: { inputs: [{ image: exampleImage }] },
    raw: inputTypes,
    maxBodyBytes: maxPictureBytes,
    maxJsonBytes: maxJsonBodyBytes,
    creates: true,
    errors: inputErrors,
    responses: { 200: changedResponse },
    handler: async (context) => {
      const { input } = context;
      const inputs = await inputsOf(input.body?.inputs, input.raw);
      if (!inputs.ok) return inputs;
      const { environment: name } = input.params;
      const changed = await removeFromEnvironment(name, inputs.value, askingOf(context), sourcesOf(context));
      return changed.ok ? ok({ status: 200, json: presentChange(changed.value) }) : changed;
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/environments/:environment',
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

const nameMissing = appError('invalid-request', 'The profile needs a name.', {
  errors: [{ pointer: '/query/name', message: 'required without a JSON body' }],
});

async function inputsOf(
  inputs: EnvironmentRemoval['inputs'] | undefined,
  raw: RawBody | undefined,
): Promise<Result<Inputs, AppError<RawFailure>>> {
  return inputs === undefined ? readInputs(raw) : ok(inputs.map(toInput));
}

/** A projection's own source as a profile: read-only, as old as the projection. */
async function sourceOf(
  name: string,
  context: HandlerContext<TenantCaller, unknown>,
): Promise<Shown | undefined> {
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
  context: HandlerContext<TenantCaller, unknown>,
): Promise<Result<EnvironmentFit, AppError<'not-found' | 'conflict' | 'model-mismatch'>>> {
  const { services, caller, nowMs } = context;
  const asking = askingOf(context);
  const projection = await services.projectionCache.get(caller.tenant.id, selector, asking.later, nowMs);
  if (!projection.ok) return projection;
  const sources = { environments: services.environments, projections: services.projectionCache };
  const environment = await findEnvironment(name, asking, sources);
  if (!environment.ok) return environment;
  return describeFit(environment.value, projection.value.projection, caller.tenant.id, services, nowMs);
}

function sourcesOf(context: HandlerContext<TenantCaller, unknown>): EnvironmentSources {
  const { environmentStore, newId } = context.services;
  return { ...embedSources(context), environmentStore, newId };
}

function accepted<E extends AppError>(job: Result<Parameters<typeof presentJob>[0], E>) {
  return job.ok ? ok({ status: 202 as const, json: { job: presentJob(job.value) } }) : job;
}

type Shown = Omit<EnvironmentRecord, 'id'>;

function present({ name, model, pictures, revision, createdAtMs, updatedAtMs }: Shown) {
  const times = { createdAt: isoTime(createdAtMs), updatedAt: isoTime(updatedAtMs) };
  return { name, model, pictures, revision, ...times };
}

function presentChange({ environment, used, failures }: Changed) {
  return { ...present(environment), used, failures: [...failures] };
}
