// The rule that picks one candidate of a search: the best macro-average over folds of what the caller allowed. Whether it beats
// plain CLIP is not asked here; that is what the estimates of a fit say.
//
// Where environments are left out, pictures count half and what interventions made of them counts half: the sources may all
// be easy in the same way, and then only the interventions ask about environments unlike any of them.

import type { HeadSelection, SelectionRow } from './selection-report.ts';

export type Candidate = {
  readonly row: SelectionRow;
  readonly selectable: boolean;
};

/** Of the class prototypes, where interventions are left out: without it, answering one thing always would be best. */
const leastSpread = 0.9;

/**
 * `candidates` have their scores on every fold; at least one is of the identity, one selectable. Of equal scores the middle one is
 * taken (their order is that of the grids): a plateau is safest away from where it ends.
 */
export function choose(candidates: readonly Candidate[]): Omit<HeadSelection, 'head'> {
  const identity = best(candidates.filter(({ row }) => row.estimator === 'identity'));
  if (identity === undefined) throw new RangeError('the identity is always a candidate');
  const selectable = candidates.filter((candidate) => candidate.selectable);
  const isScored = identity.row.scores.length > 0;
  const chosen = (isScored ? bestAllowed(selectable) : middle(selectable)) ?? identity;
  return {
    chosen: chosen.row,
    identity: identity.row,
    gain: selectionScore(chosen.row) - selectionScore(identity.row),
    reason: isScored
      ? 'The best of what the caller allowed.'
      : 'Nothing could be left out to compare candidates by: the middle of what the caller allowed.',
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
