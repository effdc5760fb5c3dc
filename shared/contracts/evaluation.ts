// /v1/evaluations: a projection against plain CLIP on labelled datasets, as a job.

import { z } from 'zod';
import { EnvironmentSelector, ProjectionSelector } from './classification.ts';
import { Label, pageOf, Sha256, Timestamp } from './common.ts';
import { Head } from './fit.ts';
import { Job } from './job.ts';

export const EvaluationRequest = z.strictObject({
  projection: ProjectionSelector,
  /** Names or ids. Pictures without a class, or of a class the projection has no label for, are counted and left out. */
  datasets: z.array(z.string().min(1).max(80)).min(1).max(100),
  head: Head.optional(),
  /** Whose profile's mean is taken out of every picture; the datasets should then be of that environment, and not in it. */
  environment: EnvironmentSelector.optional(),
});
export type EvaluationRequest = z.infer<typeof EvaluationRequest>;

export const EvaluationScores = z.object({
  accuracy: z.number().min(0).max(1),
  /** Expected calibration error over 15 bins of equal width. */
  calibrationError: z.number().min(0).max(1),
});
export type EvaluationScores = z.infer<typeof EvaluationScores>;

/** Plain CLIP with the projection's labels and templates, beside the projection. */
const Compared = z.object({ clip: EvaluationScores, projection: EvaluationScores });

/** The projection's accuracy less plain CLIP's. The error is over pictures, the same ones on both sides. */
const Difference = z.object({ accuracy: z.number(), standardError: z.number() });
export type EvaluationDifference = z.infer<typeof Difference>;

const Answer = z.object({ label: z.string(), probability: z.number() });

export const EvaluatedPicture = z.object({
  itemId: z.string(),
  sha256: Sha256,
  environment: Label,
  class: Label,
  clip: Answer,
  projection: Answer,
});
export type EvaluatedPicture = z.infer<typeof EvaluatedPicture>;

export const EvaluationReport = z.object({
  model: z.string(),
  head: Head,
  pictures: z.int(),
  /** Left out, by reason. */
  skipped: z.object({ withoutClass: z.int(), otherClass: z.int(), unreadable: z.int() }),
  /** Reports of before have no `difference`. */
  environments: z.array(
    Compared.extend({ name: Label, pictures: z.int(), difference: Difference.optional() }),
  ),
  /** The mean over environments, each weighing the same. */
  macro: Compared.extend({ difference: Difference.optional() }),
  /** How many answers differ, and how many of these turned right or wrong. */
  flips: z.object({ changed: z.int(), corrected: z.int(), broken: z.int() }),
  classes: z.array(
    z.object({ name: Label, pictures: z.int(), clipRecall: z.number(), projectionRecall: z.number() }),
  ),
  /** By how much the probability of the right class rose, or fell. */
  mostCorrected: z.array(EvaluatedPicture),
  mostBroken: z.array(EvaluatedPicture),
});
export type EvaluationReport = z.infer<typeof EvaluationReport>;

export const Evaluation = z.object({
  id: z.string(),
  jobId: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }),
  environment: z.string().optional(),
  datasets: z.array(z.object({ id: z.string(), name: z.string() })),
  report: EvaluationReport.optional(),
  createdAt: Timestamp,
});
export type Evaluation = z.infer<typeof Evaluation>;
export const EvaluationPage = pageOf(Evaluation);

export const EvaluationAccepted = z.object({ job: Job, evaluation: Evaluation });
export type EvaluationAccepted = z.infer<typeof EvaluationAccepted>;
