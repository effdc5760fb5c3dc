// How pictures spread within environments, and how environments lie apart: the matrices that `auto` works on beside S.

import { addOuter, addScaled, packedLength, packedTrace } from '../linear/packed.ts';
import type { SourceMeans } from './source-means.ts';
import type { EnvironmentStatistics, Statistics } from './statistics.ts';

/** C_w, packed: the mean over the named environments of the covariance of pictures about their environment's own mean x̄_e. */
export function withinCovariance(
  statistics: Statistics,
  environments: readonly number[],
): Float64Array<ArrayBuffer> {
  const filled = environments
    .flatMap((index) => statistics.environments[index] ?? [])
    .filter(({ count }) => count > 0);
  const within = new Float64Array(packedLength(statistics.dimension));
  for (const environment of filled) addCovariance(within, environment, 1 / filled.length);
  return within;
}

/** tr C_w of one environment; 0 without pictures. */
export function withinTrace(environment: EnvironmentStatistics): number {
  const within = new Float64Array(environment.second.length);
  if (environment.count > 0) addCovariance(within, environment, 1);
  return packedTrace(within, environment.sum.length);
}

/** B, packed: Σ (μ_e − μ̄)(μ_e − μ̄)ᵀ / (E − 1). Zeros for a single environment. */
export function betweenCovariance({ ofEnvironment, mean }: SourceMeans): Float64Array<ArrayBuffer> {
  const between = new Float64Array(packedLength(mean.length));
  for (const own of ofEnvironment.values()) {
    const offset = own.map((value, i) => value - (mean[i] as number));
    addOuter(between, offset, 1 / Math.max(1, ofEnvironment.size - 1));
  }
  return between;
}

function addCovariance(
  target: Float64Array,
  { count, sum, second }: EnvironmentStatistics,
  weight: number,
): void {
  addScaled(target, second, weight / count);
  addOuter(target, sum, -weight / count ** 2);
}
