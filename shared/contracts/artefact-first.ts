// The header of `.icm` artefacts of the first format, frozen: files written before environment profiles are read by it for
// good. It shares nothing with schemas that still change, so that no later limit refuses an old file. Nothing writes it.

import { z } from 'zod';

const name = z.string().min(1);
const head = z.enum(['zero-shot', 'probe', 'wise']);
const estimator = z.enum(['identity', 'icm', 'nap', 'soft', 'gevd']);
const count = z.int().min(0);

const row = z.object({
  head,
  estimator,
  lambda: z.number().optional(),
  dimension: z.int(),
  centred: z.boolean(),
  alpha: z.number().min(0).max(1).optional(),
  scores: z.array(z.number()),
  score: z.number(),
  intervened: z.number().optional(),
  spread: z.number().optional(),
});

/** One head. Blocks: `<head>/projection` [k, d], `<head>/prototypes` [c, k], `<head>/weights` [c, k], `<head>/bias` [c]. */
export const FirstHeadInfo = z.object({
  head,
  estimator,
  lambda: z.number().optional(),
  dimension: z.int().min(1),
  alpha: z.number().min(0).max(1).optional(),
  logitScale: z.number().min(1e-3).max(1e4),
  temperature: z.number().min(1e-3).max(1e3),
  featureScale: z.number().min(1e-3).max(1e4).optional(),
});
export type FirstHeadInfo = z.infer<typeof FirstHeadInfo>;

export const FirstArtefactHeader = z.object({
  format: z.literal('icm/1'),
  model: z.object({ id: name, revision: z.string().regex(/^[0-9a-f]{64}$/) }),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  embeddingDimension: z.int().min(1),
  labels: z.array(name).min(1).max(10_000),
  templates: z.array(z.string()),
  heads: z.array(FirstHeadInfo).min(1).max(3),
  /** With it, blocks `mean/image` [d] and `mean/text` [d]. */
  removeMean: z.boolean(),
  selection: z.object({
    mode: z.enum(['fixed', 'leave-one-environment-out', 'leave-one-intervention-out']),
    folds: z.array(z.string()),
    heads: z.array(
      z.object({
        head,
        chosen: row,
        identity: row,
        gain: z.number(),
        standardError: z.number(),
        pictureStandardError: z.number().optional(),
        reason: z.string(),
      }),
    ),
    rows: z.array(row),
    interventions: z.array(
      z.object({
        name: z.string(),
        pairs: count,
        noOps: count,
        flipRate: z.number().min(0).max(1).optional(),
        used: z.boolean(),
      }),
    ),
  }),
  spectrum: z.array(z.number()),
  source: z.object({
    pictures: count,
    failed: count,
    environments: z.array(z.object({ name, pictures: count })),
    statisticsHash: z.string().regex(/^[0-9a-f]{64}$/),
    seed: z.int().min(0).max(0xffff_ffff),
  }),
  blocks: z
    .array(
      z.object({
        name: z.string().regex(/^[a-z0-9./-]{1,80}$/i),
        type: z.enum(['float64', 'float32', 'float16', 'int32', 'uint8']),
        shape: z.array(count).min(1).max(3),
      }),
    )
    .max(4096),
});
export type FirstArtefactHeader = z.infer<typeof FirstArtefactHeader>;
