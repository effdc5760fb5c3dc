// What a fit says of itself: for each head and mode what was chosen, by what estimate and why. The same shapes as
// shared/math/fit/fit-report.ts, whose comments say what each number is.

import { z } from 'zod';
import { EstimatorName, Head, SelectionReport } from './fit.ts';

export const ModeName = z.enum(['profiled', 'unprofiled']);
export type ModeName = z.infer<typeof ModeName>;

/**
 * What answers: `plain` CLIP; `centred`, means taken out and nothing projected away; `edits`, projected off what interventions
 * move; `environments`, off what moves between environments too; `dimension`, onto the pictures' leading directions; `fixed`,
 * what the caller named.
 */
export const ModeChoice = z.enum(['plain', 'centred', 'edits', 'environments', 'dimension', 'fixed']);
export type ModeChoice = z.infer<typeof ModeChoice>;

/** Class-balanced accuracies in [0, 1], each source left out in turn; means over sources. */
export const Estimate = z.object({
  plain: z.number(),
  accuracy: z.number(),
  gain: z.number(),
  /** Standard error of `gain` over pictures. */
  pictureError: z.number(),
  /** Standard error of `gain` over pictures and environments. */
  environmentError: z.number(),
  sources: z.array(
    z.object({ name: z.string(), pictures: z.int().min(0), gain: z.number(), standardError: z.number() }),
  ),
});
export type Estimate = z.infer<typeof Estimate>;

export const ModeReport = z.object({
  choice: ModeChoice,
  estimator: EstimatorName,
  lambda: z.number().optional(),
  dimension: z.int().min(1),
  /** Whether a mean is taken out of pictures and labels. */
  centred: z.boolean(),
  temperature: z.number(),
  estimate: Estimate.optional(),
  reason: z.string(),
});
export type ModeReport = z.infer<typeof ModeReport>;

export const HeadReport = z.object({
  head: Head,
  profiled: ModeReport,
  unprofiled: ModeReport,
  candidates: z.array(
    z.object({ mode: ModeName, choice: ModeChoice, dimension: z.int().min(1), estimate: Estimate }),
  ),
  /** Median over sources of how many classes their answers are spread over. */
  answeredClasses: z.number().optional(),
});
export type HeadReport = z.infer<typeof HeadReport>;

export const InterventionVerdict = z.object({
  name: z.string(),
  pairs: z.int().min(0),
  noOps: z.int().min(0),
  flipRate: z.number().min(0).max(1).optional(),
  probe: z.object({ before: z.number(), after: z.number() }).optional(),
  used: z.boolean(),
});
export type InterventionVerdict = z.infer<typeof InterventionVerdict>;

export const FitReport = z.object({
  sources: z.array(
    z.object({
      name: z.string(),
      pictures: z.int().min(0),
      labelled: z.int().min(0),
      role: z.enum(['estimated', 'mean-only']),
    }),
  ),
  heads: z.array(HeadReport),
  interventions: z.array(InterventionVerdict),
  edits: z.object({ gain: z.number(), pictureError: z.number(), environmentError: z.number() }).optional(),
  warnings: z.array(z.string()),
  /** Where the caller named an estimator and left λ′ or k open: the table they were chosen from. */
  search: SelectionReport.optional(),
});
export type FitReport = z.infer<typeof FitReport>;
