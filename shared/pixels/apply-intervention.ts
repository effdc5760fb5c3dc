// Applies an intervention to a picture, its parameters drawn from a given stream of randomness. The operations
// themselves are in their own files.

import type { PictureIntervention } from '../contracts/intervention.ts';
import { brightness, contrast, grayscale, saturation } from './color.ts';
import { type Blur, gaussianBlur } from './gaussian-blur.ts';
import { hue } from './hue.ts';
import type { Pixels } from './pixels.ts';
import { type Random, shuffled, uniform } from './random.ts';
import { equalize, invert, posterize, solarize } from './tone.ts';

/** The shorter side that `sigma` of a blur is given for. */
const sigmaReferenceSide = 224;

/**
 * Writes the intervened pixels of `picture` to `target` (same length; may be the picture's own buffer). `random` is asked
 * only where the intervention has parameters to draw.
 */
export function applyIntervention(
  picture: Pixels,
  target: Uint8Array,
  intervention: PictureIntervention,
  random: () => Random,
): void {
  const source = picture.data;
  switch (intervention.name) {
    case 'color-jitter':
      colorJitter(source, target, intervention, random());
      break;
    case 'gaussian-blur':
      gaussianBlur(source, target, picture, drawBlur(picture, intervention, random()));
      break;
    case 'grayscale':
      grayscale(source, target);
      break;
    case 'invert':
      invert(source, target);
      break;
    case 'posterize':
      posterize(source, target, intervention.bits);
      break;
    case 'solarize':
      solarize(source, target, intervention.threshold);
      break;
    case 'equalize':
      equalize(source, target);
      break;
    default:
      intervention satisfies never;
  }
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

function drawBlur(picture: Pixels, { kernelFraction, sigma }: GaussianBlur, random: Random): Blur {
  const shorterSide = Math.min(picture.width, picture.height);
  const kernelSize = Math.ceil(kernelFraction * shorterSide);
  return {
    kernelSize: kernelSize % 2 === 1 ? kernelSize : kernelSize + 1,
    sigma: Math.max((uniform(random, sigma) * shorterSide) / sigmaReferenceSide, 1e-3),
  };
}
