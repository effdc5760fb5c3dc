// What a fitted head answers on the test pictures of a target, and how good those answers are.

import { classify, project } from '#shared/math/answer/classify.ts';
import { type CompiledHead, compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { centreLabels } from '#shared/math/answer/profile.ts';
import {
  accuracy,
  areaUnderRoc,
  expectedCalibrationError,
  flipRate,
  maximumConceptMatching,
  perClassRecall,
} from '#shared/math/answer/scores.ts';
import { argmaxOfRows, meanOfRows, takeRows } from '#shared/math/linear/vector.ts';
import { mean } from '#shared/math/mean.ts';
import { type EvaluationData, unitRows } from './evaluation-data.ts';
import type { MeasuredHead } from './target-heads.ts';
import type { MethodResult } from './target-result.ts';

/** Test pictures of one target: unit rows, and the same after each intervention. */
export type TestSet = {
  readonly dimension: number;
  readonly rows: readonly number[];
  readonly embeddings: Float32Array;
  readonly classes: Int32Array;
  readonly views: readonly Float32Array[];
};

export function makeTestSet(data: EvaluationData, target: number, rows: readonly number[]): TestSet {
  const { dimension } = data;
  const environment = data.environments[target];
  if (environment === undefined) throw new RangeError(`there is no environment ${target}`);
  const pick = (source: Float32Array) => unitRows(takeRows(source, rows, dimension), dimension);
  return {
    dimension,
    rows,
    embeddings: pick(environment.embeddings),
    classes: Int32Array.from(rows, (row) => environment.classes[row] ?? -1),
    views: environment.views.map(pick),
  };
}

/** Σx [d] of rows [n, d]. */
export function sumOfRows(rows: Float32Array, dimension: number): Float64Array {
  return meanOfRows(rows, dimension).map((value) => (value * rows.length) / dimension);
}

/**
 * The head with the labels of every class, as a caller may point a projection at other labels than it was fitted for.
 * A probe knows its own labels only and is returned as it is.
 */
function withAllLabels(head: FittedHead, data: EvaluationData): FittedHead {
  if (head.head !== 'zero-shot') return head;
  const { dimension, prototypes } = data;
  const texts = head.centred ? centreLabels(prototypes, dimension) : prototypes;
  const projected = project(compileHead(head, dimension), texts, prototypes.length / dimension);
  return { ...head, prototypes: projected.slice() };
}

/** What a measured head answers by, with the labels of every class. */
export function compileMeasured(
  { head, mean }: MeasuredHead,
  data: EvaluationData,
  own = mean,
): CompiledHead {
  return compileHead(withAllLabels(head, data), data.dimension, own);
}

/** A head as it was fitted, on the known classes. */
export function measureHead(
  measured: MeasuredHead,
  data: EvaluationData,
  test: TestSet,
  knownClasses: readonly number[],
): MethodResult {
  const { method, profiled, head } = measured;
  const compiled = compileMeasured(measured, data);
  const classCount = compiled.classCount;
  const { probabilities, answers } = answerRows(compiled, test.embeddings);
  const untempered = compileMeasured({ ...measured, head: { ...head, temperature: 1 } }, data);
  const raw = classify(untempered, test.embeddings, test.rows.length);
  const flips = test.views.map((view) => flipRate(answers, answerRows(compiled, view).answers));
  const { estimator, lambda, dimension, alpha } = head;
  return {
    method,
    profiled,
    head: head.head,
    estimator,
    ...(lambda === undefined ? {} : { lambda }),
    dimension,
    ...(alpha === undefined ? {} : { alpha }),
    accuracy: accuracy(answers, test.classes),
    hits: hitsOf(answers, test.classes),
    ...openClassScores(measured, data, test, answers, knownClasses),
    calibrationError: expectedCalibrationError(raw.probabilities, test.classes, classCount),
    calibrationErrorFitted: expectedCalibrationError(probabilities, test.classes, classCount),
    ...(flips.length === 0 ? {} : { flipRate: mean(flips) }),
    recall: perClassRecall(answers, test.classes, classCount).map((value) => value ?? null),
  };
}

/** A character for every picture: 1 where the answer is right. */
export function hitsOf(answers: Int32Array, classes: Int32Array): string {
  return Array.from(answers, (answer, row) => (answer === classes[row] ? '1' : '0')).join('');
}

export function answerRows(
  head: CompiledHead,
  embeddings: Float32Array,
): { probabilities: Float32Array<ArrayBuffer>; answers: Int32Array } {
  const count = embeddings.length / head.embeddingDimension;
  const { probabilities } = classify(head, embeddings, count);
  return { probabilities, answers: argmaxOfRows(probabilities, head.classCount) };
}

function openClassScores(
  { head, mean: own }: MeasuredHead,
  data: EvaluationData,
  test: TestSet,
  answers: Int32Array,
  knownClasses: readonly number[],
): Partial<MethodResult> {
  const known = new Set(knownClasses);
  const isKnown = Array.from(test.classes, (index) => known.has(index));
  if (isKnown.every(Boolean)) return {};
  const onlyKnown = compileHead(head, data.dimension, own);
  const { probabilities } = classify(onlyKnown, test.embeddings, test.rows.length);
  const scores = maximumConceptMatching(probabilities, onlyKnown.classCount);
  const within = (wanted: boolean) =>
    accuracy(
      answers,
      test.classes.map((index, row) => (isKnown[row] === wanted ? index : -1)),
    );
  return {
    knownAccuracy: within(true),
    newAccuracy: within(false),
    areaUnderRoc: areaUnderRoc(
      scores.filter((_, row) => isKnown[row]),
      scores.filter((_, row) => !isKnown[row]),
    ),
  };
}
