// What a fit is asked for, and the table of everything it tried.

import { z } from 'zod';
import { distinctLabels, Seed } from './common.ts';
import {
  defaultPictureInterventions,
  InterventionsPerPicture,
  PictureInterventionChoice,
  Template,
  TextIntervention,
} from './intervention.ts';
import { maxLabelBytes, maxLabels } from './limits.ts';
import { defaultTemplate, estimators, heads } from './names.ts';

export const EstimatorName = z.enum(estimators);
export type EstimatorName = z.infer<typeof EstimatorName>;

export const Head = z.enum(heads);
export type Head = z.infer<typeof Head>;

/** What the solver is told. Everything here can change in a refit, with no picture encoded again. */
export const SolveOptions = z.object({
  estimator: z.union([z.literal('auto'), EstimatorName]).default('auto'),
  /** The relative λ′: the penalty is λ′ · tr C / tr S (`icm`) or λ′ on S normalised to trace d (`soft`). */
  lambda: z.union([z.literal('auto'), z.number().min(0).max(1e6)]).default('auto'),
  /** k, the rows of P. For `nap` the removed directions are d − k. */
  dimension: z.union([z.literal('auto'), z.int().min(1).max(4096)]).default('auto'),
  /** γ of the shrinkage S + γ·tr(S)/d·I. */
  shrinkage: z.number().min(0).max(1).default(0.01),
  /** Take the mean's outer product out of C (`icm`, `gevd`). */
  centred: z.boolean().default(false),
  /** Take each modality's mean out before projecting. */
  removeMean: z.boolean().default(false),
  heads: z.array(Head).min(1).max(3).default(['zero-shot']),
  /** Default: the classes of the datasets, in their order. */
  labels: distinctLabels(maxLabels)
    .refine(
      (labels) => new TextEncoder().encode(labels.join('')).byteLength <= maxLabelBytes,
      `at most ${maxLabelBytes} bytes together`,
    )
    .optional(),
  templates: z.array(Template).min(1).max(100).default([defaultTemplate]),
  /** Keep interventions that change plain CLIP's answer on more than half of the sources. */
  keepHarmfulInterventions: z.boolean().default(false),
  textInterventions: z.array(TextIntervention).max(8).default([]),
});
export type SolveOptions = z.infer<typeof SolveOptions>;

/** What the encoding pass is told. Changing any of it means encoding again. */
export const EncodeOptions = z.object({
  /** None saves seven eighths of the encoding of the default: what edits earn then stays unknown, means of environments do not. */
  interventions: z
    .array(PictureInterventionChoice)
    .max(16)
    .default(() => [...defaultPictureInterventions])
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'each intervention once'),
  interventionsPerPicture: InterventionsPerPicture.default('all'),
  seed: Seed.default(0),
});
export type EncodeOptions = z.infer<typeof EncodeOptions>;

/** A fit leaves out each of its environments in turn. */
const maxFolds = 10_000;
const maxRows = 10_000;

/** One candidate of the selection and how it did on the environments (or interventions) left out. */
export const SelectionRow = z.object({
  head: Head,
  estimator: EstimatorName,
  /** Relative λ′; absent where the estimator has none. */
  lambda: z.number().optional(),
  dimension: z.int(),
  centred: z.boolean(),
  /** WiSE only: 0 is the zero-shot prototypes, 1 the probe. */
  alpha: z.number().min(0).max(1).optional(),
  /** Accuracy (or, leaving interventions out, agreement) on each left-out fold, in the order of `folds`. */
  scores: z.array(z.number()).max(maxFolds),
  /** Macro average of `scores`. */
  score: z.number(),
  /**
   * Leave-one-environment-out only: accuracy on the same environments' pictures after the interventions that are used, macro
   * average. What candidates are compared by is the mean of this and `score`.
   */
  intervened: z.number().optional(),
  /** Leave-one-intervention-out only: share of the class prototypes' spread that is kept. */
  spread: z.number().optional(),
});
export type SelectionRow = z.infer<typeof SelectionRow>;

export const HeadSelection = z.object({
  head: Head,
  chosen: SelectionRow,
  identity: SelectionRow,
  /** Mean over folds of (chosen − identity) in what is compared. */
  gain: z.number(),
  /** Of `gain`, paired by picture within fold. In artefacts of the first format; a fit's report has estimates of its own. */
  standardError: z.number().optional(),
  /** Of the difference in `score` alone: accuracy on pictures as they are. */
  pictureStandardError: z.number().optional(),
  /** Why `chosen` is what it is, e.g. "gain within one standard error: identity kept". */
  reason: z.string().max(1000),
});
export type HeadSelection = z.infer<typeof HeadSelection>;

export const InterventionReport = z.object({
  name: z.string().max(200),
  pairs: z.int().min(0),
  /** Pictures the intervention left unchanged; they are not counted as pairs. */
  noOps: z.int().min(0),
  /** Share of the checked pairs on which plain CLIP's answer changes; absent without labels to answer with. */
  flipRate: z.number().min(0).max(1).optional(),
  used: z.boolean(),
});
export type InterventionReport = z.infer<typeof InterventionReport>;

export const SelectionReport = z.object({
  mode: z.enum(['fixed', 'leave-one-environment-out', 'leave-one-intervention-out']),
  /** The environments or interventions left out in turn. */
  folds: z.array(z.string().max(200)).max(maxFolds),
  heads: z.array(HeadSelection).max(3),
  rows: z.array(SelectionRow).max(maxRows),
  interventions: z.array(InterventionReport).max(64),
});
export type SelectionReport = z.infer<typeof SelectionReport>;
