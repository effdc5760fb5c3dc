// What the paper's published code computes, for comparison: the k SMALLEST eigenvalues of C − λS, on raw embeddings and
// scored without renormalising (`reference`), and the same on unit embeddings with cosines (`reference, cosine`).
// λ′ and k are chosen on source environments left out in turn, like those of every other method. Zero-shot only.

import { accuracy, perClassRecall } from '#shared/math/answer/scores.ts';
import { type Family, projectionOf, referenceFamily } from '#shared/math/fit/estimators.ts';
import { momentsOf } from '#shared/math/fit/moments.ts';
import { addPairs, addPictures, emptyStatistics, type Statistics } from '#shared/math/fit/statistics.ts';
import { multiplyRows } from '#shared/math/kernels/fast-product.ts';
import { argmaxOfRows, normaliseRows, takeRows } from '#shared/math/linear/vector.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { mean } from '#shared/math/mean.ts';
import { ok, type Result } from '#shared/result.ts';
import { type EvaluationData, unitRows } from './evaluation-data.ts';
import { hitsOf } from './measure-head.ts';
import type { Split } from './protocol.ts';
import type { CurveRow, MethodResult } from './target-result.ts';

const lambdas = [0, 0.1, 1, 10, 100];
const dimensionParts = [1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1];

type Labelled = { readonly embeddings: Float32Array; readonly classes: Int32Array };

/** Embeddings as one of the two variants takes them. */
type Variant = {
  readonly cosine: boolean;
  readonly dimension: number;
  readonly statistics: Statistics;
  /** Fit rows of each environment. */
  readonly fit: readonly Labelled[];
  readonly test: Labelled;
  readonly prototypes: Float32Array;
  readonly classCount: number;
};

export type ReferenceResult = { readonly methods: MethodResult[]; readonly curves: CurveRow[] };

/** The environments fitted on, and the one whose `testRows` are scored. */
export type ReferenceTask = {
  readonly target: number;
  readonly sources: readonly number[];
  readonly split: Split;
};

export function measureReference(
  data: EvaluationData,
  { target, sources, split }: ReferenceTask,
): Result<ReferenceResult, MathError> {
  const methods: MethodResult[] = [];
  const curves: CurveRow[] = [];
  for (const cosine of [false, true]) {
    const variant = makeVariant(data, target, split, cosine);
    const rows = scoreCandidates(variant, sources);
    if (!rows.ok) return rows;
    const best = rows.value.reduce((a, b) => (b.score > a.score ? b : a));
    const { answers, target: share, ...candidate } = best;
    methods.push({
      method: cosine ? 'reference, cosine' : 'reference',
      profiled: false,
      head: 'zero-shot',
      estimator: 'reference',
      ...(candidate.lambda === undefined ? {} : { lambda: candidate.lambda }),
      dimension: candidate.dimension,
      accuracy: share,
      hits: hitsOf(answers, variant.test.classes),
      recall: perClassRecall(answers, variant.test.classes, variant.classCount).map((value) => value ?? null),
    });
    if (cosine) curves.push(...rows.value.map(({ answers: _, ...row }) => row));
  }
  return ok({ methods, curves });
}

function makeVariant(data: EvaluationData, target: number, split: Split, cosine: boolean): Variant {
  const { dimension, environments, interventionNames } = data;
  const pick = (rows: Float32Array, indices: readonly number[]) => {
    const taken = takeRows(rows, indices, dimension);
    return cosine ? unitRows(taken, dimension) : taken;
  };
  const labelled = (index: number, rows: readonly number[]): Labelled => ({
    embeddings: pick(environments[index]?.embeddings ?? new Float32Array(0), rows),
    classes: Int32Array.from(rows, (row) => environments[index]?.classes[row] ?? -1),
  });
  const classCount = data.prototypes.length / dimension;
  const fit = environments.map((_, index) => labelled(index, split.fitRows[index] ?? []));
  const statistics = emptyStatistics({
    dimension,
    classCount,
    interventionCount: interventionNames.length,
    environmentCount: environments.length,
  });
  for (const [index, sums] of statistics.environments.entries()) {
    const { embeddings, classes } = fit[index] as Labelled;
    addPictures(sums, embeddings, classes);
    for (const [intervention, pairs] of sums.pairs.entries()) {
      const view = environments[index]?.views[intervention] ?? new Float32Array(0);
      addPairs(pairs, embeddings, pick(view, split.fitRows[index] ?? []), dimension);
    }
  }
  return {
    cosine,
    dimension,
    statistics,
    fit,
    test: labelled(target, split.testRows[target] ?? []),
    prototypes: cosine ? data.prototypes : data.rawPrototypes,
    classCount,
  };
}

type ScoredRow = CurveRow & { readonly answers: Int32Array };

/** Every λ′ and k: accuracy on left-out sources, and on the target fitted from all sources. */
function scoreCandidates(variant: Variant, sources: readonly number[]): Result<ScoredRow[], MathError> {
  const { dimension, fit, test } = variant;
  const dimensions = dimensionParts.map((part) => Math.max(1, Math.round(part * dimension)));
  const rows: ScoredRow[] = [];
  for (const lambda of lambdas) {
    const family = fitFamily(variant, sources, lambda);
    if (!family.ok) return family;
    const folds: { family: Family; left: Labelled }[] = [];
    for (const left of sources.length > 1 ? sources : []) {
      const others = sources.filter((index) => index !== left);
      const part = fitFamily(variant, others, lambda);
      if (!part.ok) return part;
      folds.push({ family: part.value, left: fit[left] as Labelled });
    }
    for (const k of dimensions) {
      const answers = answer(variant, family.value, k, test.embeddings);
      const scores = folds.map(({ family: fold, left }) =>
        accuracy(answer(variant, fold, k, left.embeddings), left.classes),
      );
      const score = scores.length === 0 ? 0 : mean(scores);
      rows.push({
        estimator: 'reference',
        lambda,
        dimension: k,
        score,
        target: accuracy(answers, test.classes),
        answers,
      });
    }
  }
  return ok(rows);
}

function fitFamily(
  { statistics }: Variant,
  environments: readonly number[],
  lambda: number,
): Result<Family, MathError> {
  const interventions = Array.from({ length: statistics.interventionCount }, (_, index) => index);
  const moments = momentsOf(statistics, { environments, interventions, shrinkage: 0, centred: false });
  if (!moments.ok) return moments;
  const { secondTrace, pairsTrace } = moments.value;
  return referenceFamily(moments.value, pairsTrace === 0 ? 0 : (lambda * secondTrace) / pairsTrace);
}

function answer(
  { cosine, dimension, prototypes, classCount }: Variant,
  family: Family,
  k: number,
  embeddings: Float32Array,
): Int32Array {
  const projection = new Float32Array(projectionOf(family, k));
  const pictures = multiplyRows(embeddings, projection, dimension);
  const labels = multiplyRows(prototypes, projection, dimension);
  if (cosine) for (const rows of [pictures, labels]) normaliseRows(rows, k);
  return argmaxOfRows(multiplyRows(pictures, labels, k), classCount);
}
