// What is known of a model: what the worker tells the edge, and the answers of /v1/models.

import { z } from 'zod';
import { ModelReference } from './common.ts';

/**
 * How plain CLIP of this model turns cosines into probabilities, with the logit scale s. `softmax`: over the labels asked
 * about, of s · cos. `sigmoid`: of each label by itself, 1 / (1 + exp(−(s · cos + logitBias))), so that several may hold, or none.
 */
export const Scoring = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('softmax') }),
  z.object({ kind: z.literal('sigmoid'), logitBias: z.number() }),
]);
export type Scoring = z.infer<typeof Scoring>;

export const softmaxScoring: Scoring = { kind: 'softmax' };

/** What a worker says of a model that it has loaded. */
export const ModelFacts = z.object({
  reference: ModelReference,
  embeddingDimension: z.int(),
  contextLength: z.int(),
  imageSize: z.int(),
  logitScale: z.number(),
  /** Absent from workers of before. */
  scoring: Scoring.default(softmaxScoring),
  family: z.string().default('clip'),
});
export type ModelFacts = z.infer<typeof ModelFacts>;

/** A model that lies in a worker's models directory. */
export const WorkerModel = z.object({
  name: z.string(),
  /** Of its config.json, in milliseconds since 1970. */
  modifiedMs: z.number(),
  isDefault: z.boolean(),
  /** `installed`: not loaded yet, and nothing speaks against it. */
  state: z.enum(['loaded', 'installed', 'unusable']),
  family: z.string().optional(),
  /** Absent where no file says, and the model is not loaded. */
  dimension: z.int().optional(),
  /** Of `unusable`: a sentence. */
  reason: z.string().optional(),
});
export type WorkerModel = z.infer<typeof WorkerModel>;

export const WorkerModels = z.object({ models: z.array(WorkerModel) });
export type WorkerModels = z.infer<typeof WorkerModels>;

/** The worker's `POST /v1/models` asks nothing in particular. */
export const WorkerModelsRequest = z.strictObject({});

/** A model, in OpenAI's shape and with what this service knows of it. */
export const Model = z.object({
  id: z.string(),
  object: z.literal('model'),
  /** Seconds since 1970: when its files were put there. */
  created: z.int(),
  owned_by: z.string(),
  family: z.string().optional(),
  /** Length of an embedding; absent until a file or a first use says it. */
  dimension: z.int().optional(),
  modalities: z.array(z.enum(['text', 'image'])),
  /** Whether it is taken where a request names none. */
  default: z.boolean(),
  /** `available` models that have not been used yet are loaded at first use. */
  status: z.enum(['loaded', 'available', 'unusable']),
  /** Of `unusable`: why, in words a person can act on. */
  reason: z.string().optional(),
});
export type Model = z.infer<typeof Model>;

export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) });
export type ModelList = z.infer<typeof ModelList>;
