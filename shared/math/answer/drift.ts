// How far the mean of some pictures lies from a source's, in standard errors: along the directions that a projection keeps and
// along those it drops. Of pictures like the source's either is about 0, give or take 1.

/**
 * δ [d] is the difference of the means, `kept` P δ [k] for a P with orthonormal rows (none for the identity), `variances` [d] the
 * variance of the source's pictures along the rows of P, then along a basis of the rest, `share` 1/n + 1/m for means of n and m
 * pictures. With v the variances of a part and s = share: (|δ|² − s Σv) / √(2 s² Σv²), its deviation from what chance alone gives.
 */
export function meanDistance(
  difference: Float32Array,
  kept: Float32Array | undefined,
  variances: Float32Array,
  share: number,
): { readonly kept: number; readonly dropped?: number } {
  const whole = squaredLength(difference);
  if (kept === undefined) return { kept: deviation(whole, variances, share) };
  const inside = squaredLength(kept);
  return {
    kept: deviation(inside, variances.subarray(0, kept.length), share),
    dropped: deviation(Math.max(0, whole - inside), variances.subarray(kept.length), share),
  };
}

function deviation(squared: number, variances: Float32Array, share: number): number {
  let [sum, squares] = [0, 0];
  for (const variance of variances) {
    sum += variance;
    squares += variance * variance;
  }
  const spread = share * Math.sqrt(2 * squares);
  return spread === 0 ? 0 : (squared - share * sum) / spread;
}

function squaredLength(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}
