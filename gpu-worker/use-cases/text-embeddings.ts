// Text embeddings of a fit: prototypes of labels, and the sums of caption pairs.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PairStatistics } from '#shared/math/fit/statistics.ts';
import { addPairs } from '#shared/math/fit/statistics.ts';
import { packedLength } from '#shared/math/linear/packed.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { classPrototypes } from '#shared/pictures/class-prototype.ts';
import { promptsOf } from '#shared/pictures/prompts.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueOptions } from '../clip/batch-queue.ts';
import type { Encoder } from '../clip/encoder.ts';
import { unusableRows } from '../clip/usable-row.ts';
import type { CaptionPair } from '../texts/text-pairs.ts';

/** Unit rows [c, d]: of each label, the mean of its unit embeddings in all templates, at unit length again. */
export async function labelPrototypes(
  labels: readonly string[],
  templates: readonly string[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<Float32Array<ArrayBuffer>, AppError<'invalid-request'>>> {
  const embeddings = await unitTexts(promptsOf(labels, templates), encoder, options);
  if (!embeddings.ok) return embeddings;
  return ok(classPrototypes(embeddings.value, templates.length, encoder.info.embeddingDimension));
}

export async function sumCaptionPairs(
  pairs: readonly CaptionPair[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<PairStatistics, AppError<'invalid-request'>>> {
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
  if (!before.ok) return before;
  if (!after.ok) return after;
  addPairs(sums, before.value, after.value, dimension);
  return ok(sums);
}

async function unitTexts(
  texts: readonly string[],
  encoder: Encoder,
  options: QueueOptions,
): Promise<Result<Float32Array<ArrayBuffer>, AppError<'invalid-request'>>> {
  const dimension = encoder.info.embeddingDimension;
  const embeddings = await encoder.encodeTexts(texts, options);
  if (options.work !== undefined) options.work.texts += texts.length;
  const [unusable] = unusableRows(embeddings, dimension);
  if (unusable !== undefined) {
    const detail = `The text "${texts[unusable]}" could not be encoded: its embedding is not finite.`;
    return err(appError('invalid-request', detail));
  }
  normaliseRows(embeddings, dimension);
  return ok(embeddings);
}
