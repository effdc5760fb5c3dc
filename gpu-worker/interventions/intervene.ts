// Draws an intervention's parameters for one picture and applies it. The operations themselves are in their own files.

import type {
  InterventionsPerPicture,
  PictureIntervention,
  PictureInterventionName,
} from '#shared/contracts/intervention.ts';
import type { RgbPicture } from '../pictures/rgb-picture.ts';
import { brightness, contrast, grayscale, saturation } from './color.ts';
import { type Blur, gaussianBlur } from './gaussian-blur.ts';
import { hue } from './hue.ts';
import { type Random, seededRandom, shuffled, uniform } from './random.ts';
import { equalize, invert, posterize, solarize } from './tone.ts';

/** Whose randomness: a seed of the caller and the SHA-256 of the picture's file. */
export type InterventionSeed = { readonly seed: number; readonly contentSha256: string };

/** The shorter side that `sigma` of a blur is given for. */
const sigmaReferenceSide = 224;

/** Writes the intervened pixels of `picture` to `target` (same length; may be the picture's own buffer). */
export function intervene(
  picture: RgbPicture,
  target: Uint8Array,
  intervention: PictureIntervention,
  { seed, contentSha256 }: InterventionSeed,
): void {
  const source = picture.data;
  switch (intervention.name) {
    case 'color-jitter':
      return colorJitter(source, target, intervention, seededRandom(seed, contentSha256, intervention.name));
    case 'gaussian-blur': {
      const random = seededRandom(seed, contentSha256, intervention.name);
      return gaussianBlur(source, target, picture, drawBlur(picture, intervention, random));
    }
    case 'grayscale':
      return grayscale(source, target);
    case 'invert':
      return invert(source, target);
    case 'posterize':
      return posterize(source, target, intervention.bits);
    case 'solarize':
      return solarize(source, target, intervention.threshold);
    case 'equalize':
      return equalize(source, target);
  }
}

/**
 * The indices of the interventions a picture gets: all, or the m with the smallest seeded draw, in the order listed. Which
 * ones does not depend on the order of the list.
 */
export function chooseInterventions(
  names: readonly PictureInterventionName[],
  perPicture: InterventionsPerPicture,
  { seed, contentSha256 }: InterventionSeed,
): number[] {
  const indices = names.map((_, index) => index);
  if (perPicture === 'all' || perPicture >= names.length) return indices;
  const draws = names.map((name) => seededRandom(seed, contentSha256, `choose ${name}`)());
  return indices
    .toSorted((a, b) => (draws[a] as number) - (draws[b] as number))
    .slice(0, perPicture)
    .toSorted((a, b) => a - b);
}

type ColorJitter = Extract<PictureIntervention, { name: 'color-jitter' }>;

/** torchvision's ColorJitter: four adjustments with their own factors, in a random order. */
function colorJitter(source: Uint8Array, target: Uint8Array, ranges: ColorJitter, random: Random): void {
  const adjustments = [
    { adjust: brightness, factor: uniform(random, ranges.brightness) },
    { adjust: contrast, factor: uniform(random, ranges.contrast) },
    { adjust: saturation, factor: uniform(random, ranges.saturation) },
    { adjust: hue, factor: uniform(random, ranges.hue) },
  ];
  let current = source;
  for (const { adjust, factor } of shuffled(random, adjustments)) {
    adjust(current, target, factor);
    current = target;
  }
}

type GaussianBlur = Extract<PictureIntervention, { name: 'gaussian-blur' }>;

function drawBlur(picture: RgbPicture, { kernelFraction, sigma }: GaussianBlur, random: Random): Blur {
  const shorterSide = Math.min(picture.width, picture.height);
  const kernelSize = Math.ceil(kernelFraction * shorterSide);
  return {
    kernelSize: kernelSize % 2 === 1 ? kernelSize : kernelSize + 1,
    sigma: Math.max((uniform(random, sigma) * shorterSide) / sigmaReferenceSide, 1e-3),
  };
}
