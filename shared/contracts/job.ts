// /v1/jobs: work that outlives a request.

import { z } from 'zod';
import { pageOf, Timestamp } from './common.ts';
import { ReleaseWish } from './release.ts';

export const JobKind = z.enum(['fit', 'refit', 'extend', 'evaluation', 'import', 'profile', 'batch']);
export type JobKind = z.infer<typeof JobKind>;

export const JobStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type JobStatus = z.infer<typeof JobStatus>;

export const JobStage = z.enum([
  'plan',
  'encode',
  'merge',
  'solve',
  'publish',
  'fetch',
  'evaluate',
  'classify',
  'done',
]);
export type JobStage = z.infer<typeof JobStage>;

export const Job = z.object({
  id: z.string(),
  kind: JobKind,
  status: JobStatus,
  stage: JobStage,
  progress: z.object({
    done: z.int(),
    total: z.int(),
    failed: z.int(),
    /** Pictures a second since encoding began, and what is left at that rate. */
    ratePerSecond: z.number().optional(),
    secondsLeft: z.number().optional(),
  }),
  /** What it makes or adds to: a projection, an evaluation, a batch, a dataset; an environment by its name. */
  subjectId: z.string().optional(),
  /** Of a fit, refit or extension: whether its version may answer for its name. */
  release: ReleaseWish.optional(),
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
  /** The first of what could not be done: pictures by SHA-256, addresses. Only where one job is asked for. */
  failures: z.array(z.object({ subject: z.string(), code: z.string(), detail: z.string() })).optional(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  finishedAt: Timestamp.optional(),
});
export type Job = z.infer<typeof Job>;
export const JobPage = pageOf(Job);

/** `PATCH /v1/jobs/{job}`: while it is at work. */
export const JobUpdate = z.strictObject({ release: ReleaseWish });
export type JobUpdate = z.infer<typeof JobUpdate>;
