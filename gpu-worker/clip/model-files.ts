// The files of a model directory as zod schemas, in the hub's layout (transformers.js) and in open_clip's, and what the worker
// makes of them. Pure: no file is opened here. Fields that real repositories leave out, or set to null, have the meaning that
// the hub's libraries give them.

import { z } from 'zod';
import type { ResampleFilter } from '#shared/pixels/axis-weights.ts';
import type { Preprocessing } from '#shared/pixels/preprocess.ts';
import { err, ok, type Result } from '#shared/result.ts';

const PositiveInt = z.int().min(1);

const TextConfig = z.object({
  model_type: z.string().optional(),
  max_position_embeddings: PositiveInt.optional(),
  pad_token_id: z.int().min(0).optional(),
  pooler_type: z.string().optional(),
});

export const ConfigFile = z.object({
  model_type: z.string().optional(),
  projection_dim: PositiveInt.optional(),
  /** The learned factor of the cosines; hub configs have only its value before training, under another name. */
  logit_scale: z.number().positive().optional(),
  logit_bias: z.number().optional(),
  text_config: TextConfig.optional(),
  vision_config: z
    .object({ image_size: PositiveInt.optional(), hidden_size: PositiveInt.optional() })
    .optional(),
  /** Of open_clip. */
  embed_dim: PositiveInt.optional(),
  init_logit_bias: z.number().optional(),
  text_cfg: z
    .object({
      context_length: PositiveInt.optional(),
      hf_model_name: z.string().optional(),
      hf_pooler_type: z.string().optional(),
    })
    .optional(),
  vision_cfg: z.object({ image_size: z.union([PositiveInt, z.array(PositiveInt)]).optional() }).optional(),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** open_clip writes [height, width]. */
const Side = z.union([
  PositiveInt,
  z.object({ shortest_edge: PositiveInt }),
  z.object({ height: PositiveInt, width: PositiveInt }),
  z.tuple([PositiveInt, PositiveInt]).transform(([height, width]) => ({ height, width })),
]);

const Triple = z.tuple([z.number(), z.number(), z.number()]);
const PositiveTriple = Triple.refine((std) => std.every((value) => value > 0), 'positive numbers');

/** PIL's numbers for its filters; nearest (0) is missing because no CLIP is trained with it. */
const filters: Record<number, ResampleFilter> = {
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};

export const PreprocessorFile = z.object({
  image_processor_type: z.string().optional(),
  do_resize: z.literal(true).default(true),
  do_normalize: z.boolean().default(true),
  do_rescale: z.boolean().default(true),
  size: Side.optional(),
  resample: z.literal([1, 2, 3, 4, 5]).default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: Side.optional(),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  image_mean: Triple.optional(),
  image_std: PositiveTriple.optional(),
  max_num_patches: PositiveInt.optional(),
  /** Of open_clip and jina-clip. */
  mean: Triple.optional(),
  std: PositiveTriple.optional(),
  interpolation: z.enum(['bicubic', 'bilinear']).optional(),
  resize_mode: z.enum(['shortest', 'squash', 'longest']).optional(),
});
export type PreprocessorFile = z.infer<typeof PreprocessorFile>;

const TokenName = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);

export const TokenizerConfigFile = z.looseObject({
  tokenizer_class: z.string().optional(),
  eos_token: TokenName.optional(),
  sep_token: TokenName.optional(),
  pad_token: TokenName.optional(),
  do_lower_case: z.boolean().optional(),
  model_max_length: z.number().positive().optional(),
});
export type TokenizerConfigFile = z.infer<typeof TokenizerConfigFile>;

/** Opaque here: `@huggingface/tokenizers` reads it. A vocabulary is a record, or a list of pieces with their scores (Unigram). */
export const TokenizerFile = z.looseObject({
  model: z.looseObject({
    vocab: z.union([z.record(z.string(), z.int()), z.array(z.tuple([z.string(), z.number()]))]),
  }),
});
export type TokenizerFile = z.infer<typeof TokenizerFile>;

/** JSON without its nulls: in a config of the hub `null` means "not there". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)]));
}

export type PictureDefaults = {
  readonly mean: Preprocessing['mean'];
  readonly std: Preprocessing['std'];
  /** What config.json says of the picture tower. */
  readonly imageSize: number | undefined;
};

