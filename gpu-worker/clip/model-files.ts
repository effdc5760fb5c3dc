// The files of a model directory in the hub's layout (transformers.js), as zod schemas, and what the worker makes of them.
// Pure: no file is opened here. Fields that real CLIP repositories leave out have the meaning the hub's libraries give them.

import { z } from 'zod';
import type { Preprocessing } from '../pictures/preprocess.ts';
import type { ResampleFilter } from '../pictures/resample.ts';

const PositiveInt = z.int().min(1);

export const ConfigFile = z.object({
  projection_dim: PositiveInt.optional(),
  /** The learned factor of the cosines; hub configs have only its value before training, so that 100 stands in. */
  logit_scale: z.number().positive().optional(),
  text_config: z.object({ max_position_embeddings: PositiveInt.optional() }).default({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

const Side = z.union([
  PositiveInt,
  z.object({ shortest_edge: PositiveInt }),
  z.object({ height: PositiveInt, width: PositiveInt }),
]);

const Triple = z.tuple([z.number(), z.number(), z.number()]);

/** PIL's numbers for its filters; nearest (0) is missing because no CLIP is trained with it. */
const filters: Record<number, ResampleFilter> = {
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};

export const PreprocessorFile = z.object({
  do_resize: z.literal(true).default(true),
  do_normalize: z.literal(true).default(true),
  do_rescale: z.literal(true).default(true),
  size: Side,
  resample: z.literal([1, 2, 3, 4, 5]).default(3),
  do_center_crop: z.boolean().default(true),
  crop_size: Side.optional(),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  image_mean: Triple,
  image_std: Triple.refine((std) => std.every((value) => value > 0), 'positive numbers'),
});
export type PreprocessorFile = z.infer<typeof PreprocessorFile>;

const TokenName = z.union([
  z.string(),
  z.object({ content: z.string() }).transform(({ content }) => content),
]);

export const TokenizerConfigFile = z.looseObject({
  bos_token: TokenName,
  eos_token: TokenName,
  pad_token: TokenName.optional(),
  model_max_length: z.number().positive().optional(),
});
export type TokenizerConfigFile = z.infer<typeof TokenizerConfigFile>;

/** Opaque here: `@huggingface/tokenizers` reads it. */
export const TokenizerFile = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.int()) }),
});
export type TokenizerFile = z.infer<typeof TokenizerFile>;

/** `undefined` where the file describes pictures of no fixed size, or a crop larger than the resized picture. */
export function preprocessingOf(file: PreprocessorFile): Preprocessing | undefined {
  const resize = sideOf(file.size);
  const crop = file.do_center_crop ? cropOf(file.crop_size ?? file.size) : cropOf(file.size);
  const filter = filters[file.resample];
  if (filter === undefined) return undefined;
  if (!file.do_center_crop && 'shorterSide' in resize) return undefined;
  const [width, height] =
    'shorterSide' in resize ? [resize.shorterSide, resize.shorterSide] : [resize.width, resize.height];
  if (crop.width > width || crop.height > height) return undefined;
  return { resize, filter, crop, rescale: file.rescale_factor, mean: file.image_mean, std: file.image_std };
}

/** `undefined` where neither file says how many tokens the text tower takes. */
export function contextLengthOf(config: ConfigFile, tokenizer: TokenizerConfigFile): number | undefined {
  // Tokenizers without a limit say so with a number like 1e30.
  const declared = [config.text_config.max_position_embeddings, tokenizer.model_max_length].filter(
    (length) => length !== undefined && length <= 8192,
  );
  const smallest = Math.min(...declared.map(Number));
  return Number.isInteger(smallest) && smallest >= 3 ? smallest : undefined;
}

function sideOf(side: z.infer<typeof Side>): Preprocessing['resize'] {
  if (typeof side === 'number') return { shorterSide: side };
  return 'shortest_edge' in side ? { shorterSide: side.shortest_edge } : side;
}

function cropOf(side: z.infer<typeof Side>): Preprocessing['crop'] {
  const crop = sideOf(side);
  return 'shorterSide' in crop ? { width: crop.shorterSide, height: crop.shorterSide } : crop;
}
