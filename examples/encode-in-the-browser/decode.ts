// A picture file to 8-bit levels, by the browser. Its JPEG decoder is not the worker's: levels may differ by one or two.

import type { DecodedPicture } from '#shared/pixels/rgb-picture.ts';

/** Orientation is applied, colours are left as they stand in the file. */
export async function decodePicture(file: Blob): Promise<DecodedPicture> {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('This browser gives no canvas.');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const levels = new Uint8Array(data.buffer);
  const isOpaque = levels.every((level, place) => place % 4 !== 3 || level === 255);
  if (!isOpaque) return { width, height, data: levels, transparent: true };
  return { width, height, data: levels.filter((_, place) => place % 4 !== 3), transparent: false };
}
