// Text embeddings of a fit: prototypes of labels, and the sums of caption pairs.

import type { PairStatistics } from '#shared/math/fit/statistics.ts';
import { addPairs } from '#shared/math/fit/statistics.ts';
import { packedLength } from '#shared/math/linear/packed.ts';
import { meanOfRows, normaliseRows } from '#shared/math/linear/vector.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { type CaptionPair, fillTemplate } from '../texts/text-pairs.ts';

/** Unit rows [c, d]: of each label, the mean of its unit embeddings in all templates, at unit length again. */
export async function labelPrototypes(
  labels: readonly string[],
  templates: readonly string[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const dimension = encoder.info.embeddingDimension;
  const texts = labels.flatMap((label) => templates.map((template) => fillTemplate(template, label)));
  const embeddings = await unitTexts(texts, encoder, options);
  const prototypes = new Float32Array(labels.length * dimension);
  const rowLength = templates.length * dimension;
  for (const index of labels.keys()) {
    const rows = embeddings.subarray(index * rowLength, (index + 1) * rowLength);
    prototypes.set(meanOfRows(rows, dimension), index * dimension);
  }
  normaliseRows(prototypes, dimension);
  return prototypes;
}

export async function sumCaptionPairs(
  pairs: readonly CaptionPair[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<PairStatistics> {
  const dimension = encoder.info.embeddingDimension;
  const sums = { count: 0, noOps: 0, second: new Float64Array(packedLength(dimension)) };
  const before = await unitTexts(
    pairs.map(([caption]) => caption),
    encoder,
    options,
  );
  const after = await unitTexts(
    pairs.map(([, caption]) => caption),
    encoder,
    options,
  );
  addPairs(sums, before, after, dimension);
  return sums;
}

async function unitTexts(
  texts: readonly string[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const embeddings = await encoder.encodeTexts(texts, options);
  normaliseRows(embeddings, encoder.info.embeddingDimension);
  return embeddings;
}
