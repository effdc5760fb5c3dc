// What a fitted head answers on the test pictures of a target, and how good those answers are.

import {
  type CompiledHead,
  classify,
  compileHead,
  type FittedHead,
  project,
} from '#shared/math/answer/classify.ts';
import {
  accuracy,
  areaUnderRoc,
  expectedCalibrationError,
  flipRate,
  maximumConceptMatching,
  perClassRecall,
} from '#shared/math/answer/scores.ts';
import { argmaxOfRows, takeRows } from '#shared/math/linear/vector.ts';
import { type EvaluationData, unitRows } from './evaluation-data.ts';
import type { Split } from './protocol.ts';
import type { MethodResult } from './target-result.ts';

/** Test pictures of one target: unit rows, and the same after each intervention. */
export type TestSet = {
  readonly dimension: number;
  readonly rows: readonly number[];
  readonly embeddings: Float32Array;
  readonly classes: Int32Array;
  readonly views: readonly Float32Array[];
};

export function makeTestSet(data: EvaluationData, target: number, split: Split): TestSet {
  const { dimension } = data;
  const environment = data.environments[target];
  if (environment === undefined) throw new RangeError(`there is no environment ${target}`);
  const rows = split.testRows[target] ?? [];
  const pick = (source: Float32Array) => unitRows(takeRows(source, rows, dimension), dimension);
  return {
    dimension,
    rows,
    embeddings: pick(environment.embeddings),
    classes: Int32Array.from(rows, (row) => environment.classes[row] ?? -1),
    views: environment.views.map(pick),
  };
}

/**
 * The head with the labels of every class, as a caller may point a projection at other labels than it was fitted for.
 * A probe knows its own labels only and is returned as it is.
 */
export function withAllLabels(head: FittedHead, data: EvaluationData): FittedHead {
  if (head.head !== 'zero-shot') return head;
  const count = data.prototypes.length / data.dimension;
  const projected = project(compileHead(head, data.dimension), data.prototypes, count);
  return { ...head, prototypes: projected.slice() };
}

export type MeasureOptions = { readonly method: string; readonly knownClasses: readonly number[] };

/** `head` as it was fitted, on the known classes. */
export function measureHead(
  head: FittedHead,
  data: EvaluationData,
  test: TestSet,
  { method, knownClasses }: MeasureOptions,
): MethodResult {
  const full = withAllLabels(head, data);
  const compiled = compileHead(full, data.dimension);
  const classCount = compiled.classCount;
  const { probabilities, answers } = answerRows(compiled, test.embeddings);
  const raw = classify(
    compileHead({ ...full, temperature: 1 }, data.dimension),
    test.embeddings,
    test.rows.length,
  );
  const flips = test.views.map((view) => flipRate(answers, answerRows(compiled, view).answers));
  const { estimator, lambda, dimension, alpha } = head;
  return {
    method,
    head: head.head,
    estimator,
    ...(lambda === undefined ? {} : { lambda }),
    dimension,
    ...(alpha === undefined ? {} : { alpha }),
    accuracy: accuracy(answers, test.classes),
    ...openClassScores(head, data, test, answers, knownClasses),
    calibrationError: expectedCalibrationError(raw.probabilities, test.classes, classCount),
    calibrationErrorFitted: expectedCalibrationError(probabilities, test.classes, classCount),
    ...(flips.length === 0 ? {} : { flipRate: mean(flips) }),
    recall: perClassRecall(answers, test.classes, classCount).map((value) => value ?? null),
  };
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
  head: FittedHead,
  data: EvaluationData,
  test: TestSet,
  answers: Int32Array,
  knownClasses: readonly number[],
): Partial<MethodResult> {
  const known = new Set(knownClasses);
  const isKnown = Array.from(test.classes, (index) => known.has(index));
  if (isKnown.every(Boolean)) return {};
  const onlyKnown = compileHead(head, data.dimension);
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

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
