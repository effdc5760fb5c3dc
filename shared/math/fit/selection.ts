// `auto`: compares candidates on folds that leave one source environment (or one intervention) out, for each head apart.
// The target environment is never seen here. Deterministic: the same input gives the same table.

import { err, ok, type Result } from '#shared/result.ts';
import type { HeadName } from '../answer/classify.ts';
import { fitTemperature } from '../answer/scores.ts';
import { mixLogits, wiseAlphas } from '../answer/wise.ts';
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
import { CandidateTable } from './candidate-table.ts';
import { type CandidateFamily, candidateFamilies } from './candidates.ts';
import { FamilySolver } from './family-solver.ts';
import type { FitInput } from './fit-input.ts';
import {
  environmentFolds,
  type Fold,
  type FoldHits,
  fitMoments,
  interventionFolds,
  labelledRows,
} from './folds.ts';
import type { HeadSelection, SelectionMode, SelectionReport } from './selection-report.ts';
import { type Candidate, choose } from './selection-rule.ts';
import { vetInterventions } from './vetting.ts';

/** Rough probes are enough to compare candidates by; the chosen one is trained to the end. */
const comparingStopping: MinimiseOptions = {
  maxIterations: 20,
  gradientTolerance: 0.5,
  relativeDecrease: 3e-4,
  memory: 6,
};
/** Pictures that the probes of a comparison are trained on at most; those of smallest hash of each environment. */
const comparingRows = 2000;

export type SelectedHead = HeadSelection & {
  /** Fitted on the left-out environments; 1 where there were none. */
  readonly temperature: number;
};

export type Selection = {
  readonly heads: readonly SelectedHead[];
  /** Indices of the interventions that may be used. */
  readonly interventions: readonly number[];
  readonly report: SelectionReport;
};

/** Errors: `too-few-samples` (no picture; no pairs for a fixed estimator; a probe without classes), `no-convergence`. */
export function selectProjection(input: FitInput): Result<Selection, MathError> {
  const vetting = vetInterventions(input);
  const families = candidateFamilies(input.options, {
    dimension: input.statistics.dimension,
    classCount: input.classCount,
    hasPairs: vetting.used.length > 0 || (input.textPairs?.count ?? 0) > 0,
  });
  if (!families.some(({ selectable }) => selectable)) {
    return err({ code: 'too-few-samples', detail: 'No intervention that may be used changed any picture.' });
  }
  const { mode, folds } = planFolds(input, vetting.used, families);
  const table = new CandidateTable(input.options);
  if (folds.length === 0) addUnscored(table, families, input.options.heads);
  for (const fold of folds) {
    const scored = scoreFold(input, fold, families, table);
    if (!scored.ok) return scored;
  }
  const heads: SelectedHead[] = [];
  for (const head of input.options.heads) {
    const { candidate, ...choice } = choose(table.of(head));
    const temperature = leftOutTemperature(input, folds, candidate);
    if (!temperature.ok) return temperature;
    heads.push({ head, ...choice, temperature: temperature.value });
  }
  const report: SelectionReport = {
    mode,
    folds: folds.map(({ name }) => name),
    heads: heads.map(({ temperature: _, ...selection }) => selection),
    rows: table.rows(),
    interventions: vetting.reports,
  };
  return ok({ heads, interventions: vetting.used, report });
}

/** With one candidate left there is nothing to choose, but its scores on environments left out are still wanted. */
function planFolds(
  input: FitInput,
  interventions: readonly number[],
  families: readonly CandidateFamily[],
): { mode: SelectionMode; folds: Fold[] } {
  const environments = environmentFolds(input, interventions);
  const selectable = families.filter((family) => family.selectable);
  const fixed = selectable.reduce((count, { dimensions }) => count + dimensions.length, 0) === 1;
  if (fixed) return { mode: 'fixed', folds: environments };
  if (environments.length > 0) return { mode: 'leave-one-environment-out', folds: environments };
  return { mode: 'leave-one-intervention-out', folds: interventionFolds(input, interventions) };
}

function addUnscored(
  table: CandidateTable,
  families: readonly CandidateFamily[],
  heads: readonly HeadName[],
): void {
  for (const { selectable, dimensions, probeDimensions, ...family } of families) {
    for (const head of heads) {
      for (const dimension of head === 'zero-shot' ? dimensions : probeDimensions) {
        const alphas = head === 'wise' ? [0.5] : [undefined];
        for (const alpha of alphas) {
          table.add({ ...family, head, dimension, ...(alpha === undefined ? {} : { alpha }) }, selectable);
        }
      }
    }
  }
}

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

function scoreFold(
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
      fold.test.classes === undefined
        ? keptSpread(family.value, coordinates, dimensions, rows.prototypes)
        : dimensions.map(() => undefined);
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
    table.add(key, selectable, scored(fold.test.hits(answers), spread[index]));
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
  const answer = (logits: Float32Array) => fold.test.hits(argmaxOfRows(logits, input.classCount));
  for (const [index, dimension] of probeDimensions.entries()) {
    const { probe, logits } = probeOnCoordinates(coordinates, {
      classes: trainClasses,
      dimension,
      stopping: comparingStopping,
    });
    if (heads.includes('probe')) {
      table.add({ ...family, head: 'probe', dimension }, selectable, scored(answer(logits), spread[index]));
    }
    if (!heads.includes('wise')) continue;
    const zeroShot = zeroShotLogits(coordinates, dimension, input.logitScale);
    for (const alpha of wiseAlphas) {
      const mixed = mixLogits(zeroShot, logits, alpha, probe.present);
      table.add(
        { ...family, head: 'wise', dimension, alpha },
        selectable,
        scored(answer(mixed), spread[index]),
      );
    }
  }
}

function scored(hits: FoldHits, spread: number | undefined): { hits: FoldHits; spread?: number } {
  return { hits, ...(spread === undefined ? {} : { spread }) };
}

/** The temperature that fits the chosen candidate's logits on all left-out environments together. */
function leftOutTemperature(
  input: FitInput,
  folds: readonly Fold[],
  { row }: Candidate,
): Result<number, MathError> {
  const logits: number[] = [];
  const classes: number[] = [];
  for (const fold of folds) {
    if (fold.test.classes === undefined) return ok(1);
    const prepared = prepare(input, fold, row.head !== 'zero-shot');
    if (!prepared.ok) return prepared;
    const family = prepared.value.solver.solve(row);
    if (!family.ok) return family;
    const coordinates = coordinatesOf(family.value, prepared.value.rows);
    const ofPictures = fold.test.classes.length * input.classCount;
    const answered = headLogits(input, prepared.value, coordinates, row).subarray(0, ofPictures);
    for (const logit of answered) logits.push(logit);
    classes.push(...fold.test.classes);
  }
  return ok(fitTemperature(Float32Array.from(logits), Int32Array.from(classes), input.classCount));
}

function headLogits(
  input: FitInput,
  { trainClasses }: PreparedFold,
  coordinates: Coordinates,
  { head, dimension, alpha = 0 }: Candidate['row'],
): Float32Array {
  const zeroShot = zeroShotLogits(coordinates, dimension, input.logitScale);
  if (head === 'zero-shot') return zeroShot;
  const of = { classes: trainClasses, dimension, stopping: comparingStopping };
  const { probe, logits } = probeOnCoordinates(coordinates, of);
  return head === 'probe' ? logits : mixLogits(zeroShot, logits, alpha, probe.present);
}
