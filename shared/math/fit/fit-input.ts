// What a fit is given and what it gives back. The fields of FitOptions are those of the contract's SolveOptions.

import type { FittedHead, HeadName, ModalityMeans } from '../answer/classify.ts';
import type { FitSample } from './sample.ts';
import type { SelectableEstimator, SelectionReport } from './selection-report.ts';
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

export type FittedProjection = {
  /** In the order of `options.heads`. */
  readonly heads: readonly FittedHead[];
  readonly means?: ModalityMeans;
  readonly selection: SelectionReport;
  /** ρ of C v = ρ (S + γI) v, descending [d]; empty where there are no pairs. */
  readonly spectrum: number[];
};
