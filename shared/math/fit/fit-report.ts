// What a fit says of itself: for each head and mode what was chosen, by what estimate, and why. In the shape of
// shared/contracts/fit-report.ts, which this folder may not import. Arrays are mutable because the contract's are.

import type { HeadName, ModeChoice, ModeName } from '../answer/fitted-head.ts';
import type { SelectableEstimator, SelectionReport } from './selection-report.ts';

/** Accuracies are class-balanced, in [0, 1], each source left out in turn. */
export type Estimate = {
  /** Of plain CLIP (or the plain probe) on the same pictures, mean over sources. */
  plain: number;
  /** Of what is estimated. */
  accuracy: number;
  /** Mean over sources of g_s, what is estimated less plain. */
  gain: number;
  /** Of `gain` over pictures: √(Σ var_s) / E. */
  pictureError: number;
  /** Of `gain` over pictures and environments: √(pictureError² + var(g_s) / E). */
  environmentError: number;
  sources: { name: string; pictures: number; gain: number; standardError: number }[];
};

/** One head in one mode. */
export type ModeReport = {
  choice: ModeChoice;
  estimator: SelectableEstimator;
  /** Relative λ′, where the estimator has one. */
  lambda?: number;
  dimension: number;
  centred: boolean;
  temperature: number;
  /** Absent where nothing could be left out: one source, no labels. Zero gain where `plain` stands. */
  estimate?: Estimate;
  /** One true sentence. */
  reason: string;
};

/** A candidate that was estimated, chosen or not. */
export type CandidateReport = { mode: ModeName; choice: ModeChoice; dimension: number; estimate: Estimate };

export type HeadReport = {
  head: HeadName;
  profiled: ModeReport;
  unprofiled: ModeReport;
  candidates: CandidateReport[];
  /** Median over sources of the effective number of answered classes; absent without pictures to answer. */
  answeredClasses?: number;
};

export type SourceReport = {
  name: string;
  pictures: number;
  labelled: number;
  /** `estimated` sources are left out in turn; `mean-only` ones are under half labelled and enter means alone. */
  role: 'estimated' | 'mean-only';
};

/** How an intervention fared: on plain CLIP's answers, and on a probe that learns from pictures as they are. */
export type InterventionVerdict = {
  name: string;
  pairs: number;
  /** Pictures left as they were; not counted as pairs. */
  noOps: number;
  /** Share of the sampled pairs on which plain CLIP's answer changes; absent without labels. */
  flipRate?: number;
  /** Accuracy of a cross-validated probe on labelled sources: before the intervention, after it. */
  probe?: { before: number; after: number };
  used: boolean;
};

export type FitReport = {
  sources: SourceReport[];
  heads: HeadReport[];
  interventions: InterventionVerdict[];
  /**
   * What the edits earned: the estimate of `edits` less that of `centred`, zero-shot with a profile, left out in turn; absent
   * without edits or with fewer than three sources.
   */
  edits?: { gain: number; pictureError: number; environmentError: number };
  /** Sentences that the reader must not miss, such as that classes are told apart by what an intervention changes. */
  warnings: string[];
  /** Where the caller named an estimator and left λ′ or k open: the table they were chosen from. */
  search?: SelectionReport;
};
