// Decodes a picture file to 8-bit RGB with sharp, once its header alone has shown that it is small enough to decode.
// It applies the orientation, keeps alpha beside the colours (nothing is composited), ignores colour profiles as Pillow does, and
// takes the first frame of an animation.

import sharp, { type Sharp } from 'sharp';
import { type AppError, appError } from '#shared/app-error.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import { pictureTypeNames } from '#shared/contracts/picture-types.ts';
import { foreignTypeOf, pictureTypeOf } from '#shared/pictures/signature.ts';
import type { DecodedPicture } from '#shared/pixels/rgb-picture.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { PictureHeader } from './bounds.ts';
import { decodeJpeg } from './jpeg/decode-jpeg.ts';
import { readJpegHead } from './jpeg/jpeg-head.ts';
import { labTiffAsRgb } from './lab-tiff.ts';
import { labToRgb } from './lab-to-rgb.ts';

export type DecodeLimits = {
  readonly maxPixels: number;
  readonly maxBytes: number;
  /** Ends libvips' part of the work; in whole seconds, rounded up. */
  readonly timeoutMs: number;
  /** What is done with a JPEG whose end is missing: `take` fills in what did not come, in grey. Default: `refuse`. */
  readonly truncatedJpegs?: 'refuse' | 'take';
};

/** Markers of JPEG (ITU-T T.81, table B.1). */
const startOfScan = Buffer.from([0xff, 0xda]);
const endOfImage = Buffer.from([0xff, 0xd9]);

// Pictures are decoded once each: libvips' operation cache would only hold memory.
sharp.cache(false);

export async function readHeader(
  bytes: Uint8Array,
  limits: DecodeLimits,
): Promise<Result<PictureHeader, AppError<PictureFailureCode>>> {
  if (bytes.byteLength > limits.maxBytes) {
    return err(
      appError(
        'picture-too-large',
        `The picture has ${bytes.byteLength} bytes; ${limits.maxBytes} are taken.`,
      ),
    );
  }
  // Keeps scriptable and vector formats that libvips would also open (SVG, PDF, ...) away from it.
  if (pictureTypeOf(bytes) === undefined) {
    const foreign = foreignTypeOf(bytes);
    const what = foreign === undefined ? '' : `it is a ${foreign} file, which is not decoded here; `;
    return unreadable(`${what}it is not a ${pictureTypeNames} file`);
  }
  const usual = readJpegHead(bytes);
  if (usual !== undefined) {
    const { width, height } = usual;
    const plain = { format: 'jpeg', hasAlpha: false, colours: 'light' } as const;
    return ok({ width, height, ...plain, scans: countScans(bytes), byteLength: bytes.byteLength });
  }
  const relabelled = labTiffAsRgb(bytes);
  try {
    // Whatever its size is: that is judged by who asked.
    const { width, height, format, hasAlpha, space } = await open(relabelled ?? bytes, false).metadata();
    const scans = format === 'jpeg' ? countScans(bytes) : 0;
    const colours = relabelled !== undefined ? 'lab' : space === 'cmyk' ? 'cmyk' : 'light';
    return ok({ width, height, format, hasAlpha, colours, scans, byteLength: bytes.byteLength });
  } catch {
    return unreadable('its content is damaged');
  }
}

export async function decodePicture(
  bytes: Uint8Array,
  limits: DecodeLimits,
  header: Partial<Pick<PictureHeader, 'colours'>> = {},
): Promise<Result<DecodedPicture, AppError<PictureFailureCode>>> {
  const { colours = 'light' } = header;
  const usual = colours === 'light' ? decodeJpeg(bytes, limits.maxPixels) : undefined;
  return usual === undefined
    ? await decodeByLibvips(bytes, limits, header)
    : ok({ ...usual, transparent: false });
}

