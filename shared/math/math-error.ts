// What a numerical routine can fail with. Wrong shapes are bugs and throw RangeError; these are properties of the data.

export type MathErrorCode = 'too-few-samples' | 'no-convergence';

/** `MathError<'no-convergence'>` in a function's type says that it can end in this and in nothing else. */
export type MathError<Code extends MathErrorCode = MathErrorCode> = Code extends MathErrorCode
  ? {
      readonly code: Code;
      /** One sentence for the caller. */
      readonly detail: string;
    }
  : never;
