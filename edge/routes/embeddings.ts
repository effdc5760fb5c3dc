// POST /v1/embeddings, in the shape of OpenAI's: what its clients send is read, what they expect is written.

import { type AppError, appError } from '#shared/app-error.ts';
import {
  type EmbeddingInput,
  EmbeddingRequest,
  EmbeddingResponse,
  type Part,
} from '#shared/contracts/embedding.ts';
import { maxJsonBodyBytes, maxTextBytes } from '#shared/contracts/limits.ts';
import { isPictureText } from '#shared/contracts/picture-input.ts';
import { toBase64 } from '#shared/digest.ts';
import { isAddress, pictureFromText } from '#shared/picture-text.ts';
import { err, ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { writingMs } from '../limits/thread-work.ts';
import { describeError } from '../use-cases/describe-error.ts';
import { type EmbeddedRow, embedAll, type TextOrPicture } from '../use-cases/embed.ts';
import { askingOf, embedSources } from './data-context.ts';
import { inputErrors } from './inputs.ts';

export const embeddingRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v1/embeddings',
    frequent: true,
    scope: 'embed',
    openAiErrors: true,
    summary: 'Embed texts and pictures',
    description:
      "OpenAI's shape, plus pictures, and `projection` for P x / |P x|. Embeddings have unit length. `dimensions` must be what the model or projection has. Texts may be ids of the model's own tokenizer; ids of another are refused. Up to 2,048 inputs, of which up to 64 pictures. With `onError: 'item'` an input that fails stands in `errors`, and the others are answered.",
    tags: ['embeddings'],
    body: EmbeddingRequest,
    bodyExample: { input: ['a picture of a fox', 'a picture of a hare'] },
    maxBodyBytes: maxJsonBodyBytes,
    errors: [...inputErrors, 'invalid-artefact'],
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
      const { input, model, projection, dimensions, onError, encoding_format: format } = context.input.body;
      const inputs = listOf(input).map(toInput);
      const failsAlone = onError === 'item';
      const sources = { ...embedSources(context), worker: context.services.worker };
      const request = { model, projection, dimensions, failsAlone, inputs };
      const answer = await embedAll(request, askingOf(context), sources);
      if (!answer.ok) return answer;
      const { rows, failures, tokens, model: name } = answer.value;
      const numbers = format === 'base64' ? 0 : rows.length * (rows[0]?.row.length ?? 0);
      const busy = await context.share.beforeWork(writingMs(numbers));
      if (busy !== undefined) return err(busy);
      const usage = { prompt_tokens: tokens, total_tokens: tokens };
      const errors = failures.map(({ index, error }) => ({ index, error: describeError(error) }));
      const rest = { ...(onError === 'item' && errors.length > 0 ? { errors } : {}), usage };
      const data = rows.map((row) => toItem(row, format));
      return ok({ status: 200, json: { object: 'list', model: name, data, ...rest } });
    },
  }),
];

type Format = 'float' | 'base64';

function toItem({ index, row, truncated }: EmbeddedRow, format: Format): EmbeddingResponse['data'][number] {
  const embedding = format === 'base64' ? toBase64(new Uint8Array(row.slice().buffer)) : [...row];
  return { object: 'embedding', index, embedding, ...(truncated ? { truncated } : {}) };
}

/** One input may itself be a list: of token ids. */
function listOf(input: EmbeddingRequest['input']): readonly EmbeddingInput[] {
  const isOne = !Array.isArray(input) || typeof input[0] === 'number';
  return isOne ? [input as EmbeddingInput] : (input as EmbeddingInput[]);
}

/** A part of a message as what it is. */
function withoutPart(input: EmbeddingInput): Exclude<EmbeddingInput, Part | { readonly text: string }> {
  if (typeof input === 'string' || Array.isArray(input)) return input;
  if ('text' in input) return input.text;
  return 'image_url' in input ? { url: input.image_url.url } : input;
}

function toInput(given: EmbeddingInput, index: number): TextOrPicture {
  const input = withoutPart(given);
  if (Array.isArray(input)) return { kind: 'text', text: input };
  if (typeof input === 'string' && !isPictureText(input)) {
    return isTooLong(input) ? { kind: 'error', error: tooLong(index) } : { kind: 'text', text: input };
  }
  const [text, field] =
    typeof input === 'string' ? [input, ''] : 'url' in input ? [input.url, '/url'] : [input.image, '/image'];
  if (isAddress(text)) return { kind: 'url', url: text };
  const bytes = pictureFromText(text);
  if (bytes !== undefined) return { kind: 'picture', bytes };
  const errors = [{ pointer: `/input/${index}${field}`, message: 'not base64' }];
  return { kind: 'error', error: appError('invalid-request', 'The picture is not base64.', { errors }) };
}

/** UTF-8 has one to three bytes for each of a string's units: most texts need not be written to be judged. */
function isTooLong(text: string): boolean {
  if (text.length > maxTextBytes) return true;
  return 3 * text.length > maxTextBytes && new TextEncoder().encode(text).byteLength > maxTextBytes;
}

function tooLong(index: number): AppError<'payload-too-large'> {
  const errors = [{ pointer: `/input/${index}`, message: `at most ${maxTextBytes} bytes` }];
  return appError('payload-too-large', `A text has more than ${maxTextBytes} bytes.`, { errors });
}
