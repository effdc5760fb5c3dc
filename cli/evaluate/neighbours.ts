// What is near environment means, measured zero-shot for comparison: plain CLIP about the mean of its profile alone, and what the
// literature has, which is never served.
//
// Distribution Normalization (Zhou et al., NeurIPS 2023): scores (x − λ x̄)·(t − λ t̄), x̄ of a batch of the target, λ = 1/4 as its
// published code has it. TransCLIP (Zanella et al., NeurIPS 2024), zero-shot: transductive.ts.

import { centreLabels } from '#shared/math/answer/profile.ts';
import { accuracy, perClassRecall } from '#shared/math/answer/scores.ts';
import { multiplyRows } from '#shared/math/kernels/fast-product.ts';
import { argmaxOfRows, meanOfRows, normaliseRows, subtractFromRows } from '#shared/math/linear/vector.ts';
import type { EvaluationData } from './evaluation-data.ts';
import { hitsOf, type TestSet } from './measure-head.ts';
import type { Neighbour } from './methods.ts';
import type { MethodResult } from './target-result.ts';
import { answerTransductively } from './transductive.ts';

const normalizationShare = 0.25;
/** Pictures answered together at least, where the target has so many. */
const transductiveBatch = 200;

/** `batch` are unit rows of the target's profile [m, d]; none, no row that needs one. */
export function measureNeighbours(data: EvaluationData, test: TestSet, batch: Float32Array): MethodResult[] {
  const results = [resultOf('transclip', answerInBatches(data, test), data, test)];
  if (batch.length === 0) return results;
  return [
    resultOf('profile alone', answerCentred(data, test, batch), data, test),
    resultOf('distribution normalization', answerNormalized(data, test, batch), data, test),
    ...results,
  ];
}

/** cos(x − x̄, t − t̄) with x̄ of the batch, not shrunk: there are no sources to shrink it towards. */
function answerCentred(
  { dimension, prototypes }: EvaluationData,
  test: TestSet,
  batch: Float32Array,
): Int32Array {
  const mean = meanOfRows(batch, dimension);
  const pictures = subtractFromRows(test.embeddings, Float32Array.from(mean), dimension);
  const texts = centreLabels(prototypes, dimension);
  normaliseRows(texts, dimension);
  return argmaxOfRows(multiplyRows(pictures, texts, dimension), prototypes.length / dimension);
}

function answerNormalized(
  { dimension, prototypes }: EvaluationData,
  test: TestSet,
  batch: Float32Array,
): Int32Array {
  const part = (rows: Float32Array) => meanOfRows(rows, dimension).map((value) => normalizationShare * value);
  const pictures = subtractFromRows(test.embeddings, part(batch), dimension);
  const texts = subtractFromRows(prototypes, part(prototypes), dimension);
  return argmaxOfRows(multiplyRows(pictures, texts, dimension), prototypes.length / dimension);
}

function answerInBatches({ dimension, prototypes, logitScale }: EvaluationData, test: TestSet): Int32Array {
  const count = test.rows.length;
  const batches = Math.max(1, Math.floor(count / transductiveBatch));
  const answers = new Int32Array(count);
  for (let batch = 0; batch < batches; batch++) {
    // Every so-manieth picture, so that a batch holds all classes though the pictures come sorted by class.
    const places = Array.from({ length: count }, (_, place) => place).filter(
      (place) => place % batches === batch,
    );
    const rows = Float32Array.from(
      places.flatMap((place) => [...test.embeddings.subarray(place * dimension, (place + 1) * dimension)]),
    );
    const own = answerTransductively(rows, { prototypes, dimension, logitScale });
    for (const [index, place] of places.entries()) answers[place] = own[index] as number;
  }
  return answers;
}

function resultOf(
  method: Neighbour,
  answers: Int32Array,
  { prototypes, dimension }: EvaluationData,
  { classes }: TestSet,
): MethodResult {
  const recall = perClassRecall(answers, classes, prototypes.length / dimension);
  return {
    method,
    profiled: method !== 'transclip',
    head: 'zero-shot',
    estimator: method,
    dimension,
    accuracy: accuracy(answers, classes),
    hits: hitsOf(answers, classes),
    recall: recall.map((value) => value ?? null),
  };
}
