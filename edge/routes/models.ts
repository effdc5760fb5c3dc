// GET /v1/models: the models of this service, in the shape of OpenAI's.

import { z } from 'zod';
import { Model, ModelList } from '#shared/contracts/model.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { findModel, listModels } from '../use-cases/list-models.ts';
import { askingOf, type TenantContext } from './data-context.ts';

const NamePart = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .max(100);
const ModelParams = z.object({ model: NamePart });
const OwnedModelParams = z.object({ owner: NamePart, model: NamePart });

const example: Model = {
  id: 'nano-clip',
  object: 'model',
  created: 1_777_885_200,
  owned_by: 'clip-icm',
  family: 'clip',
  dimension: 256,
  modalities: ['text', 'image'],
  default: true,
  status: 'loaded',
};

const description =
  'Loads it where it is not loaded yet. 404 where there is none; 422 with the reason where it cannot be used.';

const oneModel = { 200: { description: 'The model.', schema: Model, example } } as const;

export const modelRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/models',
    openAiErrors: true,
    scope: ['classify', 'embed', 'projections', 'evaluate'],
    summary: 'The models of this service',
    description:
      "OpenAI's list, with family, length of an embedding, modalities and which is taken by default. A model that cannot be used says why.",
    tags: ['models'],
    errors: ['worker-overloaded', 'worker-unavailable'],
    responses: {
      200: {
        description: 'The models, by name.',
        schema: ModelList,
        example: { object: 'list', data: [example] },
      },
    },
    handler: async (context) => {
      const { services } = context;
      const listed = await listModels(services, askingOf(context).context);
      return listed.ok ? ok({ status: 200, json: listed.value }) : listed;
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/models/:model',
    openAiErrors: true,
    scope: ['classify', 'embed', 'projections', 'evaluate'],
    summary: 'One model',
    description,
    tags: ['models'],
    params: ModelParams,
    errors: ['unusable-model', 'worker-overloaded', 'worker-unavailable'],
    responses: oneModel,
    handler: (context) => showModel(context.input.params.model, context),
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/models/:owner/:model',
    openAiErrors: true,
    scope: ['classify', 'embed', 'projections', 'evaluate'],
    summary: 'One model of an owner on the hub',
    description,
    tags: ['models'],
    params: OwnedModelParams,
    errors: ['unusable-model', 'worker-overloaded', 'worker-unavailable'],
    responses: oneModel,
    handler: (context) => {
      const { owner, model } = context.input.params;
      return showModel(`${owner}/${model}`, context);
    },
  }),
];

async function showModel(name: string, context: TenantContext) {
  const { services, nowMs } = context;
  const found = await findModel(name, nowMs, services, askingOf(context).context);
  return found.ok ? ok({ status: 200 as const, json: found.value }) : found;
}
