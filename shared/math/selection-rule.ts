// The rule that picks one candidate: the best macro-average over folds of those that beat the identity by more than one
// standard error and in at least two thirds of the folds; the identity where none does.

import type { HeadSelection, SelectionRow } from './selection-report.ts';

/** A row with what it is compared by: 1 for every question answered well, fold by fold. */
export type Candidate = {
  readonly row: SelectionRow;
  readonly hits: Uint8Array[];
  readonly selectable: boolean;
};

/** Share of folds in which a gain has to show. */
const shareOfFolds = 2 / 3;
/** Of the class prototypes, where interventions are left out: without it, answering one thing always would be best. */
export const leastSpread = 0.9;

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
    const { gain, standardError } = compare(compared, identity);
    return { gain, standardError, identity: identity.row, chosen: candidate.row, candidate, reason };
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

/** Fold by fold the mean paired difference, their mean, and its standard error with folds taken as independent. */
export function compare(
  candidate: Candidate,
  identity: Candidate,
): { gain: number; standardError: number; winningFolds: number } {
  const folds = candidate.hits.map((hits, fold) => pairedDifference(hits, identity.hits[fold] ?? hits));
  const count = Math.max(1, folds.length);
  return {
    gain: folds.reduce((sum, { mean }) => sum + mean, 0) / count,
    standardError: Math.sqrt(folds.reduce((sum, { variance }) => sum + variance, 0)) / count,
    winningFolds: folds.filter(({ mean }) => mean > 0).length,
  };
}

/** Mean of a − b and the variance of that mean. */
function pairedDifference(a: Uint8Array, b: Uint8Array): { mean: number; variance: number } {
  const count = a.length;
  if (count === 0) return { mean: 0, variance: 0 };
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / count;
  return { mean, variance: count < 2 ? 0 : (squares / count - mean * mean) / (count - 1) };
}

function middleOfBest(candidates: readonly Candidate[]): Candidate | undefined {
  const top = best(candidates);
  const plateau = candidates.filter(({ row }) => row.score === top?.row.score);
  return plateau[Math.floor((plateau.length - 1) / 2)];
}

/** The first of the best. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (top, candidate) => (top === undefined || candidate.row.score > top.row.score ? candidate : top),
    undefined,
  );
}