/** Whatever it is. */
export async function decodeByLibvips(
  bytes: Uint8Array,
  limits: DecodeLimits,
  { colours = 'light' }: Partial<Pick<PictureHeader, 'colours'>> = {},
): Promise<Result<DecodedPicture, AppError<PictureFailureCode>>> {
  try {
    const file = (colours === 'lab' ? labTiffAsRgb(bytes) : undefined) ?? bytes;
    const isTaken = limits.truncatedJpegs === 'take' && isJpegCutShort(bytes);
    const opened = open(file, limits.maxPixels, isTaken ? 'none' : 'error').autoOrient();
    const coloured =
      colours === 'cmyk'
        ? opened.pipelineColourspace('cmyk').toColourspace('cmyk')
        : opened.toColourspace('srgb');
    const { data, info } = await coloured
      .timeout({ seconds: Math.ceil(limits.timeoutMs / 1000) })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (colours === 'cmyk') {
      return ok({ width, height, data: inksToLight(data, channels), transparent: false });
    }
    if (colours === 'lab') labToRgb(data);
    return ok({ width, height, ...asRgb(data, channels) });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/^timeout/i.test(message)) return err(tooSlow(limits.timeoutMs));
    return /pixel limit/i.test(message)
      ? err(appError('picture-too-large', `The picture has more than ${limits.maxPixels} pixels.`))
      : unreadable('its content is damaged');
  }
}

export function tooSlow(timeoutMs: number): AppError<'unreadable-picture'> {
  return appError('unreadable-picture', `The picture took longer than ${timeoutMs} ms to decode.`);
}

function open(
  bytes: Uint8Array,
  limitInputPixels: number | false,
  failOn: 'none' | 'error' = 'error',
): Sharp {
  return sharp(bytes, { limitInputPixels, failOn, ignoreIcc: true, sequentialRead: true });
}

/** Whether a JPEG has begun to show its picture, and has no end after that. Of other files: false. */
function isJpegCutShort(bytes: Uint8Array): boolean {
  if (pictureTypeOf(bytes) !== 'JPEG') return false;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return file.lastIndexOf(startOfScan) > file.lastIndexOf(endOfImage);
}

/** Start-of-scan markers; those of an embedded thumbnail count too. libvips reads 100 and no more. */
function countScans(bytes: Uint8Array): number {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  for (let at = file.indexOf(startOfScan); at >= 0 && scans < 100; at = file.indexOf(startOfScan, at + 2))
    scans++;
  return scans;
}

/** Pillow's convert("RGB") of CMYK: what no ink takes away, level · (255 − ink) / 255, rounded. No colour profile is asked. */
function inksToLight(inks: Uint8Array, channelCount: number): Uint8Array {
  const rgb = new Uint8Array((inks.length / channelCount) * 3);
  for (let source = 0, target = 0; source < inks.length; source += channelCount, target += 3) {
    const white = 255 - (inks[source + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      const product = (inks[source + channel] as number) * white + 128;
      rgb[target + channel] = white - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}

/** From 1 (grey), 2 (grey and alpha), 3 or 4 interleaved channels. Alpha that is opaque everywhere is left out. */
function asRgb(data: Buffer, channelCount: number): Pick<DecodedPicture, 'data' | 'transparent'> {
  if (channelCount === 3) return { data, transparent: false };
  if (channelCount === 1) return { data: spreadGrey(data, 1, 3), transparent: false };
  const rgba = channelCount === 4 ? data : spreadGrey(data, 2, 4);
  return isOpaque(rgba)
    ? { data: withoutAlpha(rgba), transparent: false }
    : { data: rgba, transparent: true };
}

/** Grey (and its alpha, where there is one) to three equal channels (and alpha). */
function spreadGrey(data: Uint8Array, from: 1 | 2, to: 3 | 4): Uint8Array {
  const spread = new Uint8Array((data.length / from) * to);
  for (let source = 0, target = 0; source < data.length; source += from, target += to) {
    const level = data[source] as number;
    spread[target] = level;
    spread[target + 1] = level;
    spread[target + 2] = level;
    if (from === 2) spread[target + 3] = data[source + 1] as number;
  }
  return spread;
}

function isOpaque(rgba: Uint8Array): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/** In place: targets never pass their sources. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  let target = 0;
  for (let source = 0; source < rgba.length; source += 4, target += 3) {
    rgba[target] = rgba[source] as number;
    rgba[target + 1] = rgba[source + 1] as number;
    rgba[target + 2] = rgba[source + 2] as number;
  }
  return rgba.subarray(0, target);
}

function unreadable(reason: string): Result<never, AppError<'unreadable-picture'>> {
  return err(appError('unreadable-picture', `The picture could not be decoded: ${reason}.`));
}