/** The error is the end of a sentence about the model: no fixed size, or a crop larger than the resized picture. */
export function preprocessingOf(
  file: PreprocessorFile,
  defaults: PictureDefaults,
): Result<Preprocessing, string> {
  const size = file.size ?? file.crop_size ?? defaults.imageSize;
  const noFixedSize = err('preprocessor_config.json gives no fixed picture size');
  if (size === undefined || file.resize_mode === 'longest') return noFixedSize;
  const resize = resizeOf(size, file.resize_mode);
  const crop = file.do_center_crop ? cropOf(file.crop_size ?? size) : cropOf(size);
  const filter = filterOf(file);
  if (filter === undefined || (!file.do_center_crop && 'shorterSide' in resize)) return noFixedSize;
  const [width, height] =
    'shorterSide' in resize ? [resize.shorterSide, resize.shorterSide] : [resize.width, resize.height];
  if (crop.width > width || crop.height > height) return noFixedSize;
  return ok({ resize, filter, crop, ...scalingOf(file, defaults) });
}

/** The same preparation for pictures of another size: what is resized follows what is cropped. */
export function resizedTo(preprocessing: Preprocessing, crop: Preprocessing['crop']): Preprocessing {
  const { resize } = preprocessing;
  return { ...preprocessing, crop, resize: 'width' in resize ? crop : { shorterSide: longerOf(crop) } };
}

function longerOf({ width, height }: Preprocessing['crop']): number {
  return Math.max(width, height);
}

function scalingOf(
  file: PreprocessorFile,
  defaults: PictureDefaults,
): Pick<Preprocessing, 'rescale' | 'mean' | 'std'> {
  const rescale = file.do_rescale ? file.rescale_factor : 1;
  if (!file.do_normalize) return { rescale, mean: [0, 0, 0], std: [1, 1, 1] };
  const mean = file.image_mean ?? file.mean ?? defaults.mean;
  return { rescale, mean, std: file.image_std ?? file.std ?? defaults.std };
}

function filterOf({ interpolation, resample }: PreprocessorFile): ResampleFilter | undefined {
  return interpolation ?? filters[resample];
}

/** A file that names no tokens' number says it with 1e30. */
const longestContext = 8192;

/**
 * How many tokens a text may have: the smallest of what the files say, else the family's. At most `cap`: attention costs the
 * square of it.
 */
export function contextLengthOf(
  config: ConfigFile,
  tokenizer: TokenizerConfigFile,
  { defaultContext, cap }: { readonly defaultContext: number; readonly cap: number },
): Result<number, string> {
  const declared = [
    config.text_config?.max_position_embeddings,
    config.text_cfg?.context_length,
    tokenizer.model_max_length,
  ].filter((length) => length !== undefined && length <= longestContext);
  const smallest = declared.length === 0 ? defaultContext : Math.min(...declared.map(Number));
  if (!Number.isInteger(smallest) || smallest < 3)
    return err(`a text context of ${smallest} tokens is too short`);
  return ok(Math.min(smallest, cap));
}

function resizeOf(
  side: z.infer<typeof Side>,
  mode: PreprocessorFile['resize_mode'],
): Preprocessing['resize'] {
  if (mode === 'shortest') return { shorterSide: longerOf(cropOf(side)) };
  if (mode === 'squash') return cropOf(side);
  if (typeof side === 'number') return { shorterSide: side };
  return 'shortest_edge' in side ? { shorterSide: side.shortest_edge } : side;
}

function cropOf(side: z.infer<typeof Side>): Preprocessing['crop'] {
  if (typeof side === 'number') return { width: side, height: side };
  return 'shortest_edge' in side ? { width: side.shortest_edge, height: side.shortest_edge } : side;
}
