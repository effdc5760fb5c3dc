// The mean of a list of numbers, which selections, scores and reports all take.

/** Summed in their order; NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
