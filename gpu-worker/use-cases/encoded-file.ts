// Embeddings as the `encoded` file that goes back to the edge.

import { encodeContainer } from '#shared/codec/container.ts';
import type { EncodedHeader } from '#shared/contracts/worker.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import type { EncoderInfo } from '../clip/encoder.ts';
import { contentHash } from '../content-hash.ts';
import type { Bytes } from './item-stream.ts';

export type EncodedFailure = EncodedHeader['failures'][number];

export type EncodedContent = {
  /** [n, d], raw; made unit rows here, in place. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  readonly failures: readonly EncodedFailure[];
  readonly tokens: number;
  /** Indices of texts that were cut. */
  readonly truncated: readonly number[];
};

export async function encodedFile(
  { reference, embeddingDimension, logitScale, scoring }: EncoderInfo,
  { embeddings, failures, tokens, truncated }: EncodedContent,
): Promise<Bytes> {
  normaliseRows(embeddings, embeddingDimension);
  const header: Omit<EncodedHeader, 'blocks'> = {
    format: 'encoded/1',
    model: reference,
    embeddingDimension,
    logitScale,
    scoring,
    failures: [...failures],
    tokens,
    truncated: [...truncated],
  };
  const shape = [embeddings.length / embeddingDimension, embeddingDimension];
  return await encodeContainer({
    kind: 'encoded',
    header,
    blocks: [{ name: 'embeddings', shape, data: embeddings }],
    digest: contentHash,
  });
}
