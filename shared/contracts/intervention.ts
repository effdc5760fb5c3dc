// Interventions: edits of a picture or a caption that change its environment and keep its content.
// Picture parameters and defaults follow torchvision's transforms of the same names.

import { z } from 'zod';
import { Label } from './common.ts';
import { defaultIntervention, pictureInterventionNames } from './intervention-defaults.ts';
import { defaultTemplate } from './names.ts';

/** A factor drawn uniformly from [low, high]. */
const Range = z
  .tuple([z.number().min(0).max(10), z.number().min(0).max(10)])
  .refine(([low, high]) => low <= high, 'the low end comes first');

const HueRange = z
  .tuple([z.number().min(-0.5).max(0.5), z.number().min(-0.5).max(0.5)])
  .refine(([low, high]) => low <= high, 'the low end comes first');

const { 'color-jitter': jitter, 'gaussian-blur': blur, posterize, solarize } = defaultIntervention;

export const PictureIntervention = z.discriminatedUnion('name', [
  z.object({
    name: z.literal('color-jitter'),
    brightness: Range.default(jitter.brightness),
    contrast: Range.default(jitter.contrast),
    saturation: Range.default(jitter.saturation),
    hue: HueRange.default(jitter.hue),
  }),
  z.object({ name: z.literal('grayscale') }),
  z.object({
    name: z.literal('gaussian-blur'),
    /** Odd side of the kernel as a fraction of the shorter side of the picture, rounded up to odd. */
    kernelFraction: z.number().min(0.005).max(0.5).default(blur.kernelFraction),
    /** Standard deviation in pixels of a picture whose shorter side is 224; scales with the picture. */
    sigma: Range.default(blur.sigma),
  }),
  z.object({ name: z.literal('invert') }),
  z.object({ name: z.literal('posterize'), bits: z.int().min(1).max(8).default(posterize.bits) }),
  z.object({ name: z.literal('solarize'), threshold: z.int().min(0).max(256).default(solarize.threshold) }),
  z.object({ name: z.literal('equalize') }),
]);
export type PictureIntervention = z.infer<typeof PictureIntervention>;
export type PictureInterventionName = PictureIntervention['name'];

export const defaultPictureInterventions: readonly PictureIntervention[] = pictureInterventionNames.map(
  (name) => defaultIntervention[name],
);

/** A request may name an intervention alone and take its defaults. */
export const PictureInterventionChoice = z.union([
  z.enum(pictureInterventionNames).transform((name) => PictureIntervention.parse({ name })),
  PictureIntervention,
]);

/** How many of the listed interventions each picture gets: all, or a seeded sample of this many. */
export const InterventionsPerPicture = z.union([z.literal('all'), z.int().min(1).max(16)]);
export type InterventionsPerPicture = z.infer<typeof InterventionsPerPicture>;

/** Must hold one `{}`, where the label goes. */
export const Template = z
  .string()
  .max(300)
  .refine((template) => template.split('{}').length === 2, 'holds exactly one {}');

export const TextIntervention = z.discriminatedUnion('name', [
  /** Pairs of captions given by the caller. */
  z.object({
    name: z.literal('caption-pairs'),
    pairs: z
      .array(z.tuple([Label, Label]))
      .min(1)
      .max(10_000),
  }),
  /** Every label in a neutral template against every label in each style template. */
  z.object({
    name: z.literal('style-templates'),
    neutral: Template.default(defaultTemplate),
    styles: z
      .array(Template)
      .min(1)
      .max(64)
      .default([
        'a sketch of a {}',
        'a painting of a {}',
        'a cartoon of a {}',
        'a black and white picture of a {}',
        'a blurry picture of a {}',
        'a dark picture of a {}',
      ]),
  }),
  /** Captions rewritten by the OpenAI-compatible chat endpoint that the worker is configured with. */
  z.object({
    name: z.literal('chat'),
    style: z.string().min(1).max(200),
    neutral: Template.default(defaultTemplate),
    variants: z.int().min(1).max(8).default(2),
  }),
]);
export type TextIntervention = z.infer<typeof TextIntervention>;
