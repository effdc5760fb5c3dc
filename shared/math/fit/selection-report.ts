// The table of everything a selection tried and what it chose, in the shape of shared/contracts/fit.ts (SelectionReport),
// which this folder may not import. Arrays are mutable because the contract's are.

import type { HeadName } from '../answer/fitted-head.ts';
import type { EstimatorName } from '../estimator-name.ts';

export type SelectableEstimator = Exclude<EstimatorName, 'reference'>;

/** One candidate and how it did on the folds left out. */
export type SelectionRow = {
  head: HeadName;
  estimator: SelectableEstimator;
  /** Relative λ′, where the estimator has one. */
  lambda?: number;
  dimension: number;
  centred: boolean;
  /** WiSE: 0 is the zero-shot prototypes, 1 the probe. */
  alpha?: number;
  /** Accuracy, or leaving interventions out agreement, on each fold. */
  scores: number[];
  /** Macro average of `scores`; 0 where there is no fold. */
  score: number;
  /**
   * Leave-one-environment-out: accuracy on pictures left out after the interventions that are used, macro average. What is
   * compared is the mean of this and `score`.
   */
  intervened?: number;
  /** Leave-one-intervention-out: the share of the class prototypes' spread that is kept. */
  spread?: number;
};

export type HeadSelection = {
  head: HeadName;
  chosen: SelectionRow;
  identity: SelectionRow;
  /** (chosen − identity) in what is compared. How sure that is, the estimates of the fit's report say. */
  gain: number;
  reason: string;
};

export type InterventionReport = {
  name: string;
  pairs: number;
  noOps: number;
  flipRate?: number;
  used: boolean;
};

export type SelectionMode = 'fixed' | 'leave-one-environment-out' | 'leave-one-intervention-out';

export type SelectionReport = {
  mode: SelectionMode;
  folds: string[];
  heads: HeadSelection[];
  rows: SelectionRow[];
  interventions: InterventionReport[];
};
