// Which pictures of a target make its profile, without their labels. They are never among those that are scored.

import type { EvaluationData } from './evaluation-data.ts';
import { type Split, shuffled } from './protocol.ts';

export const batchKinds = ['drawn', 'spread'] as const;

/** `drawn` by the seed, or `spread`: number ⌊i·n/size⌋ in the order of paths, the same for every seed. */
export type BatchKind = (typeof batchKinds)[number];

export type ProfilePlan = {
  /** Pictures of a profile; 0 for none. */
  readonly size: number;
  readonly batch: BatchKind;
};

export type TargetRows = { readonly batch: readonly number[]; readonly scored: readonly number[] };

/** Pictures that the protocol does not test on serve first; else at most half of those it does. */
export function setBatchAside(
  data: EvaluationData,
  target: number,
  split: Split,
  { size, batch }: ProfilePlan,
  seed: number,
): TargetRows {
  const environment = data.environments[target];
  if (environment === undefined) throw new RangeError(`there is no environment ${target}`);
  const tested = split.testRows[target] ?? [];
  if (size === 0) return { batch: [], scored: tested };
  const isTested = new Set(tested);
  const spare = [...environment.classes.keys()].filter((row) => !isTested.has(row));
  const pool = spare.length >= size ? spare : tested;
  const count = pool === tested ? Math.min(size, Math.floor(tested.length / 2)) : size;
  const taken =
    batch === 'spread'
      ? Array.from({ length: count }, (_, i) => pool[Math.floor((i * pool.length) / count)] as number)
      : shuffled(pool, (row) => environment.sha256[row] ?? '', seed).slice(0, count);
  const inBatch = new Set(taken);
  return { batch: taken, scored: tested.filter((row) => !inBatch.has(row)) };
}
