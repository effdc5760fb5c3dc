// What a fit leaves to answer with: heads and their modes, as an artefact stores them. Only types.

import type { EstimatorName } from '../estimator-name.ts';

export type HeadName = 'zero-shot' | 'probe' | 'wise';

/** With a profile of the environment at hand, or without one. */
export type ModeName = 'profiled' | 'unprofiled';

/**
 * What made P, by docs/method.md: `plain` CLIP as it is; `centred`, means taken out and P = I; `edits`, the paper's objective on what
 * interventions move; `environments`, the same with what moves between environments; `dimension`, the leading directions of
 * the pictures; `fixed`, what the caller named.
 */
export type ModeChoice = 'plain' | 'centred' | 'edits' | 'environments' | 'dimension' | 'fixed';

/** One way to answer: a head in one mode, as stored in an artefact. k = `dimension`, c labels, d the embedding's length. */
export type FittedHead = {
  readonly head: HeadName;
  readonly choice: ModeChoice;
  /** Whether a mean is taken out of pictures before projecting; that of labels is out of the prototypes already. */
  readonly centred: boolean;
  readonly estimator: Exclude<EstimatorName, 'reference'>;
  /** Relative λ′. */
  readonly lambda?: number;
  readonly dimension: number;
  /** `wise`: 0 is the zero-shot prototypes, 1 the probe. */
  readonly alpha?: number;
  readonly logitScale: number;
  readonly temperature: number;
  readonly featureScale?: number;
  /** P [k, d]; absent for the identity. Modes that share a P share the array. */
  readonly projection?: Float32Array;
  /** Projected prototypes, unit rows [c, k]. */
  readonly prototypes: Float32Array;
  /** [c, k] and [c]; `probe` and `wise`. */
  readonly weights?: Float32Array;
  readonly bias?: Float32Array;
};

/** A head in its two modes. An artefact of the first format has only the unprofiled one. */
export type FittedModes = {
  readonly head: HeadName;
  readonly unprofiled: FittedHead;
  readonly profiled?: FittedHead;
};
