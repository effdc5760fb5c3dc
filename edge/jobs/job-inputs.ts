// What each kind of job is told when it is made; stored as JSON in its row and parsed when a run begins.

import { z } from 'zod';
import { BatchOptions } from '#shared/contracts/batch.ts';
import { ImportRequest } from '#shared/contracts/dataset.ts';
import { EncodeOptions, Head, SolveOptions } from '#shared/contracts/fit.ts';
import { Part } from '../stores/projection-record.ts';

/** Beside what its kind needs, every job keeps the trace that it was asked for in. */
export const JobTrace = z.object({ traceparent: z.string().optional() });
export type JobTrace = z.infer<typeof JobTrace>;

/** Those items of a dataset that are to be encoded: what came after `fromSeq`, up to what was there when it was asked for. */
export const SliceInput = z.object({ datasetId: z.string(), fromSeq: z.int(), throughSeq: z.int() });
export type SliceInput = z.infer<typeof SliceInput>;

/** Of fits, refits and extensions alike: statistics that are there already, and slices to be encoded. */
export const FitInput = z.object({
  projectionId: z.string(),
  model: z.string(),
  encode: EncodeOptions,
  solve: SolveOptions,
  maxFailedShare: z.number(),
  parts: z.array(Part),
  slices: z.array(SliceInput),
  /** Whose corrections are taken in: a projection's name, and the version that is made anew. */
  corrections: z.object({ name: z.string(), base: z.string() }).optional(),
  /** Stands in the artefact, so that a run repeated later gives the same bytes. */
  createdAt: z.string(),
});
export type FitInput = z.infer<typeof FitInput>;

export const EvaluationInput = z.object({
  evaluationId: z.string(),
  projectionId: z.string(),
  head: Head.optional(),
  environment: z.string().optional(),
  /** The state of its profile that every shard is answered with. */
  environmentRevision: z.int().optional(),
  slices: z.array(SliceInput),
});
export type EvaluationInput = z.infer<typeof EvaluationInput>;

export const ImportInput = z.object({
  datasetId: z.string(),
  maxStoredBytes: z.number(),
  items: ImportRequest.shape.items,
});
export type ImportInput = z.infer<typeof ImportInput>;

/** All pictures of one environment of a dataset, for the profile of that name. */
export const ProfileInput = z.object({
  name: z.string(),
  /** Of a profile that is there; it must be the same one when the job ends. Absent: the job makes it. */
  environmentId: z.string().optional(),
  model: z.string(),
  slice: SliceInput,
  datasetEnvironment: z.string(),
});
export type ProfileInput = z.infer<typeof ProfileInput>;

/** `options.projection` is an id: a later version changes nothing. */
export const BatchInput = z.object({
  batchId: z.string(),
  /** About how many pictures. */
  items: z.int(),
  options: BatchOptions,
  slice: SliceInput.extend({
    environment: z.string().optional(),
    class: z.string().optional(),
    ids: z.array(z.string()).optional(),
  }),
});
export type BatchInput = z.infer<typeof BatchInput>;
