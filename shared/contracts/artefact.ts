// Headers of the two files this project stores: `.icm` (a fitted projection) and `.stats` (what a fit is solved from).
// The bytes around them are shared/codec's business.

import { z } from 'zod';
import { FirstArtefactHeader } from './artefact-first.ts';
import { Label, ModelReference, Seed, Sha256, Timestamp } from './common.ts';
import { EstimatorName, Head } from './fit.ts';
import { FitReport, ModeChoice, ModeName } from './fit-report.ts';
import { InterventionsPerPicture, PictureIntervention, Template } from './intervention.ts';
import { maxLabels, maxLeftOutPictures } from './limits.ts';

/** A named array after the header: little-endian, row-major, aligned to 8 bytes, in the order listed. */
export const BlockInfo = z.object({
  name: z.string().regex(/^[a-z0-9./-]{1,80}$/i),
  type: z.enum(['float64', 'float32', 'float16', 'int32', 'uint8']),
  shape: z.array(z.int().min(0)).min(1).max(3),
});
export type BlockInfo = z.infer<typeof BlockInfo>;

/** Of one projection; a row of the database holds them all. */
const maxEmbeddingDimension = 8192;

const Blocks = z.array(BlockInfo).max(4096);

const BlockNumber = z.int().min(0).max(4095);

/**
 * A head in one mode. With x^ = normalise(P x - P mean), its logits are linear in x^: logitScale * prototypes x^ for
 * zero-shot, weights (featureScale * x^) + bias for `probe` and `wise`. `mean` is that of the environment's profile
 * (profiled) or of the sources (unprofiled) where the mode is centred, else nothing. Numbers name blocks, so that modes that
 * share one store it once: `projection/n` [k, d], `prototypes/n` [c, k] (unit rows), `weights/n` [c, k], `bias/n` [c].
 */
export const ModeInfo = z.object({
  choice: ModeChoice,
  centred: z.boolean(),
  estimator: EstimatorName,
  lambda: z.number().optional(),
  dimension: z.int().min(1).max(maxEmbeddingDimension),
  alpha: z.number().min(0).max(1).optional(),
  /** Multiplies the cosines; temperature fitted on sources is kept apart in `temperature`. */
  logitScale: z.number().min(1e-3).max(1e4),
  /** Divides the logits before the softmax; fitted on left-out sources, 1 where it could not be. */
  temperature: z.number().min(1e-3).max(1e3),
  /** `probe` and `wise`: x^ is multiplied by this before the weights (scikit-learn's C assumes CLIP's own norm). */
  featureScale: z.number().min(1e-3).max(1e4).optional(),
  /** Absent: P is the identity. */
  projection: BlockNumber.optional(),
  prototypes: BlockNumber,
  weights: BlockNumber.optional(),
  bias: BlockNumber.optional(),
});
export type ModeInfo = z.infer<typeof ModeInfo>;

export const HeadInfo = z.object({ head: Head, unprofiled: ModeInfo, profiled: ModeInfo.optional() });
export type HeadInfo = z.infer<typeof HeadInfo>;

/**
 * The pictures left out in turn (shared/math/fit/left-out-record.ts): how many of each source, and which heads and modes have
 * `left-out/hits/n` [n]. Beside these `left-out/tags` [n, 2] and `left-out/classes` [n]. Not in files from before it was kept.
 */
export const LeftOutInfo = z.object({
  sources: z
    .array(z.object({ name: Label, pictures: z.int().min(0) }))
    .max(maxLabels)
    .refine(
      (sources) => sources.reduce((sum, { pictures }) => sum + pictures, 0) <= maxLeftOutPictures,
      `at most ${maxLeftOutPictures} pictures`,
    ),
  hits: z.array(z.object({ head: Head, mode: ModeName, block: BlockNumber })).max(6),
});
export type LeftOutInfo = z.infer<typeof LeftOutInfo>;

/**
 * Other blocks: `source/means` [e, d], each source's class-balanced mean; `source/mean` [d], the mean of these; for drift,
 * `variance/n` [e, d], the variance of each source's pictures along the rows of `projection/n`, then along an orthonormal
 * basis of the rest, and `variance/identity` [e, d] where a mode projects nothing away.
 */
export const SecondArtefactHeader = z.object({
  format: z.literal('icm/2'),
  model: ModelReference,
  /** SHA-256 over the header without `contentHash` and `createdAt` (keys sorted) and over all blocks. */
  contentHash: Sha256,
  createdAt: Timestamp,
  /** d, the length of an embedding. */
  embeddingDimension: z.int().min(1).max(maxEmbeddingDimension),
  labels: z.array(Label).min(1).max(maxLabels),
  templates: z.array(Template).max(100),
  heads: z.array(HeadInfo).min(1).max(3),
  report: FitReport,
  leftOut: LeftOutInfo.optional(),
  /** Generalised eigenvalues ρ of C v = ρ (S + γI) v, descending; what the spectrum plot shows. */
  spectrum: z.array(z.number()).max(maxEmbeddingDimension),
  /** What it was fitted from; counts only, nothing of the tenant. */
  source: z.object({
    pictures: z.int().min(0),
    failed: z.int().min(0),
    /** `trace`: tr C_w, the summed variance of its pictures. */
    environments: z
      .array(z.object({ name: Label, pictures: z.int().min(0), trace: z.number().min(0) }))
      .max(maxLabels),
    statisticsHash: Sha256,
    seed: Seed,
  }),
  blocks: Blocks,
});
export type SecondArtefactHeader = z.infer<typeof SecondArtefactHeader>;

export const ArtefactHeader = z.discriminatedUnion('format', [FirstArtefactHeader, SecondArtefactHeader]);
export type ArtefactHeader = z.infer<typeof ArtefactHeader>;

export const PictureFailure = z.object({
  sha256: Sha256,
  code: z.enum(['unreadable-picture', 'picture-too-large']),
  detail: z.string(),
});
export type PictureFailure = z.infer<typeof PictureFailure>;
export type PictureFailureCode = PictureFailure['code'];

/**
 * Blocks of a `.stats` file: for environment e, `env/e/sum` [d], `env/e/second` [d(d+1)/2], `env/e/class-sums` [c, d],
 * `env/e/pairs/i` [d(d+1)/2]; for the samples, `sample/e/embeddings` [m, d] float16, `sample/e/classes` [m] int32,
 * `sample/e/hashes` [m, 32] uint8, and `pairs/e/embeddings` [p, i, d] float16 with `pairs/e/rows` [p] (rows of the sample)
 * and `pairs/e/present` [p, i] uint8.
 */
export const StatisticsHeader = z.object({
  format: z.literal('stats/1'),
  model: ModelReference,
  embeddingDimension: z.int().min(1),
  classes: z.array(Label),
  interventions: z.array(PictureIntervention),
  interventionsPerPicture: InterventionsPerPicture,
  seed: Seed,
  /** Embeddings kept per environment for selection and the probe: those of smallest content hash. */
  sampleLimit: z.int().min(0),
  /** Of these, how many keep their intervened embeddings too. */
  pairSampleLimit: z.int().min(0),
  environments: z.array(
    z.object({
      name: Label,
      count: z.int().min(0),
      classCounts: z.array(z.int().min(0)),
      pairCounts: z.array(z.int().min(0)),
      noOpCounts: z.array(z.int().min(0)),
    }),
  ),
  failures: z.array(PictureFailure),
  blocks: Blocks,
});
export type StatisticsHeader = z.infer<typeof StatisticsHeader>;
