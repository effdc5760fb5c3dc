// What a search leaves out in turn to compare candidates: source environments where their pictures have classes, else interventions.

import type { Result } from '#shared/result.ts';
import { accuracy } from '../answer/scores.ts';
import { concatenateRows, takeRows } from '../linear/vector.ts';
import type { MathError } from '../math-error.ts';
import type { FitInput } from './fit-input.ts';
import { labelledRows } from './labelled-rows.ts';
import { type Moments, momentsOf } from './moments.ts';
import { type EnvironmentSample, emptyEnvironmentSample } from './sample.ts';
import { sampledPairs } from './sampled-pairs.ts';

/** Of a left-out environment at most so many pictures are answered after interventions too: enough to tell candidates apart. */
const intervenedPictures = 250;

/** Shares answered well. */
export type FoldScore = {
  readonly pictures: number;
  /** Of the same pictures after interventions. */
  readonly intervened?: number;
};

/** Rows to answer, and what their answers are worth. */
export type TestRows = {
  readonly embeddings: Float32Array;
  /** Whether there are classes to compare with; else it is agreement that is scored. */
  readonly labelled: boolean;
  readonly score: (answers: Int32Array) => FoldScore;
};

export type Fold = {
  readonly name: string;
  /** What the candidates are fitted from. */
  readonly environments: readonly number[];
  readonly interventions: readonly number[];
  readonly test: TestRows;
};

/** Environments left out in turn, each with its pairs; none where fewer than two have pictures with classes. */
export function environmentFolds(input: FitInput, interventions: readonly number[]): Fold[] {
  const { statistics, sample, environmentNames } = input;
  const all = statistics.environments.flatMap(({ count }, index) => (count > 0 ? [index] : []));
  const labelled = all.filter((index) => sample.environments[index]?.classes.some((value) => value >= 0));
  if (labelled.length < 2) return [];
  return labelled.map((left) => ({
    name: environmentNames[left] ?? String(left),
    environments: all.filter((index) => index !== left),
    interventions,
    test: labelledTest(input, left, interventions),
  }));
}

/** Interventions left out in turn, on all environments; none where fewer than two have sampled pairs. */
export function interventionFolds(input: FitInput, interventions: readonly number[]): Fold[] {
  const { statistics, sample, interventionNames } = input;
  const tested = interventions.flatMap((left) => {
    const test = pairTest(sample.environments, left, statistics.interventionCount, statistics.dimension);
    return test === undefined ? [] : [{ left, test }];
  });
  if (tested.length < 2) return [];
  return tested.map(({ left, test }) => ({
    name: interventionNames[left] ?? String(left),
    environments: statistics.environments.map((_, index) => index),
    interventions: interventions.filter((index) => index !== left),
    test,
  }));
}

/** C and S of some environments and interventions, under the options of the fit. */
export function fitMoments(
  input: FitInput,
  part: Pick<Fold, 'environments' | 'interventions'>,
): Result<Moments, MathError<'too-few-samples'>> {
  const { statistics, textPairs, options } = input;
  return momentsOf(statistics, {
    ...part,
    ...(textPairs === undefined ? {} : { textPairs }),
    shrinkage: options.shrinkage,
    centred: options.centred || options.removeMean,
  });
}

/** Of one environment: its pictures, then what interventions made of some of them, which shows the same class still. */
function labelledTest(input: FitInput, left: number, interventions: readonly number[]): TestRows {
  const { embeddings, classes } = labelledRows(input, [left]);
  const intervened = intervenedRows(input, left, interventions);
  return {
    embeddings: concatenateRows([embeddings, intervened.embeddings]),
    labelled: true,
    score(answers) {
      const pictures = accuracy(answers.subarray(0, classes.length), classes);
      if (intervened.classes.length === 0) return { pictures };
      return { pictures, intervened: accuracy(answers.subarray(classes.length), intervened.classes) };
    },
  };
}

/** The intervened embeddings [q, d] of sampled pictures with a class, and these classes [q]. */
function intervenedRows(
  { sample, statistics }: FitInput,
  left: number,
  interventions: readonly number[],
): { readonly embeddings: Float32Array; readonly classes: Int32Array } {
  const { dimension, interventionCount } = statistics;
  const { classes, pairs } = sample.environments[left] ?? emptyEnvironmentSample();
  const taken = [...pairs.rows.entries()]
    .map(([pair, row]) => ({ pair, label: classes[row] ?? -1 }))
    .filter(({ label }) => label >= 0)
    .slice(0, intervenedPictures)
    .flatMap(({ pair, label }) =>
      interventions
        .map((intervention) => ({ slot: pair * interventionCount + intervention, label }))
        .filter(({ slot }) => pairs.present[slot] === 1),
    );
  return {
    embeddings: takeRows(
      pairs.embeddings,
      taken.map(({ slot }) => slot),
      dimension,
    ),
    classes: Int32Array.from(taken, ({ label }) => label),
  };
}

/** Pictures, then the same pictures after the intervention: how often both have the same answer. */
function pairTest(
  environments: readonly EnvironmentSample[],
  intervention: number,
  interventionCount: number,
  dimension: number,
): TestRows | undefined {
  const pairs = environments.map((environment) =>
    sampledPairs(environment, intervention, interventionCount, dimension),
  );
  const pictures = concatenateRows(pairs.map(({ pictures }) => pictures));
  const intervened = concatenateRows(pairs.map(({ intervened }) => intervened));
  const count = pictures.length / dimension;
  if (count === 0) return undefined;
  return {
    embeddings: concatenateRows([pictures, intervened]),
    labelled: false,
    score: (answers) => ({ pictures: accuracy(answers.subarray(count), answers.subarray(0, count)) }),
  };
}
