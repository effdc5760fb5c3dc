// POST /v1/embeddings, in the shape of OpenAI's: what its clients send is read, what they expect is written.

import { appError } from '#shared/app-error.ts';
import { type EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from '#shared/contracts/embedding.ts';
import { maxJsonBodyBytes } from '#shared/contracts/limits.ts';
import { fromBase64, toBase64 } from '#shared/digest.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { embedAll, type TextOrPicture } from '../use-cases/embed.ts';
import { askingOf, embedSources } from './data-context.ts';

export const embeddingRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/embeddings',
    scope: 'embed',
    summary: 'Embed texts and pictures',
    description:
      "OpenAI's shape, plus pictures, and `projection` for P x / |P x|. Embeddings have unit length. `dimensions` must be what the model or projection has.",
    tags: ['embeddings'],
    body: EmbeddingRequest,
    bodyExample: { input: ['a picture of a fox', 'a picture of a hare'] },
    maxBodyBytes: maxJsonBodyBytes,
    errors: [
      'not-found',
      'conflict',
      'unreadable-picture',
      'picture-too-large',
      'model-mismatch',
      'invalid-artefact',
      'unfetchable-url',
      'worker-overloaded',
      'worker-unavailable',
    ],
    responses: {
      200: {
        description: 'One embedding an input, in order.',
        schema: EmbeddingResponse,
        example: {
          object: 'list',
          model: 'nano-clip',
          data: [{ object: 'embedding', index: 0, embedding: [0.6, -0.8] }],
          usage: { prompt_tokens: 7, total_tokens: 7 },
        },
      },
    },
    handler: async (context) => {
      const { input, model, projection, dimensions, encoding_format: format } = context.input.body;
      const inputs = Array.isArray(input) ? input.map(toInput) : [toInput(input, 0)];
      const sources = { ...embedSources(context), worker: context.services.worker };
      const answer = await embedAll({ model, projection, dimensions, inputs }, askingOf(context), sources);
      if (!answer.ok) return answer;
      const { rows, tokens, model: name } = answer.value;
      const data = rows.map((row, index) => ({
        object: 'embedding' as const,
        index,
        embedding: format === 'base64' ? toBase64(new Uint8Array(row.slice().buffer)) : [...row],
      }));
      const usage = { prompt_tokens: tokens, total_tokens: tokens };
      return ok({ status: 200, json: { object: 'list', model: name, data, usage } });
    },
  }),
];

function toInput(input: EmbeddingInput, index: number): TextOrPicture {
  if (typeof input === 'string') return { kind: 'text', text: input };
  if ('url' in input) return { kind: 'url', url: input.url };
  const bytes = fromBase64(input.image);
  if (bytes !== undefined) return { kind: 'picture', bytes };
  const errors = [{ pointer: `/input/${index}/image`, message: 'not base64' }];
  return { kind: 'error', error: appError('invalid-request', 'The picture is not base64.', { errors }) };
}
