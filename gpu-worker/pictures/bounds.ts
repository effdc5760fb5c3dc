// What a picture may be, judged by its header alone, before anything is decoded or resized: a file of a hundred bytes can ask for
// any amount of work. And what preparing it will take, so that large ones can go to a thread of their own.

import { type AppError, appError } from '#shared/app-error.ts';
import { type Preprocessing, resizedSize } from '#shared/pixels/preprocess.ts';
import type { Size } from '#shared/pixels/resample.ts';
import { err, ok, type Result } from '#shared/result.ts';

/** Of the longer side; a JPEG's own bound is twice this. */
const maxSide = 32_768;
/** Longer side to shorter: resizing by the shorter side multiplies the other by as much. */
const maxProportion = 50;
/** Of the whole picture after resizing by the model's shorter side, before the crop. */
const maxResizedPixels = 2 ** 22;

/** The error says which bound it passes. */
export function checkBounds(
  { width, height }: Size,
  { resize }: Preprocessing,
  maxPixels: number,
): Result<undefined, AppError<'picture-too-large'>> {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (width * height > maxPixels) return tooLarge({ width, height }, `at most ${maxPixels} are decoded`);
  if (longer > maxSide) return tooLarge({ width, height }, `a side has at most ${maxSide}`);
  if (longer > maxProportion * shorter) {
    return tooLarge({ width, height }, `one side is at most ${maxProportion} times as long as the other`);
  }
  const resized = resizedSize({ width, height }, resize);
  if (resized.width * resized.height > maxResizedPixels) {
    return tooLarge(resized, `resized for the model, at most ${maxResizedPixels} are made`);
  }
  return ok(undefined);
}

export type PictureHeader = Size & {
  /** sharp's name: jpeg, png, webp, gif, tiff, heif. */
  readonly format: string;
  readonly hasAlpha: boolean;
  /** What its channels are: light, the four inks of printing, or CIE L*a*b*; the last two are turned into light as Pillow does. */
  readonly colours: 'light' | 'cmyk' | 'lab';
  readonly byteLength: number;
  /** Of a JPEG: each passes over all of the picture. */
  readonly scans: number;
};

export type PictureWork = {
  /** How many times the picture is intervened upon, at most at this many pixels each. */
  readonly interventions: number;
  readonly workingPixels: number;
};

/** Nanoseconds on one core of 2020 or so: measured with JPEG and PNG of 12 and 67 megapixels (docs/operations.md). */
const costs = {
  pixel: 11,
  transparentPixel: 33,
  labPixel: 50,
  byte: 8,
  scanPixel: 0.3,
  intervenedPixel: 40,
} as const;
/** Of decoding, against JPEG and PNG. */
const formatFactors: Readonly<Record<string, number>> = { heif: 4, webp: 2, gif: 2 };

/** About how long decoding, resizing and intervening will take, in milliseconds. */
export function estimateMs(header: PictureHeader, { interventions, workingPixels }: PictureWork): number {
  const pixels = header.width * header.height;
  const perPixel = pixelCost(header) * (formatFactors[header.format] ?? 1) + costs.scanPixel * header.scans;
  const intervening = costs.intervenedPixel * interventions * Math.min(pixels, workingPixels);
  return (pixels * perPixel + header.byteLength * costs.byte + intervening) / 1e6;
}

function pixelCost({ colours, hasAlpha }: PictureHeader): number {
  if (colours === 'lab') return costs.labPixel;
  return hasAlpha ? costs.transparentPixel : costs.pixel;
}

function tooLarge({ width, height }: Size, bound: string): Result<never, AppError<'picture-too-large'>> {
  return err(appError('picture-too-large', `The picture has ${width} x ${height} pixels; ${bound}.`));
}
