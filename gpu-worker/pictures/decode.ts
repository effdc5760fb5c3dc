// Decodes a picture file to 8-bit RGB with sharp, after checking from its header alone that it is small enough to decode.
// It applies the orientation, keeps alpha beside the colours (nothing is composited), ignores colour profiles as Pillow does, and
// takes the first frame of an animation.

import sharp from 'sharp';
import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { DecodedPicture } from './rgb-picture.ts';

export type DecodeLimits = { readonly maxPixels: number; readonly maxBytes: number };

// Pictures are decoded once each: libvips' operation cache would only hold memory.
sharp.cache(false);

/** Errors: `unreadable-picture`, `picture-too-large`. */
export async function decodePicture(
  bytes: Uint8Array,
  { maxPixels, maxBytes }: DecodeLimits,
): Promise<Result<DecodedPicture, AppError>> {
  if (bytes.byteLength > maxBytes) {
    return err(
      appError('picture-too-large', `The picture has ${bytes.byteLength} bytes; ${maxBytes} are taken.`),
    );
  }
  if (!hasPictureSignature(bytes)) {
    return unreadable('it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF file');
  }
  try {
    const image = sharp(bytes, {
      limitInputPixels: maxPixels,
      failOn: 'error',
      ignoreIcc: true,
      sequentialRead: true,
    });
    const { width, height } = await image.metadata();
    if (width * height > maxPixels) return tooManyPixels(width, height, maxPixels);
    const { data, info } = await image
      .autoOrient()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return ok({ width: info.width, height: info.height, ...splitChannels(data, info.channels) });
  } catch (error) {
    return error instanceof Error && /pixel limit/i.test(error.message)
      ? err(appError('picture-too-large', `The picture has more than ${maxPixels} pixels.`))
      : unreadable('its content is damaged');
  }
}

/** Keeps scriptable and vector formats that libvips would also open (SVG, PDF, ...) away from it. */
function hasPictureSignature(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12)).toString('latin1');
  return (
    head.startsWith('\xff\xd8\xff') ||
    head.startsWith('\x89PNG\r\n\x1a\n') ||
    head.startsWith('GIF8') ||
    head.startsWith('II*\0') ||
    head.startsWith('MM\0*') ||
    (head.startsWith('RIFF') && head.slice(8) === 'WEBP') ||
    /^.{4}ftyp(?:avif|avis|mif1)$/s.test(head)
  );
}

/** From 1 (grey), 2 (grey and alpha), 3 or 4 interleaved channels. Alpha that is opaque everywhere is left out. */
function splitChannels(data: Buffer, channelCount: number): Pick<DecodedPicture, 'data' | 'alpha'> {
  if (channelCount === 3) return { data };
  const pixels = data.length / channelCount;
  const grey = channelCount < 3;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0, source = 0; pixel < pixels; pixel++, source += channelCount) {
    rgb[pixel * 3] = data[source] as number;
    rgb[pixel * 3 + 1] = data[grey ? source : source + 1] as number;
    rgb[pixel * 3 + 2] = data[grey ? source : source + 2] as number;
  }
  if (channelCount % 2 === 1) return { data: rgb };
  const alpha = new Uint8Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    alpha[pixel] = data[(pixel + 1) * channelCount - 1] as number;
  }
  return alpha.every((opacity) => opacity === 255) ? { data: rgb } : { data: rgb, alpha };
}

function tooManyPixels(width: number, height: number, maxPixels: number): Result<never, AppError> {
  const detail = `The picture has ${width} x ${height} pixels; at most ${maxPixels} are decoded.`;
  return err(appError('picture-too-large', detail));
}

function unreadable(reason: string): Result<never, AppError> {
  return err(appError('unreadable-picture', `The picture could not be decoded: ${reason}.`));
}
