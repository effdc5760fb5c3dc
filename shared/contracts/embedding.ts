// POST /v1/embeddings, in the shape of OpenAI's embeddings API, for texts and pictures.

import { z } from 'zod';
import { ProjectionSelector } from './classification.ts';
import { ModelName } from './common.ts';
import { maxInputs, maxJsonBodyBytes } from './limits.ts';
import { isPictureText, PictureAddress, PictureBase64 } from './picture-input.ts';
import { ItemError } from './problem.ts';
import { TokenIds } from './token-ids.ts';

/** What OpenAI's clients send at once. */
const maxEmbeddingInputs = 2048;

/** The same as parts of a message, as OpenAI's chat has them and other servers of embeddings take them. */
const Part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(maxJsonBodyBytes) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: PictureAddress, detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
]);

const PictureInput = z.union([
  z.strictObject({ image: PictureBase64 }),
  z.strictObject({ url: PictureAddress }),
]);

/**
 * A text (of at most `maxTextBytes`: beyond, the answer is 413), a text as ids of the model's own tokenizer, or a picture, which
 * may be a `data:` URL among texts.
 */
const EmbeddingInput = z.union([
  z.string().min(1).max(maxJsonBodyBytes),
  TokenIds,
  z.strictObject({ text: z.string().min(1).max(maxJsonBodyBytes) }),
  PictureInput,
  Part,
]);
export type EmbeddingInput = z.infer<typeof EmbeddingInput>;
export type Part = z.infer<typeof Part>;

function isPicture(input: EmbeddingInput): boolean {
  if (typeof input === 'string') return isPictureText(input);
  return !Array.isArray(input) && !('text' in input);
}

const EmbeddingInputs = z
  .array(EmbeddingInput)
  .min(1)
  .max(maxEmbeddingInputs)
  .superRefine((inputs, context) => {
    const pictures = inputs.filter(isPicture).length;
    if (pictures <= maxInputs) return;
    const message = `has ${pictures} pictures; a request takes at most ${maxInputs}, and ${maxEmbeddingInputs} texts`;
    context.addIssue({ code: 'custom', message, input: inputs });
  });

/** Unknown fields of the OpenAI shape (`user`, `dimensions`) are not ignored in silence: `dimensions` must match. */
export const EmbeddingRequest = z.strictObject({
  model: ModelName.optional(),
  input: z.union([EmbeddingInput, EmbeddingInputs]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  /** Return P x / |P x| instead of x. */
  projection: ProjectionSelector.optional(),
  dimensions: z.int().min(1).optional(),
  user: z.string().max(200).optional(),
  /** `request`: an input that fails fails them all, and is named. `item`: it alone has no embedding, and stands in `errors`. */
  onError: z.enum(['request', 'item']).default('request'),
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
      /** There where a text had more tokens than the model's context, and its last words were left out. */
      truncated: z.literal(true).optional(),
    }),
  ),
  /** With `onError: 'item'`: the inputs that have no embedding in `data`, and why. */
  errors: z
    .array(
      z.object({
        index: z.int(),
        error: ItemError,
      }),
    )
    .optional(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
export type EmbeddingResponse = z.infer<typeof EmbeddingResponse>;
