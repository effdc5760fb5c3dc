// The normal score of a ratio of variances: how many standard errors a normal variable would have to lie above its mean to be
// as unlikely. Skewness of the ratio is taken out by its cube root.

/**
 * Of F with `freedom` and `below` degrees of freedom, and its derivative by F. Source: Paulson, “An approximate normalization of the
 * analysis of variance distribution”, Annals of Mathematical Statistics 13 (1942), after Wilson and Hilferty.
 */
export function normalScore(
  ratio: number,
  freedom: number,
  below: number,
): { readonly score: number; readonly slope: number } {
  const [a, b] = [2 / (9 * freedom), 2 / (9 * below)];
  const root = Math.cbrt(Math.max(ratio, 0));
  const spread = Math.sqrt(b * root * root + a);
  const top = (1 - b) * root - (1 - a);
  // d/du of top / spread, u the cube root; du/dF = 1 / (3 u²).
  const byRoot = (1 - b) / spread - (top * b * root) / spread ** 3;
  const slope = root === 0 ? 0 : byRoot / (3 * root * root);
  return { score: top / spread, slope };
}
