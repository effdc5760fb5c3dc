// Encodes a request's pictures, as they are or each after one intervention, into an `encoded` file of unit rows. A picture
// that cannot be read fails alone.

import type { AppError } from '#shared/app-error.ts';
import type { EncodeImagesHead } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { type EncodedFailure, encodedFile } from './encoded-file.ts';
import { type BrokenStream, type Bytes, goodItems, type ItemStream } from './item-stream.ts';

export type EncodedImages = {
  readonly file: Bytes;
  readonly encoded: number;
  readonly failures: readonly EncodedFailure[];
};

export async function encodeImages(
  { head, items }: { readonly head: EncodeImagesHead; readonly items: ItemStream },
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<EncodedImages, AppError<BrokenStream>>> {
  const pictures = goodItems(items);
  const results = await encoder.encodePictures(pictures.items, {
    ...options,
    intervention: head.intervention,
    seed: head.seed,
    ownsFiles: true,
  });
  const broken = pictures.brokenBy();
  if (broken !== undefined) return err(broken);
  const dimension = encoder.info.embeddingDimension;
  const embeddings = new Float32Array(results.length * dimension);
  const failures: EncodedFailure[] = [];
  for (const [index, result] of results.entries()) {
    if (result.ok) embeddings.set(result.value, index * dimension);
    else failures.push({ index, code: result.error.code, detail: result.error.detail });
  }
  const file = await encodedFile(encoder.info, { embeddings, failures, tokens: 0, truncated: [] });
  return ok({ file, encoded: results.length - failures.length, failures });
}
