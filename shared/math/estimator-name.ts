// The names of the estimators (fit/estimators.ts), for those who only pass them on.

/** `reference` is what the paper's published code computes; for comparison only, never selected. */
export type EstimatorName = 'identity' | 'icm' | 'nap' | 'soft' | 'gevd' | 'reference';
