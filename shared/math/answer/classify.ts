// Answers: from unit embeddings to the probability and cosine of every label, by a fitted head.
//
// With x^ = normalise(P x − P mean): scores are cosines prototypes · x^; logits are logitScale · scores for `zero-shot` and
// weights (featureScale · x^) + bias for `probe` and `wise`; probabilities are softmax(logits / temperature). Which mean is
// taken out is the mode's: that of an environment's profile, or of the sources, or none.
// Written for the edge: float32 throughout, scratch buffers reused between calls, no allocation but the answer's.

import { checkLength } from '../check-length.ts';
import { softmaxInPlace } from '../linear/softmax.ts';
import { normaliseRows } from '../linear/vector.ts';
import type { CompiledHead } from './compiled-head.ts';

export type Classification = {
  /** [n, c]; rows sum to 1 where the head's scoring is softmax. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** Cosines [n, c]. */
  readonly scores: Float32Array<ArrayBuffer>;
};

/**
 * Answers for `count` unit rows of `embeddings` [count, d]; `centre` [k], or nothing, is taken out in place of the head's own (centreOf). The
 * same input gives the same bytes, alone or in a batch. With `into` the answer stands in its arrays, of at least [count, c], where many
 * answers follow on each other and none is kept.
 */
export function classify(
  head: CompiledHead,
  embeddings: Float32Array,
  count: number,
  centre: Float32Array | 'none' | undefined = head.centre,
  into?: Classification,
): Classification {
  checkLength('embeddings', embeddings, count * head.embeddingDimension);
  const { classCount, factor, probe } = head;
  const projected = project(head, embeddings, count, centre);
  const length = count * classCount;
  const scores = head.prototypes(projected, into?.scores.subarray(0, length));
  const logits = into?.probabilities.subarray(0, length);
  const probabilities = probe === undefined ? copyOf(scores, logits) : probe.weights(projected, logits);
  for (let start = 0; start < probabilities.length; start += classCount) {
    for (let i = 0; i < classCount; i++) {
      probabilities[start + i] =
        factor * (probabilities[start + i] as number) + (probe === undefined ? 0 : (probe.bias[i] as number));
    }
    toProbabilities(probabilities, start, head);
  }
  return { probabilities, scores };
}

function copyOf(
  values: Float32Array<ArrayBuffer>,
  into: Float32Array<ArrayBuffer> | undefined,
): Float32Array<ArrayBuffer> {
  if (into === undefined) return values.slice();
  into.set(values);
  return into;
}

/** Room for the answers to so many rows, for classify to write them into. */
export function roomForAnswers(
  { classCount }: Pick<CompiledHead, 'classCount'>,
  rows: number,
): Classification {
  const length = rows * classCount;
  return { probabilities: new Float32Array(length), scores: new Float32Array(length) };
}

function toProbabilities(
  logits: Float32Array,
  start: number,
  { scoring, classCount }: Pick<CompiledHead, 'scoring' | 'classCount'>,
): void {
  if (scoring?.kind !== 'sigmoid') {
    softmaxInPlace(logits, start, classCount);
    return;
  }
  for (let i = start; i < start + classCount; i++) {
    logits[i] = 1 / (1 + Math.exp(-((logits[i] as number) + scoring.logitBias)));
  }
}

/** x^ [count, k], in a buffer of the head that the next call reuses. */
export function project(
  head: CompiledHead,
  embeddings: Float32Array,
  count: number,
  centre: Float32Array | 'none' | undefined = head.centre,
): Float32Array<ArrayBuffer> {
  const { scratch, dimension, projection } = head;
  scratch.projected = atLeast(scratch.projected, count * dimension);
  const projected = scratch.projected.subarray(0, count * dimension);
  if (projection === undefined) projected.set(embeddings);
  else projection(embeddings, projected);
  if (centre !== undefined && centre !== 'none') takeOut(projected, centre);
  normaliseRows(projected, dimension);
  return projected;
}

function takeOut(rows: Float32Array, centre: Float32Array): void {
  const width = centre.length;
  for (let start = 0; start < rows.length; start += width) {
    for (let i = 0; i < width; i++) rows[start + i] = (rows[start + i] as number) - (centre[i] as number);
  }
}

function atLeast(buffer: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  return buffer.length >= length ? buffer : new Float32Array(length);
}
