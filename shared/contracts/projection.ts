// /v1/projections: fitted projections, their versions and what they were fitted from.

import { z } from 'zod';
import { Label, ModelName, ModelReference, pageOf, ResourceName, Timestamp } from './common.ts';
import { CorrectionsReport } from './correction.ts';
import { EncodeOptions, EstimatorName, Head, SelectionReport, SolveOptions } from './fit.ts';
import { Estimate, FitReport, ModeChoice } from './fit-report.ts';
import { Template } from './intervention.ts';
import { Job } from './job.ts';
import { ReleaseState, ReleaseWish } from './release.ts';

const DatasetSelector = z.string().min(1).max(80);

/** `POST /v1/projections`: fit; 202 with the job to poll and the projection to come. */
export const FitRequest = z.strictObject({
  name: ResourceName,
  /** Names or ids. */
  datasets: z.array(DatasetSelector).min(1).max(100),
  model: ModelName.optional(),
  ...EncodeOptions.shape,
  ...SolveOptions.shape,
  /** Share of the pictures that may fail to decode before the fit fails. */
  maxFailedShare: z.number().min(0).max(1).default(0.05),
  release: ReleaseWish.default('auto'),
});
export type FitRequest = z.infer<typeof FitRequest>;

/** `POST /v1/projections/{projection}/refits`: solve again from the stored statistics. */
/** Take in what was corrected under the answers of the name (`/v1/corrections`); else what an earlier version took in stays. */
const withCorrections = z.boolean().default(false);

export const RefitRequest = z.strictObject({
  ...SolveOptions.shape,
  corrections: withCorrections,
  release: ReleaseWish.default('auto'),
});
export type RefitRequest = z.infer<typeof RefitRequest>;

/** `POST /v1/projections/{projection}/extensions`: add and remove datasets; only new pictures are encoded. */
export const ExtendRequest = z
  .strictObject({
    add: z.array(DatasetSelector).max(100).default([]),
    remove: z.array(DatasetSelector).max(100).default([]),
    corrections: withCorrections,
    release: ReleaseWish.default('auto'),
  })
  .refine(
    ({ add, remove, corrections }) => add.length + remove.length > 0 || corrections,
    'names at least one dataset, or takes in corrections',
  );
export type ExtendRequest = z.infer<typeof ExtendRequest>;

const ProjectionStatus = z.enum(['fitting', 'ready', 'failed', 'cancelled']);

/** What a head answers with in one mode, and its estimate on sources left out where there is one. */
export const ProjectionMode = z.object({
  choice: ModeChoice,
  estimator: EstimatorName,
  lambda: z.number().optional(),
  dimension: z.int(),
  centred: z.boolean(),
  estimate: Estimate.omit({ sources: true }).optional(),
});
export type ProjectionMode = z.infer<typeof ProjectionMode>;

export const Projection = z.object({
  id: z.string(),
  name: ResourceName,
  version: z.int().min(1),
  /** Whether the name alone (without @version) means this version. */
  current: z.boolean(),
  status: ProjectionStatus,
  model: ModelReference.optional(),
  jobId: z.string().optional(),
  /** As they were called then; `deleted` where the dataset is no more. */
  datasets: z.array(z.object({ id: z.string(), name: z.string(), deleted: z.boolean().optional() })),
  labels: z.array(Label).optional(),
  heads: z
    .array(
      z.object({
        head: Head,
        estimator: EstimatorName,
        lambda: z.number().optional(),
        dimension: z.int(),
        alpha: z.number().optional(),
        /** What labels were put into for the prototypes; to ask plain CLIP the same. */
        templates: z.array(Template).optional(),
        /** Left-out accuracy of plain CLIP and of what was chosen, macro average over environments. */
        leftOut: z.object({ clip: z.number(), projection: z.number(), standardError: z.number() }).optional(),
        /** Without a profile, which is also what stands above, and with one; absent for artefacts of the first format. */
        modes: z.object({ unprofiled: ProjectionMode, profiled: ProjectionMode.optional() }).optional(),
      }),
    )
    .optional(),
  /** What it was solved by, as asked for: a refit starts from it. Not in lists, and not of an uploaded one. */
  asked: SolveOptions.optional(),
  /** How it does on the corrections that it took in, before and after. */
  corrections: CorrectionsReport.optional(),
  /** Once it is ready: whether its name means it, and why or why not. */
  release: ReleaseState.optional(),
  contentHash: z.string().optional(),
  bytes: z.int().optional(),
  createdAt: Timestamp,
});
export type Projection = z.infer<typeof Projection>;
export const ProjectionPage = pageOf(Projection);

export const FitAccepted = z.object({ job: Job, projection: Projection });
export type FitAccepted = z.infer<typeof FitAccepted>;

/** `GET /v1/projections/{projection}/selection`: the fit's report; of an artefact of the first format, its table. */
export const SelectionResponse = z.union([FitReport, SelectionReport]);
export type SelectionResponse = z.infer<typeof SelectionResponse>;

/** `GET /v1/projections/{projection}/spectrum`: generalised eigenvalues, descending. */
export const SpectrumResponse = z.object({ spectrum: z.array(z.number()) });

/** `PUT /v1/aliases/{name}`: which version the bare name means. */
export const AliasRequest = z.strictObject({ version: z.int().min(1) });

/** `GET /v1/projections/{projection}/artefact`. Of a head in a mode only `onnx` speaks; default the first that was fitted. */
export const ArtefactQuery = z.strictObject({
  format: z.enum(['icm', 'safetensors', 'onnx']).default('icm'),
  head: Head.optional(),
  mode: z.enum(['unprofiled', 'profiled']).default('unprofiled'),
});
export type ArtefactQuery = z.infer<typeof ArtefactQuery>;
