// Encodes a request's texts into an `encoded` file of unit rows.

import { type AppError, appError } from '#shared/app-error.ts';
import type { EncodeTexts } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { unusableRows } from '../clip/usable-row.ts';
import { encodedFile } from './encoded-file.ts';
import type { Bytes } from './item-stream.ts';

/** The error names the texts whose embeddings are not finite. */
export async function encodeTexts(
  { texts: given }: EncodeTexts,
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<Bytes, AppError<'invalid-request'>>> {
  const texts = given.map((text) => (typeof text === 'string' ? text : encoder.textOf(text)));
  const unknown = texts.flatMap((text, index) => (text === undefined ? [index] : []));
  if (unknown.length > 0) return err(foreignTokens(unknown));
  const known = texts.filter((text) => text !== undefined);
  const { embeddings, tokenCount, truncated } = await encoder.embedTexts(known, options);
  if (options.work !== undefined) options.work.texts += known.length;
  const unusable = unusableRows(embeddings, encoder.info.embeddingDimension);
  if (unusable.length > 0) return err(unusableTexts(unusable));
  return ok(await encodedFile(encoder.info, { embeddings, failures: [], tokens: tokenCount, truncated }));
}

const shownTexts = 20;

function foreignTokens(indices: readonly number[]): AppError<'invalid-request'> {
  const message =
    'its token ids are not those of the tokenizer of this model; send the text itself (LangChain: check_embedding_ctx_length=False)';
  const errors = indices.slice(0, shownTexts).map((index) => ({ pointer: `/texts/${index}`, message }));
  return appError('invalid-request', `A text could not be read: ${message}.`, { errors });
}

function unusableTexts(indices: readonly number[]): AppError<'invalid-request'> {
  const message = 'its embedding is not finite';
  const errors = indices.slice(0, shownTexts).map((index) => ({ pointer: `/texts/${index}`, message }));
  return appError('invalid-request', 'A text could not be encoded: its embedding is not finite.', { errors });
}
