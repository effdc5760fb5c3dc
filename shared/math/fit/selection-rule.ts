// The rule that picks one candidate: the best macro-average over folds of those that beat the identity by more than one
// standard error and in at least two thirds of the folds; the identity where none does.
//
// Where environments are left out, pictures count half and what interventions made of them counts half: the sources may all
// be easy in the same way, and then only the interventions ask about environments unlike any of them.

import type { FoldHits } from './folds.ts';
import type { HeadSelection, SelectionRow } from './selection-report.ts';

/** A row with its answers, fold by fold. */
export type Candidate = {
  readonly row: SelectionRow;
  readonly hits: FoldHits[];
  readonly selectable: boolean;
};

/** Share of folds in which a gain has to show. */
const shareOfFolds = 2 / 3;
/** Of the class prototypes, where interventions are left out: without it, answering one thing always would be best. */
export const leastSpread = 0.9;

/** Sums of fractions that cancel leave this much at most. */
const smallestGain = 1e-9;

export type Choice = Omit<HeadSelection, 'head'> & { readonly candidate: Candidate };

/**
 * `candidates` have their hits on every fold; at least one is of the identity. Of equal scores the middle one is taken
 * (their order is that of the grids): a plateau is safest away from where it ends.
 * Where the identity cannot be selected (the caller fixed another estimator) the best is taken as it is.
 */
export function choose(candidates: readonly Candidate[]): Choice {
  const identity = best(candidates.filter(({ row }) => row.estimator === 'identity'));
  if (identity === undefined) throw new RangeError('the identity is always a candidate');
  const selectable = candidates.filter((candidate) => candidate.selectable);
  const take = (candidate: Candidate, reason: string, compared = candidate): Choice => {
    const { gain, standardError, pictureStandardError } = compare(compared, identity);
    return {
      gain,
      standardError,
      pictureStandardError,
      identity: identity.row,
      chosen: candidate.row,
      candidate,
      reason,
    };
  };
  const [only = identity] = selectable;
  if (selectable.length <= 1) return take(only, 'Fixed by the caller.');
  if (identity.hits.length === 0) {
    const middle = selectable[Math.floor(selectable.length / 2)] ?? identity;
    const fallback = identity.selectable ? identity : middle;
    return take(fallback, 'Nothing could be left out to compare candidates by.');
  }
  const allowed = selectable.filter(({ row }) => (row.spread ?? 1) >= leastSpread);
  const top = best(allowed) ?? best(selectable) ?? identity;
  if (!identity.selectable) return take(middleOfBest(allowed) ?? top, 'The best of what the caller allowed.');
  if (top.row.estimator === 'identity') return take(identity, 'No candidate did better than the identity.');
  const convincing = middleOfBest(allowed.filter((candidate) => convinces(candidate, identity)));
  if (convincing !== undefined) {
    return take(
      convincing,
      'The best whose gain exceeds one standard error and shows in at least two thirds of the folds.',
    );
  }
  const { gain, standardError } = compare(top, identity);
  const missing =
    gain <= standardError ? 'is within one standard error' : 'shows in fewer than two thirds of the folds';
  return take(identity, `The best candidate's gain ${missing}: identity kept.`, top);
}

function convinces(candidate: Candidate, identity: Candidate): boolean {
  const { gain, standardError, winningFolds } = compare(candidate, identity);
  return gain > standardError && winningFolds >= shareOfFolds * candidate.hits.length;
}

/** What candidates are compared by. */
export function selectionScore({
  score,
  intervened = score,
}: {
  readonly score: number;
  readonly intervened?: number | undefined;
}): number {
  return (score + intervened) / 2;
}

export type Comparison = {
  /** In what is compared: mean over folds of the paired difference. */
  readonly gain: number;
  readonly standardError: number;
  /** Of the difference on pictures as they are. */
  readonly pictureStandardError: number;
  readonly winningFolds: number;
};

/** Paired by picture within a fold, with folds taken as independent. */
export function compare(candidate: Candidate, identity: Candidate): Comparison {
  const folds = candidate.hits.map((hits, fold) => pairedDifference(hits, identity.hits[fold] ?? hits));
  const count = Math.max(1, folds.length);
  const errorOf = (variances: readonly number[]) =>
    Math.sqrt(variances.reduce((sum, variance) => sum + variance, 0)) / count;
  return {
    gain: folds.reduce((sum, { both }) => sum + both.mean, 0) / count,
    standardError: errorOf(folds.map(({ both }) => both.variance)),
    pictureStandardError: errorOf(folds.map(({ pictures }) => pictures.variance)),
    winningFolds: folds.filter(({ both }) => both.mean > smallestGain).length,
  };
}

type Estimate = { readonly mean: number; readonly variance: number };

/** The mean of a − b over the pictures of a fold, and with what interventions made of them half and half. */
function pairedDifference(a: FoldHits, b: FoldHits): { pictures: Estimate; both: Estimate } {
  const own = Float64Array.from(a.pictures, (hit, row) => hit - (b.pictures[row] as number));
  const pictures = estimate(own);
  if (a.intervened === undefined || b.intervened === undefined) return { pictures, both: pictures };
  const { rows, differences } = byPicture(a.intervened, b.intervened.hits);
  const moved = estimate(differences);
  // Both halves are of the same pictures and move together.
  const together =
    covariance(
      rows.map((row) => own[row] as number),
      differences,
    ) / Math.max(1, own.length);
  const both = {
    mean: (pictures.mean + moved.mean) / 2,
    variance: Math.max(0, (pictures.variance + moved.variance + 2 * together) / 4),
  };
  return { pictures, both };
}

/** For each picture with interventions the mean of a − b over them. */
function byPicture(
  { hits, picture }: NonNullable<FoldHits['intervened']>,
  others: Uint8Array,
): { readonly rows: number[]; readonly differences: Float64Array } {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [question, row] of picture.entries()) {
    const { sum, count } = sums.get(row) ?? { sum: 0, count: 0 };
    sums.set(row, {
      sum: sum + (hits[question] as number) - (others[question] as number),
      count: count + 1,
    });
  }
  return {
    rows: [...sums.keys()],
    differences: Float64Array.from(sums.values(), ({ sum, count }) => sum / count),
  };
}

/** The mean and the variance of that mean. */
function estimate(values: Float64Array): Estimate {
  const count = values.length;
  const mean = count === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, variance: count < 2 ? 0 : covariance(values, values) / count };
}

function covariance(a: ArrayLike<number>, b: Float64Array): number {
  const count = b.length;
  if (count < 2) return 0;
  let sumA = 0;
  let sumB = 0;
  let products = 0;
  for (let i = 0; i < count; i++) {
    sumA += a[i] as number;
    sumB += b[i] as number;
    products += (a[i] as number) * (b[i] as number);
  }
  return (products - (sumA * sumB) / count) / (count - 1);
}

function middleOfBest(candidates: readonly Candidate[]): Candidate | undefined {
  const top = best(candidates);
  const plateau = candidates.filter(
    ({ row }) => top !== undefined && selectionScore(row) === selectionScore(top.row),
  );
  return plateau[Math.floor((plateau.length - 1) / 2)];
}

/** The first of the best. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (top, candidate) =>
      top === undefined || selectionScore(candidate.row) > selectionScore(top.row) ? candidate : top,
    undefined,
  );
}
