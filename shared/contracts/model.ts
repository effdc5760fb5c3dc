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
