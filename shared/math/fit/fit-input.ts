// What a fit is given and what it gives back. The fields of FitOptions are those of the contract's SolveOptions.

import type { FittedModes, HeadName } from '../answer/fitted-head.ts';
import type { FitReport } from './fit-report.ts';
import type { LeftOutRecord } from './left-out-record.ts';
import type { FitSample } from './sample.ts';
import type { SelectableEstimator } from './selection-report.ts';
import type { PairStatistics, Statistics } from './statistics.ts';

export type FitOptions = {
  readonly estimator: 'auto' | SelectableEstimator;
  /** Relative λ′. */
  readonly lambda: 'auto' | number;
  /** k; for `nap` d − k directions are removed. */
  readonly dimension: 'auto' | number;
  /** γ of S + γ·tr(S)/d·I. */
  readonly shrinkage: number;
  readonly centred: boolean;
  /** Take each modality's mean out before projecting; C is then centred too. */
  readonly removeMean: boolean;
  readonly heads: readonly HeadName[];
  readonly keepHarmfulInterventions: boolean;
};

export type FitInput = {
  readonly statistics: Statistics;
  /** Its classes are indices of `prototypes` (see relabelSample), -1 for none. */
  readonly sample: FitSample;
  readonly environmentNames: readonly string[];
  readonly interventionNames: readonly string[];
  /** Unit text embeddings of the labels [c, d]. */
  readonly prototypes: Float32Array;
  readonly classCount: number;
  readonly logitScale: number;
  /** Unit text embeddings before and after a text intervention, summed by addPairs: one intervention more. */
  readonly textPairs?: PairStatistics;
  readonly options: FitOptions;
};

/** What the sources were like: their means, and how far their pictures spread. */
export type SourceMoments = {
  /** μ_e [E, d], class-balanced: see source-means.ts. */
  readonly means: Float32Array;
  /** μ̄ [d], the mean of the μ_e. */
  readonly mean: Float32Array;
  /** tr C_w of each source [E]. */
  readonly traces: readonly number[];
};

export type FittedProjection = {
  /** In the order of `options.heads`. */
  readonly heads: readonly FittedModes[];
  readonly sources: SourceMoments;
  /**
   * For each distinct P among the heads (the same array; `undefined` for the identity): the variance [E, d] of every source's
   * pictures along the rows of P, then along an orthonormal basis of the rest.
   */
  readonly variances: ReadonlyMap<Float32Array | undefined, Float32Array>;
  readonly report: FitReport;
  /** Absent where nothing was left out. */
  readonly leftOut?: LeftOutRecord;
  /** ρ of C v = ρ (S + γI) v, descending [d]; empty where there are no pairs. */
  readonly spectrum: number[];
};
