// /v1/environments: the ways pictures come into a profile, and out of it again. Reading the inputs and answering; the rest is
// in use-cases/manage-environments.ts and, for whole datasets, in a job.

import { type AppError, appError } from '#shared/app-error.ts';
import {
  EnvironmentAccepted,
  EnvironmentAddition,
  EnvironmentChanged,
  EnvironmentCreate,
  EnvironmentQuery,
  EnvironmentRemoval,
} from '#shared/contracts/environment.ts';
import { maxJsonBodyBytes, maxPictureBytes } from '#shared/contracts/limits.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { RawBody } from '../http/body/raw-body.ts';
import { defineRoute } from '../http/route.ts';
import { startProfile } from '../jobs/start-profile.ts';
import {
  addToEnvironment,
  type Changed,
  createEnvironment,
  type EnvironmentSources,
  removeFromEnvironment,
} from '../use-cases/manage-environments.ts';
import { presentEnvironment, presentJob } from '../use-cases/present.ts';
import { exampleImage } from './classifications.ts';
import { askingOf, embedSources, jobSources, type TenantContext } from './data-context.ts';
import { EnvironmentParams, environmentExample } from './environments.ts';
import { type Inputs, inputErrors, inputTypes, type RawFailure, readInputs, toInput } from './inputs.ts';
import { fitJobExample } from './jobs.ts';

const changedExample = { ...environmentExample, used: 32, failures: [] };
const profileJob = {
  ...fitJobExample,
  kind: 'profile' as const,
  stage: 'encode' as const,
  subjectId: 'north-gate',
};

const inputForms =
  'Send JSON, one picture as the body (`image/*`), little-endian float32 embeddings (`application/octet-stream`), or a form with files named `image`.';

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

/** Of every route that pictures come in or go out by. */
const withPictures = {
  scope: 'projections',
  tags: ['environments'],
  raw: inputTypes,
  maxBodyBytes: maxPictureBytes,
  maxJsonBytes: maxJsonBodyBytes,
  creates: true,
  errors: inputErrors,
} as const;

export const environmentPictureRoutes = [
  defineRoute({
    ...withPictures,
    method: 'POST',
    path: '/v1/environments',
    summary: 'Make a profile of an environment',
    description: `From a few pictures of it, without labels; 32 are a good number, of at least half the classes that will be asked about. Up to 64 inputs at once; more come from a dataset, by a job. ${inputForms} Without JSON the name stands in the query.`,
    query: EnvironmentQuery,
    body: EnvironmentCreate,
    bodyExample: { name: 'north-gate', inputs: [{ image: exampleImage }] },
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
      return made.ok ? ok({ status: 201, json: presentChanged(made.value) }) : made;
    },
  }),
  defineRoute({
    ...withPictures,
    method: 'POST',
    path: '/v1/environments/:environment/additions',
    summary: 'Add pictures to a profile',
    description: `Every picture counts, also one that is there already; an \`Idempotency-Key\` keeps a repeated request from counting twice. ${inputForms}`,
    params: EnvironmentParams,
    body: EnvironmentAddition,
    bodyExample: { inputs: [{ image: exampleImage }] },
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
      return changed(inputs, (usable) =>
        addToEnvironment(name, usable, askingOf(context), sourcesOf(context)),
      );
    },
  }),
  defineRoute({
    ...withPictures,
    method: 'POST',
    path: '/v1/environments/:environment/removals',
    summary: 'Take pictures out of a profile',
    description:
      'Pictures or embeddings that were added before: they are taken out of the sum. Whether they ever were in it, the profile cannot know.',
    params: EnvironmentParams,
    body: EnvironmentRemoval,
    bodyExample: { inputs: [{ image: exampleImage }] },
    responses: { 200: changedResponse },
    handler: async (context) => {
      const { input } = context;
      const inputs = await inputsOf(input.body?.inputs, input.raw);
      return changed(inputs, (usable) =>
        removeFromEnvironment(input.params.environment, usable, askingOf(context), sourcesOf(context)),
      );
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

/** The profile as it is once the inputs that can be used have changed it. */
async function changed<E extends AppError, F extends AppError>(
  inputs: Result<Inputs, E>,
  change: (inputs: Inputs) => Promise<Result<Changed, F>>,
) {
  if (!inputs.ok) return inputs;
  const outcome = await change(inputs.value);
  return outcome.ok ? ok({ status: 200 as const, json: presentChanged(outcome.value) }) : outcome;
}

function sourcesOf(context: TenantContext): EnvironmentSources {
  const { environmentStore, newId } = context.services;
  return { ...embedSources(context), environmentStore, newId };
}

function accepted<E extends AppError>(job: Result<Parameters<typeof presentJob>[0], E>) {
  return job.ok ? ok({ status: 202 as const, json: { job: presentJob(job.value) } }) : job;
}

function presentChanged({ environment, used, failures }: Changed) {
  return { ...presentEnvironment(environment), used, failures: [...failures] };
}
