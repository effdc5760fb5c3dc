// How the candidates of a search do on one fold: fitted from what is left in, scored on what is left out.

import { err, ok, type Result } from '#shared/result.ts';
import { mixLogits, wiseAlpha } from '../answer/wise.ts';
import type { MinimiseOptions } from '../linear/lbfgs.ts';
import { argmaxOfRows, meanOfRows, subtractFromRows } from '../linear/vector.ts';
import type { MathError } from '../math-error.ts';
import {
  type Coordinates,
  coordinatesOf,
  keptSpread,
  probeOnCoordinates,
  zeroShotAnswers,
  zeroShotLogits,
} from './candidate-scoring.ts';
import type { CandidateTable } from './candidate-table.ts';
import type { CandidateFamily } from './candidates.ts';
import { FamilySolver } from './family-solver.ts';
import type { FitInput } from './fit-input.ts';
import { type Fold, type FoldScore, fitMoments } from './folds.ts';
import { labelledRows } from './labelled-rows.ts';

/** Rough probes are enough to compare candidates by; the chosen one is trained to the end. */
const comparingStopping: MinimiseOptions = {
  maxIterations: 20,
  gradientTolerance: 0.5,
  relativeDecrease: 3e-4,
  memory: 6,
};
/** Pictures that the probes of a comparison are trained on at most; those of smallest hash of each environment. */
const comparingRows = 2000;

type PreparedFold = {
  readonly fold: Fold;
  readonly solver: FamilySolver;
  readonly rows: {
    readonly test: Float32Array;
    readonly train: Float32Array;
    readonly prototypes: Float32Array;
  };
  readonly trainClasses: Int32Array;
};

function prepare(input: FitInput, fold: Fold, withProbe: boolean): Result<PreparedFold, MathError> {
  const { dimension } = input.statistics;
  const moments = fitMoments(input, fold);
  if (!moments.ok) return moments;
  const train = withProbe ? labelledRows(input, fold.environments, comparingRows) : undefined;
  if (withProbe && (train === undefined || new Set(train.classes).size < 2)) {
    return err({ code: 'too-few-samples', detail: 'A probe needs pictures of at least two classes.' });
  }
  const centre = (rows: Float32Array, mean: Float64Array) =>
    input.options.removeMean ? subtractFromRows(rows, mean, dimension) : rows;
  return ok({
    fold,
    solver: new FamilySolver(moments.value),
    rows: {
      test: centre(fold.test.embeddings, moments.value.mean),
      train: centre(train?.embeddings ?? new Float32Array(0), moments.value.mean),
      prototypes: centre(input.prototypes, meanOfRows(input.prototypes, dimension)),
    },
    trainClasses: train?.classes ?? new Int32Array(0),
  });
}

/** Every candidate on one fold, added to the table. */
export function scoreFold(
  input: FitInput,
  fold: Fold,
  families: readonly CandidateFamily[],
  table: CandidateTable,
): Result<undefined, MathError> {
  const { heads } = input.options;
  const prepared = prepare(input, fold, heads.includes('probe') || heads.includes('wise'));
  if (!prepared.ok) return prepared;
  const { solver, rows } = prepared.value;
  let last: Coordinates | undefined;
  for (const candidate of families) {
    const family = solver.solve(candidate);
    if (!family.ok) return family;
    const coordinates = coordinatesOf(family.value, rows, last);
    last = coordinates;
    const spreadAt = (dimensions: readonly number[]) =>
      fold.test.labelled
        ? dimensions.map(() => undefined)
        : keptSpread(family.value, coordinates, dimensions, rows.prototypes);
    if (heads.includes('zero-shot')) {
      scoreZeroShot(fold, candidate, coordinates, spreadAt(candidate.dimensions), table);
    }
    if (heads.includes('probe') || heads.includes('wise')) {
      scoreProbes(input, prepared.value, candidate, coordinates, spreadAt(candidate.probeDimensions), table);
    }
  }
  return ok(undefined);
}

function scoreZeroShot(
  fold: Fold,
  { selectable, dimensions, probeDimensions: _, ...family }: CandidateFamily,
  coordinates: Coordinates,
  spread: readonly (number | undefined)[],
  table: CandidateTable,
): void {
  for (const [index, answers] of zeroShotAnswers(coordinates, dimensions).entries()) {
    const key = { ...family, head: 'zero-shot', dimension: dimensions[index] ?? 0 } as const;
    table.add(key, selectable, withSpread(fold.test.score(answers), spread[index]));
  }
}

function scoreProbes(
  input: FitInput,
  { fold, trainClasses }: PreparedFold,
  { selectable, dimensions: _, probeDimensions, ...family }: CandidateFamily,
  coordinates: Coordinates,
  spread: readonly (number | undefined)[],
  table: CandidateTable,
): void {
  const { heads } = input.options;
  const answer = (logits: Float32Array) => fold.test.score(argmaxOfRows(logits, input.classCount));
  for (const [index, dimension] of probeDimensions.entries()) {
    const { probe, logits } = probeOnCoordinates(coordinates, {
      classes: trainClasses,
      dimension,
      stopping: comparingStopping,
    });
    if (heads.includes('probe')) {
      table.add(
        { ...family, head: 'probe', dimension },
        selectable,
        withSpread(answer(logits), spread[index]),
      );
    }
    if (!heads.includes('wise')) continue;
    const zeroShot = zeroShotLogits(coordinates, dimension, input.logitScale);
    const mixed = mixLogits(zeroShot, logits, wiseAlpha, probe.present);
    const key = { ...family, head: 'wise', dimension, alpha: wiseAlpha } as const;
    table.add(key, selectable, withSpread(answer(mixed), spread[index]));
  }
}

function withSpread(score: FoldScore, spread: number | undefined): FoldScore & { spread?: number } {
  return { ...score, ...(spread === undefined ? {} : { spread }) };
}
