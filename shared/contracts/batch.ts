// /v1/classifications/batch: every picture of a dataset, or of a list, classified by a job; rows to download, and a summary.

import { z } from 'zod';
import { classificationOptions, Prediction } from './classification.ts';
import { Label, pageOf, Sha256, Timestamp } from './common.ts';
import { Head } from './fit.ts';
import { Job } from './job.ts';
import { maxBatchListed, maxBatchTopK } from './limits.ts';
import { ItemError } from './problem.ts';

/** Which pictures: of a dataset all, those of an environment or class, or those named. */
export const BatchSource = z.strictObject({
  /** Name or id. */
  dataset: z.string().min(1).max(80),
  environment: Label.optional(),
  class: Label.optional(),
  /** Ids of items of the dataset; the order does not matter. */
  items: z.array(z.string().min(1).max(80)).min(1).max(maxBatchListed).optional(),
});
export type BatchSource = z.infer<typeof BatchSource>;

/**
 * `by-item`: each picture's own environment names the profile: the tenant's profile of that name, else the projection's source
 * of that name; pictures whose environment has neither are answered without one.
 */
export const BatchEnvironments = z.literal('by-item');

export const BatchRequest = z
  .strictObject({
    from: BatchSource,
    ...classificationOptions,
    topK: z.int().min(1).max(maxBatchTopK).default(5),
    environments: BatchEnvironments.optional(),
  })
  .refine(({ environment, environments }) => environment === undefined || environments === undefined, {
    message: 'either `environment` or `environments`',
    path: ['environments'],
  });
export type BatchRequest = z.infer<typeof BatchRequest>;

/** How a batch is answered, as it was asked for; a projection by its id, so that a later version changes nothing. */
export const BatchOptions = z.object({
  ...classificationOptions,
  environments: BatchEnvironments.optional(),
});
export type BatchOptions = z.infer<typeof BatchOptions>;

const Right = {
  /** Answered, with a class that is among the labels, and not abstained. */
  known: z.int(),
  right: z.int(),
  /** `right` of `known`; absent where none is known. */
  accuracy: z.number().optional(),
};

const Counts = {
  items: z.int(),
  /** Answers below `abstainBelow`. */
  abstained: z.int(),
  /** Pictures that have an error in place of an answer. */
  failed: z.int(),
  /** Mean of the best label's probability over all answers; absent without any. */
  meanConfidence: z.number().optional(),
  ...Right,
};

export const BatchSummary = z.object({
  model: z.string(),
  head: Head,
  ...Counts,
  /** Answers by label, abstained ones apart; most first. */
  labels: z.array(z.object({ label: z.string(), items: z.int() })),
  /** Why pictures failed. */
  failures: z.array(z.object({ code: z.string(), items: z.int() })),
  environments: z.array(z.object({ name: Label, ...Counts })),
  /** Pictures of each class by the label they got; no label: abstained. Only classes that are among the labels. */
  confusion: z.array(z.object({ class: Label, label: z.string().optional(), items: z.int() })),
  /** Pictures in cells of the table beyond those listed, which are the largest. */
  confusionOmitted: z.int(),
});
export type BatchSummary = z.infer<typeof BatchSummary>;

export const Batch = z.object({
  id: z.string(),
  jobId: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  dataset: z.object({ id: z.string(), name: z.string() }),
  /** Only these pictures of the dataset. */
  environment: Label.optional(),
  class: Label.optional(),
  listed: z.int().optional(),
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }).optional(),
  /** `projection` as it was asked for stands above. */
  options: BatchOptions,
  items: z.int(),
  summary: BatchSummary.optional(),
  createdAt: Timestamp,
  /** When it is deleted, with its rows. */
  expiresAt: Timestamp,
});
export type Batch = z.infer<typeof Batch>;
export const BatchPage = pageOf(Batch);

export const BatchAccepted = z.object({ job: Job, batch: Batch });
export type BatchAccepted = z.infer<typeof BatchAccepted>;

export const BatchFormat = z.enum(['jsonl', 'csv']);
export type BatchFormat = z.infer<typeof BatchFormat>;

export const BatchResultsQuery = z.strictObject({ format: BatchFormat.default('jsonl') });

const Item = {
  id: z.string(),
  filename: z.string().optional(),
  sha256: Sha256,
  environment: Label,
  /** As it is known of the item. */
  class: Label.optional(),
};

/** A line of the results. */
export const BatchRow = z.union([
  z.object({
    ...Item,
    /** The best label, also where abstained. */
    label: z.string(),
    probability: z.number(),
    abstained: z.boolean(),
    predictions: z.array(Prediction),
    /** The profile that the picture was answered with; absent: none. */
    profile: z.string().optional(),
    /** `none`: without a profile; `unused`: the head answers best without any. */
    mode: z.enum(['profiled', 'unused', 'none']),
    skewed: z.boolean(),
  }),
  z.object({ ...Item, error: ItemError }),
]);
export type BatchRow = z.infer<typeof BatchRow>;

/** The last line of results as JSON Lines. */
export const BatchTrailer = z.object({
  end: z.object({
    /** Whether these are the rows of all items. */
    whole: z.boolean(),
    rows: z.int(),
    items: z.int(),
    status: Batch.shape.status,
  }),
});
export type BatchTrailer = z.infer<typeof BatchTrailer>;

export const BatchLinkRequest = z.strictObject({
  format: BatchFormat.default('csv'),
  /** Default a day; at most seven. */
  expiresInSeconds: z
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(86_400),
});
export type BatchLinkRequest = z.infer<typeof BatchLinkRequest>;

export const BatchLink = z.object({
  /** Below the service's own address. Whoever has it may download until it expires, without a key. */
  path: z.string(),
  expiresAt: Timestamp,
});
export type BatchLink = z.infer<typeof BatchLink>;
