// /v1/corrections: the right label of what was answered, kept with its embedding, for the next fit of the name.

import { z } from 'zod';
import { ClassificationInput, ProjectionSelector } from './classification.ts';
import { Label, pageOf, ResourceName, Sha256, Timestamp } from './common.ts';
import { maxInputs } from './limits.ts';

export const CorrectionRequest = z.strictObject({
  /** Whose answer it was: a name, `name@version` or an id. Kept for the name. */
  projection: ProjectionSelector,
  corrections: z
    .array(
      z.strictObject({
        /** As in a classification; a picture that was classified is named by its `sha256`. */
        input: ClassificationInput,
        /** The right one, of the projection's labels. The one that was answered confirms it. */
        label: Label,
        /** Where the picture comes from. */
        environment: Label,
        /** What was answered, to count how often it was right. */
        answered: Label.optional(),
      }),
    )
    .min(1)
    .max(maxInputs),
});
export type CorrectionRequest = z.infer<typeof CorrectionRequest>;

export const Correction = z.object({
  id: z.string(),
  projection: ResourceName,
  sha256: Sha256,
  environment: Label,
  label: Label,
  answered: Label.optional(),
  createdAt: Timestamp,
});
export type Correction = z.infer<typeof Correction>;
export const CorrectionPage = pageOf(Correction);

/** The same picture again takes the place of what was said of it before. */
export const CorrectionsMade = z.object({
  items: z.array(Correction),
  /** Inputs that could not be used; the others count. */
  failures: z.array(z.object({ index: z.int(), code: z.string(), detail: z.string() })),
});
export type CorrectionsMade = z.infer<typeof CorrectionsMade>;

/**
 * How a version does on the corrections that it took in. What is in a fit is not held out from it, so `after` is what was
 * answered when the picture's whole environment was left out of the fit; `before` is the version that was refitted, by the same
 * pictures: its own answers, or, where it had taken corrections in itself, its left-out ones too. Class-balanced nowhere: shares.
 */
export const CorrectionsReport = z.object({
  /** Corrections in the fit. */
  taken: z.int().min(0),
  /** Left out: made with another model. */
  ofOtherModel: z.int().min(0),
  environments: z.array(
    z.object({
      environment: Label,
      pictures: z.int().min(0),
      /** Of these, how many have both figures. */
      compared: z.int().min(0),
      before: z.number().min(0).max(1).optional(),
      after: z.number().min(0).max(1).optional(),
    }),
  ),
  /** How `before` was had. */
  beforeFrom: z.enum(['own-answers', 'left-out']),
});
export type CorrectionsReport = z.infer<typeof CorrectionsReport>;
