// How far two files of statistics of the same pictures are apart. Counts, names and samples must be equal; sums may differ by
// rounding, since they were added up in another order.

import { isDeepStrictEqual } from 'node:util';
import type { StatisticsFile } from '#shared/codec/stats-file.ts';
import type { EnvironmentStatistics } from '#shared/math/fit/statistics.ts';

/** The largest difference of any sum, relative to the largest value beside it; infinite where what must be equal is not. */
export function largestDifference(a: StatisticsFile, b: StatisticsFile): number {
  const [{ statistics: left, ...restLeft }, { statistics: right, ...restRight }] = [a, b];
  if (!isDeepStrictEqual(restLeft, restRight)) return Number.POSITIVE_INFINITY;
  if (!isDeepStrictEqual(left.environments.map(countsOf), right.environments.map(countsOf))) {
    return Number.POSITIVE_INFINITY;
  }
  const [sums, others] = [left.environments.flatMap(sumsOf), right.environments.flatMap(sumsOf)];
  return Math.max(...sums.map((sum, index) => relativeDifference(sum, others[index] ?? sum.subarray(0, 0))));
}

function countsOf({ count, classCounts, pairs }: EnvironmentStatistics) {
  return { count, classCounts, pairs: pairs.map((pair) => [pair.count, pair.noOps]) };
}

function sumsOf({ sum, second, classSums, pairs }: EnvironmentStatistics): Float64Array[] {
  return [sum, second, classSums, ...pairs.map((pair) => pair.second)];
}

function relativeDifference(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, 0];
  for (const [index, value] of a.entries()) {
    difference = Math.max(difference, Math.abs(value - (b[index] ?? Number.NaN)));
    scale = Math.max(scale, Math.abs(value));
  }
  return scale === 0 ? difference : difference / scale;
}
