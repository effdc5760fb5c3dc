// POST /v1/embeddings, in the shape of OpenAI's embeddings API, for texts and pictures.

import { z } from 'zod';
import { ProjectionSelector } from './classification.ts';
import { ModelName } from './common.ts';
import { maxJsonBodyBytes } from './limits.ts';

const PictureInput = z.union([
  z.strictObject({ image: z.base64().min(1).max(maxJsonBodyBytes) }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2048) }),
]);

const EmbeddingInput = z.union([z.string().min(1).max(2000), PictureInput]);
export type EmbeddingInput = z.infer<typeof EmbeddingInput>;

/** Unknown fields of the OpenAI shape (`user`, `dimensions`) are not ignored in silence: `dimensions` must match. */
export const EmbeddingRequest = z.strictObject({
  model: ModelName.optional(),
  input: z.union([EmbeddingInput, z.array(EmbeddingInput).min(1).max(64)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  /** Return P x / |P x| instead of x. */
  projection: ProjectionSelector.optional(),
  dimensions: z.int().min(1).optional(),
  user: z.string().max(200).optional(),
});
export type EmbeddingRequest = z.infer<typeof EmbeddingRequest>;

export const EmbeddingResponse = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      /** Unit length. base64: little-endian float32. */
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
export type EmbeddingResponse = z.infer<typeof EmbeddingResponse>;
