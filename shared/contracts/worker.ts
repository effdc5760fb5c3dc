// The edge <-> worker API. Every POST is signed (shared/signing.ts). Bodies that carry pictures or files are frames
// (shared/codec/frames.ts): a JSON frame first, then one frame of bytes per listed item. The signature covers the first
// frame; the frame lists the SHA-256 of the rest, which the worker checks as they arrive, so a shard can be streamed
// from storage without being held.
//
//   POST /v1/encode/images   frames: EncodeImagesHead, pictures        -> `encoded` file (EncodedHeader)
//   POST /v1/encode/texts    JSON:   EncodeTexts                       -> `encoded` file (EncodedHeader)
//   POST /v1/models          JSON:   WorkerModelsRequest               -> WorkerModels
//   POST /v1/statistics      frames: StatisticsHead, pictures          -> `.stats` file
//   POST /v1/statistics/embeddings  frames: EmbeddedStatisticsHead, float32 rows -> `.stats` file
//   POST /v1/merge           frames: MergeHead, `.stats` files         -> `.stats` file
//   POST /v1/solve           frames: SolveHead, one `.stats` file      -> `.icm` file
//   POST /v1/fetch           JSON:   FetchRequest                      -> the bytes at that address (octet-stream)
//   POST /v1/post            JSON:   PostRequest                       -> PostAnswer
//   GET  /healthz, /readyz, /metrics                                   unsigned
//   GET  /tasks/<name>       while a request with that name runs       -> TaskProgress, unsigned: the name is random
//
// Errors are problem documents with the codes of shared/app-error.ts; a full queue is 429 with Retry-After.

import { z } from 'zod';
import { BlockInfo, PictureFailure } from './artefact.ts';
import { Label, ModelName, ModelReference, Sha256, Timestamp } from './common.ts';
import { EncodeOptions, SolveOptions } from './fit.ts';
import { PictureIntervention } from './intervention.ts';
import { maxTextBytes } from './limits.ts';
import { ModelFacts, Scoring, softmaxScoring } from './model.ts';
import { TokenIds } from './token-ids.ts';

export const framesContentType = 'application/vnd.clip-icm.frames';
export const statsContentType = 'application/vnd.clip-icm.stats';
export const icmContentType = 'application/vnd.clip-icm.icm';
export const encodedContentType = 'application/vnd.clip-icm.encoded';

/** A worker's defaults, for what is charged where its answer was lost. */
export const maxPicturePixels = 2 ** 26;
/** Decoded for one request of a waiting caller, all its pictures together. */
export const maxRequestPixels = 2 ** 28;

/** What a request came to, on the answer: decoded pixels, encoded texts; absent where there were none. */
export const workHeaders = { pixels: 'x-icm-pixels', texts: 'x-icm-texts' } as const;

/** Header that gives a request a name to ask after it by: 32 hexadecimal digits, drawn anew for each. */
export const taskHeader = 'x-icm-task';
export const taskPattern = /^[0-9a-f]{32}$/;

/** Pictures of the request that are done, those that could not be encoded among them. */
export const TaskProgress = z.object({ pictures: z.int().min(0) });
export type TaskProgress = z.infer<typeof TaskProgress>;

/** Work for a waiting caller, or part of a fit that can wait. Header `x-icm-lane`; default `interactive`. */
export const Lane = z.enum(['interactive', 'bulk']);
export type Lane = z.infer<typeof Lane>;

const FrameItem = z.object({ sha256: Sha256, byteLength: z.int().min(1) });

export const EncodeImagesHead = z.object({
  model: ModelName,
  items: z.array(FrameItem).min(1).max(1024),
  /** Encode each picture after this intervention instead of as it is. */
  intervention: PictureIntervention.optional(),
  seed: z.int().min(0).default(0),
});
export type EncodeImagesHead = z.infer<typeof EncodeImagesHead>;

export const EncodeTexts = z.object({
  model: ModelName,
  /** A text, or the ids of its tokens by the model's own tokenizer, without those of start and end or with them. */
  texts: z
    .array(z.union([z.string().min(1).max(maxTextBytes), TokenIds]))
    .min(1)
    .max(10_000),
});
export type EncodeTexts = z.infer<typeof EncodeTexts>;

