// How often an intervention changes plain CLIP's answer, environment by environment: what keeps an intervention out of S that
// does not keep the content for this model.

import { flipRate } from '../answer/scores.ts';
import { multiplyRows } from '../kernels/fast-product.ts';
import { argmaxOfRows } from '../linear/vector.ts';
import type { FitInput } from './fit-input.ts';
import { sampledPairs } from './sampled-pairs.ts';

/** Above this share of changed answers an intervention is harmful. */
export const harmfulFlipRate = 0.5;

/** [environment][intervention]: sampled pairs, and how many of them changed the answer. */
export type FlipCounts = readonly (readonly { readonly flips: number; readonly pairs: number }[])[];

export function countFlips({ statistics, sample, prototypes, classCount }: FitInput): FlipCounts {
  const { dimension, interventionCount } = statistics;
  const answer = (rows: Float32Array) => argmaxOfRows(multiplyRows(rows, prototypes, dimension), classCount);
  return sample.environments.map((environment) =>
    Array.from({ length: interventionCount }, (_, intervention) => {
      const { pictures, intervened } = sampledPairs(environment, intervention, interventionCount, dimension);
      const pairs = pictures.length / dimension;
      return { pairs, flips: pairs === 0 ? 0 : flipRate(answer(pictures), answer(intervened)) * pairs };
    }),
  );
}

/** Over some environments; `undefined` where they have no sampled pair. */
export function flipRateOf(
  counts: FlipCounts,
  environments: readonly number[],
  intervention: number,
): number | undefined {
  const cells = environments.flatMap((index) => counts[index]?.[intervention] ?? []);
  const pairs = cells.reduce((sum, cell) => sum + cell.pairs, 0);
  return pairs === 0 ? undefined : cells.reduce((sum, cell) => sum + cell.flips, 0) / pairs;
}

/** The interventions with pairs that keep most answers of the named environments, or all with pairs where the caller insists. */
export function keptInterventions(
  { statistics, options }: FitInput,
  counts: FlipCounts,
  environments: readonly number[],
): number[] {
  return Array.from({ length: statistics.interventionCount }, (_, index) => index).filter((index) => {
    const pairs = environments.reduce(
      (sum, at) => sum + (statistics.environments[at]?.pairs[index]?.count ?? 0),
      0,
    );
    if (pairs === 0) return false;
    return (
      options.keepHarmfulInterventions || (flipRateOf(counts, environments, index) ?? 0) <= harmfulFlipRate
    );
  });
}
