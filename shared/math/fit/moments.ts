// The two matrices an estimator works on, averaged from statistics: C, the second moment of embeddings, and S, that of
// what interventions change. Which environments and interventions take part is the caller's choice (a fold, a vetting).

import { err, ok, type Result } from '#shared/result.ts';
import { addOuter, addScaled, packedLength, packedTrace, unpack } from '../linear/packed.ts';
import type { MathError } from '../math-error.ts';
import type { PairStatistics, Statistics } from './statistics.ts';

export type Moments = {
  readonly dimension: number;
  /** C [d, d]: mean over environments of Σxxᵀ/n; minus the mean's outer product where centred. */
  readonly second: Float64Array<ArrayBuffer>;
  readonly secondTrace: number;
  /** S + γ·tr(S)/d·I [d, d]; S is the mean of Σδδᵀ/n over interventions and environments. */
  readonly pairs: Float64Array<ArrayBuffer>;
  /** 0 where there are no pairs. */
  readonly pairsTrace: number;
  /** Mean over environments of the mean embedding [d]. */
  readonly mean: Float64Array<ArrayBuffer>;
};

export type PairOptions = {
  /** Indices of the environments and interventions that take part. */
  readonly environments: readonly number[];
  readonly interventions: readonly number[];
  /** Pairs of captions: one intervention more. */
  readonly textPairs?: PairStatistics;
  /** γ. */
  readonly shrinkage: number;
};

export type MomentOptions = PairOptions & { readonly centred: boolean };

/** Too few samples: no environment that takes part has a picture. */
export function momentsOf(
  statistics: Statistics,
  options: MomentOptions,
): Result<Moments, MathError<'too-few-samples'>> {
  const { dimension } = statistics;
  const environments = options.environments.flatMap((index) => statistics.environments[index] ?? []);
  const filled = environments.filter(({ count }) => count > 0);
  if (filled.length === 0) {
    return err({ code: 'too-few-samples', detail: 'There is no picture to fit from.' });
  }
  const second = new Float64Array(packedLength(dimension));
  const mean = new Float64Array(dimension);
  for (const environment of filled) {
    const weight = 1 / (environment.count * filled.length);
    addScaled(second, environment.second, weight);
    addScaled(mean, environment.sum, weight);
  }
  if (options.centred) addOuter(second, mean, -1);
  const pairs = shrunkPairs(statistics, options);
  return ok({
    dimension,
    second: unpack(second, dimension),
    secondTrace: packedTrace(second, dimension),
    pairs: unpack(pairs, dimension),
    pairsTrace: packedTrace(pairs, dimension),
    mean,
  });
}

/**
 * S + γ·tr(S)/d·I, packed: every intervention of every environment weighs the same where it changed any picture, and pairs of
 * captions as much as one intervention does.
 */
export function shrunkPairs(
  { dimension, environments: all }: Statistics,
  { environments, interventions, textPairs, shrinkage }: PairOptions,
): Float64Array<ArrayBuffer> {
  const cells = environments
    .flatMap((at) => interventions.flatMap((index) => all[at]?.pairs[index] ?? []))
    .filter(({ count }) => count > 0)
    .map((pairs) => ({ pairs, weight: 1 }));
  const captions = textPairs === undefined || textPairs.count === 0 ? [] : [textPairs];
  const weighed = [...cells, ...captions.map((pairs) => ({ pairs, weight: environments.length }))];
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  const mean = new Float64Array(packedLength(dimension));
  for (const { pairs, weight } of weighed) addScaled(mean, pairs.second, weight / (total * pairs.count));
  const share = (shrinkage * packedTrace(mean, dimension)) / dimension;
  for (let i = 0; i < dimension; i++) {
    const diagonal = packedLength(i) + i;
    mean[diagonal] = (mean[diagonal] as number) + share;
  }
  return mean;
}
