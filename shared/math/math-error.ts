// What a numerical routine can fail with. Wrong shapes are bugs and throw RangeError; these are properties of the data.

export type MathError = {
  readonly code: 'too-few-samples' | 'no-convergence';
  /** One sentence for the caller. */
  readonly detail: string;
};
