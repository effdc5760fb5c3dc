// From a decoded picture to the numbers a model takes: resize, centre crop, scale, normalise; torchvision's sizes and rounding.
// What to do comes from the model's preprocessor_config.json; reading that file is model-files' business.

import type { ResampleFilter } from './axis-weights.ts';
import { aligned, inPixelSpace } from './kernels/pixel-space.ts';
import { type PixelRows, resample, resampleRowsOf, type Size, type Window } from './resample.ts';
import type { DecodedPicture, RgbPicture } from './rgb-picture.ts';
import { resampleTransparent } from './transparency.ts';

export type Preprocessing = {
  /** Of the shorter side (the longer follows), or of both whatever the proportions. */
  readonly resize: { readonly shorterSide: number } | Size;
  readonly filter: ResampleFilter;
  /** What the model takes; never larger than the resized picture. */
  readonly crop: Size;
  /** Multiplies 8-bit levels; 1/255. */
  readonly rescale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

const channels = 3;

/** Values of one prepared picture. */
export function preparedLength({ crop }: Preprocessing): number {
  return channels * crop.width * crop.height;
}

/** Writes the picture as [3, height, width] float32 into `target` from `offset` on. */
export function preprocess(
  picture: DecodedPicture,
  preprocessing: Preprocessing,
  target: Float32Array,
  offset: number,
): void {
  const { filter } = preprocessing;
  const { size, window } = keptPart(picture, preprocessing);
  const resized = picture.transparent
    ? resampleTransparent(picture, size, filter, window)
    : resample(picture, size, filter, window);
  normalise(resized, preprocessing, target, offset);
}

/** The same of a picture whose pixels are made where they are wanted. */
export function preprocessRows(
  picture: PixelRows,
  preprocessing: Preprocessing,
  target: Float32Array,
  offset: number,
): void {
  const { size, window } = keptPart(picture, preprocessing);
  normalise(resampleRowsOf(picture, size, preprocessing.filter, window), preprocessing, target, offset);
}

/** Only the part that is kept is computed. */
function keptPart(picture: Size, { resize, crop }: Preprocessing): { size: Size; window: Window } {
  const size = resizedSize(picture, resize);
  return { size, window: centreWindow(size, crop) };
}

/** torchvision's Resize: the longer side is truncated, not rounded. */
export function resizedSize(picture: Size, resize: Preprocessing['resize']): Size {
  if ('width' in resize) return resize;
  const { shorterSide } = resize;
  return picture.width <= picture.height
    ? { width: shorterSide, height: Math.trunc((shorterSide * picture.height) / picture.width) }
    : { width: Math.trunc((shorterSide * picture.width) / picture.height), height: shorterSide };
}

function centreWindow(size: Size, crop: Size): Window {
  return {
    left: roundHalfToEven((size.width - crop.width) / 2),
    top: roundHalfToEven((size.height - crop.height) / 2),
    ...crop,
  };
}

/** Python's round, which torchvision's CenterCrop uses. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** level · rescale / std − mean / std (kernels/assembly/levels.ts). */
function normalise(
  { data }: RgbPicture,
  { rescale, mean, std }: Preprocessing,
  target: Float32Array,
  offset: number,
): void {
  const plane = data.length / channels;
  const factors = std.flatMap((deviation, channel) => [
    rescale / deviation,
    (mean[channel] as number) / deviation,
  ]);
  const atFactors = aligned(data.length);
  const atPlanes = aligned(atFactors + 8 * factors.length);
  // The kernel writes a little beyond each.
  const planeBytes = aligned(4 * plane + 16);
  inPixelSpace(atPlanes + channels * planeBytes, ({ buffer, kernels }) => {
    new Uint8Array(buffer).set(data);
    new Float64Array(buffer, atFactors).set(factors);
    kernels.normalise(0, data.length, atPlanes, planeBytes, atFactors);
    for (let channel = 0; channel < channels; channel++) {
      const values = new Float32Array(buffer, atPlanes + channel * planeBytes, plane);
      target.set(values, offset + channel * plane);
    }
  });
}
