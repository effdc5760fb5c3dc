// What comes back from fitting for one target and seed: small, and JSON, so that it can be kept and aggregated.

import { z } from 'zod';
import { Head, SelectionReport } from '#shared/contracts/fit.ts';
import { FitReport } from '#shared/contracts/fit-report.ts';

/** Of one method on the target's test pictures. Shares in [0, 1]. */
export const MethodResult = z.object({
  method: z.string(),
  /** Asked with a profile of the target. */
  profiled: z.boolean(),
  head: Head,
  estimator: z.string(),
  lambda: z.number().optional(),
  dimension: z.number(),
  alpha: z.number().optional(),
  accuracy: z.number(),
  /** A character for every picture scored, 1 where the answer is right. */
  hits: z.string(),
  /** `open-class` only: over pictures of known and of new classes. */
  knownAccuracy: z.number().optional(),
  newAccuracy: z.number().optional(),
  /** Expected calibration error as it is, and with the temperature fitted on left-out sources. */
  calibrationError: z.number().optional(),
  calibrationErrorFitted: z.number().optional(),
  /** `open-class` only: known pictures against new ones, by the best probability among known labels. */
  areaUnderRoc: z.number().optional(),
  /** How often an intervention on a test picture changes the answer. */
  flipRate: z.number().optional(),
  /** By class; null without pictures. */
  recall: z.array(z.number().nullable()),
});
export type MethodResult = z.infer<typeof MethodResult>;

const Guess = z.object({ class: z.number(), probability: z.number() });

/** A test picture whose answer became right or wrong. */
export const ChangedPicture = z.object({
  /** Row in its environment. */
  row: z.number(),
  class: z.number(),
  /** Change of the true class's probability. */
  change: z.number(),
  before: z.array(Guess),
  after: z.array(Guess),
});
export type ChangedPicture = z.infer<typeof ChangedPicture>;

export const CurveRow = z.object({
  estimator: z.string(),
  lambda: z.number().optional(),
  dimension: z.number(),
  score: z.number(),
  target: z.number(),
});
export type CurveRow = z.infer<typeof CurveRow>;

export const TargetResult = z.object({
  target: z.number(),
  /** What was fitted on. */
  sources: z.array(z.number()),
  seed: z.number(),
  /** Pictures of the target's profile. */
  profile: z.number(),
  /** The pictures scored, as rows of the environment. */
  rows: z.array(z.number()),
  methods: z.array(MethodResult),
  /** Of `auto`. */
  report: FitReport,
  /** What single estimators were chosen from. */
  searches: z.array(SelectionReport),
  spectrum: z.array(z.number()),
  changes: z.object({
    corrected: z.number(),
    broken: z.number(),
    mostCorrected: z.array(ChangedPicture),
    mostBroken: z.array(ChangedPicture),
  }),
  /** Disagreement of the target with every environment, by plain CLIP and by the projection that never saw it. */
  disagreement: z.object({ before: z.array(z.number()), after: z.array(z.number()) }),
  curves: z.array(CurveRow),
});
export type TargetResult = z.infer<typeof TargetResult>;