/** Header of an `encoded` file; its one block `embeddings` is [n, d] float32, unit rows; failed items have a row of zeros. */
export const EncodedHeader = z.object({
  format: z.literal('encoded/1'),
  model: ModelReference,
  embeddingDimension: z.int().min(1),
  logitScale: z.number().positive(),
  /** Absent from workers of before. */
  scoring: Scoring.default(softmaxScoring),
  failures: z.array(z.object({ index: z.int().min(0), code: PictureFailure.shape.code, detail: z.string() })),
  /** Texts: tokens of all texts. Pictures: 0. */
  tokens: z.int().min(0),
  /** Indices of texts that had more tokens than the model's context, and lost their last words. */
  truncated: z.array(z.int().min(0)).default([]),
  blocks: z.array(BlockInfo),
});
export type EncodedHeader = z.infer<typeof EncodedHeader>;

export const StatisticsHead = z.object({
  model: ModelName,
  classes: z.array(Label).max(10_000),
  environments: z.array(Label).min(1).max(1000),
  encode: EncodeOptions,
  sampleLimit: z.int().min(0).max(100_000).default(2000),
  pairSampleLimit: z.int().min(0).max(10_000).default(500),
  items: z
    .array(
      FrameItem.extend({
        environment: z.int().min(0),
        /** Index into `classes`; -1 for a picture without a class. */
        class: z.int().min(-1),
      }),
    )
    .min(1)
    .max(4096),
});
export type StatisticsHead = z.infer<typeof StatisticsHead>;

/** Embeddings that are there already, one frame of float32 rows [n, d]; no picture is encoded, so there are no pairs. */
export const EmbeddedStatisticsHead = z.object({
  model: ModelReference,
  embeddingDimension: z.int().min(1).max(8192),
  classes: z.array(Label).min(1).max(10_000),
  environments: z.array(Label).min(1).max(1000),
  encode: EncodeOptions,
  sampleLimit: StatisticsHead.shape.sampleLimit,
  pairSampleLimit: StatisticsHead.shape.pairSampleLimit,
  rows: z
    .array(z.object({ sha256: Sha256, environment: z.int().min(0), class: z.int().min(0) }))
    .min(1)
    .max(10_000),
  items: z.array(FrameItem).length(1),
});
export type EmbeddedStatisticsHead = z.infer<typeof EmbeddedStatisticsHead>;

/**
 * Model, interventions, seed and limits must agree. Classes and environments are united by name, and stand sorted by code
 * unit in the result, so that shards of different datasets merge, in any order, to the same file.
 */
export const MergeHead = z.object({
  items: z.array(FrameItem).min(1).max(64),
  /** Items from this index on are taken away instead of added (a dataset leaving a fit). */
  subtractFrom: z.int().min(1).optional(),
});
export type MergeHead = z.infer<typeof MergeHead>;

export const SolveHead = z.object({
  model: ModelName,
  solve: SolveOptions,
  /** Stands in the artefact; given by the caller so that the worker needs no clock. */
  createdAt: Timestamp,
  items: z.array(FrameItem).length(1),
});
export type SolveHead = z.infer<typeof SolveHead>;

/** Fetch for a tenant. Unfetchable: a refused address, a bad status, or too slow. */
export const FetchRequest = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2048),
  maxBytes: z.int().min(1),
});
export type FetchRequest = z.infer<typeof FetchRequest>;

/** Most bytes of an event's body. */
const maxPostedBytes = 64 * 1024;
/** Of an answer to it, as characters; the rest is not read. */
export const maxAnswerText = 256;

/** Post an event for a tenant, as JSON. No redirect is followed. */
export const PostRequest = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2048),
  headers: z.record(z.enum(['webhook-id', 'webhook-timestamp', 'webhook-signature']), z.string().max(1024)),
  body: z.string().max(maxPostedBytes),
});
export type PostRequest = z.infer<typeof PostRequest>;

/** `body`: how what it answered begins; empty where it took the event. */
export const PostAnswer = z.object({ status: z.int().min(100).max(599), body: z.string() });
export type PostAnswer = z.infer<typeof PostAnswer>;

export const ReadyReport = z.object({
  ready: z.boolean(),
  draining: z.boolean(),
  executionProvider: z.enum(['cpu', 'cuda']),
  /** Requests of each lane that this worker likes to have in flight at once. */
  concurrency: z.object({ interactive: z.int().min(1), bulk: z.int().min(1) }),
  queue: z.object({ depth: z.int().min(0), limit: z.int().min(1) }),
  /** Those that are loaded. */
  models: z.array(ModelFacts),
});
export type ReadyReport = z.infer<typeof ReadyReport>;
