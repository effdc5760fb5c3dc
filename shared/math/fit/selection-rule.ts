// The rule that picks one candidate of a search: the best macro-average over folds of what the caller allowed. Whether it beats
// plain CLIP is not asked here; that is what the estimates of a fit say.
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

/** Of the class prototypes, where interventions are left out: without it, answering one thing always would be best. */
const leastSpread = 0.9;

/**
 * `candidates` have their hits on every fold; at least one is of the identity, one selectable. Of equal scores the middle one is
 * taken (their order is that of the grids): a plateau is safest away from where it ends.
 */
export function choose(candidates: readonly Candidate[]): Omit<HeadSelection, 'head'> {
  const identity = best(candidates.filter(({ row }) => row.estimator === 'identity'));
  if (identity === undefined) throw new RangeError('the identity is always a candidate');
  const selectable = candidates.filter((candidate) => candidate.selectable);
  const chosen = identity.hits.length === 0 ? middle(selectable) : bestAllowed(selectable);
  const { gain, standardError, pictureStandardError } = compare(chosen ?? identity, identity);
  return {
    chosen: (chosen ?? identity).row,
    identity: identity.row,
    gain,
    standardError,
    pictureStandardError,
    reason:
      identity.hits.length === 0
        ? 'Nothing could be left out to compare candidates by: the middle of what the caller allowed.'
        : 'The best of what the caller allowed.',
  };
}

function bestAllowed(selectable: readonly Candidate[]): Candidate | undefined {
  const keepSpread = selectable.filter(({ row }) => (row.spread ?? 1) >= leastSpread);
  return middleOfBest(keepSpread) ?? best(selectable);
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
  return middle(
    candidates.filter(({ row }) => top !== undefined && selectionScore(row) === selectionScore(top.row)),
  );
}

function middle(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates[Math.floor((candidates.length - 1) / 2)];
}

/** The first of the best. */
function best(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (top, candidate) =>
      top === undefined || selectionScore(candidate.row) > selectionScore(top.row) ? candidate : top,
    undefined,
  );
}
