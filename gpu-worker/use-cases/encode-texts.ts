// Encodes a request's texts into an `encoded` file of unit rows.

import type { EncodeTexts } from '#shared/contracts/worker.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { encodedFile } from './encoded-file.ts';
import type { Bytes } from './item-stream.ts';

export async function encodeTexts(
  { texts }: EncodeTexts,
  encoder: Encoder,
  options: QueueOptions,
): Promise<Bytes> {
  const { embeddings, tokenCount } = await encoder.embedTexts(texts, options);
  return await encodedFile(encoder.info, { embeddings, failures: [], tokens: tokenCount });
}
