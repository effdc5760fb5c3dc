// Resizing a picture with alpha and then dropping the alpha, as Pillow does it: colours are weighted by their opacity while they
// are averaged, so that what was invisible stays so; fully transparent pixels come out black. Nothing is composited.

import { type ResampleFilter, resample, type Size } from './resample.ts';
import type { RgbPicture } from './rgb-picture.ts';

const channels = 3;

export function resampleTransparent(
  picture: RgbPicture,
  alpha: Uint8Array,
  size: Size,
  filter: ResampleFilter,
): RgbPicture {
  const colours = resample(premultiplied(picture, alpha), size, filter);
  const opacity = resample({ ...picture, data: spread(alpha) }, size, filter);
  return { ...colours, data: unpremultiplied(colours.data, opacity.data) };
}

function premultiplied({ width, height, data }: RgbPicture, alpha: Uint8Array): RgbPicture {
  const product = new Uint8Array(data.length);
  for (let pixel = 0, i = 0; pixel < alpha.length; pixel++) {
    const opacity = alpha[pixel] as number;
    for (let channel = 0; channel < channels; channel++, i++) {
      const scaled = (data[i] as number) * opacity + 128;
      product[i] = ((scaled >> 8) + scaled) >> 8;
    }
  }
  return { width, height, data: product };
}

/** One level on all three channels, which is what `resample` takes. */
function spread(alpha: Uint8Array): Uint8Array {
  const data = new Uint8Array(alpha.length * channels);
  for (let pixel = 0, i = 0; pixel < alpha.length; pixel++) {
    for (let channel = 0; channel < channels; channel++, i++) data[i] = alpha[pixel] as number;
  }
  return data;
}

function unpremultiplied(colours: Uint8Array, opacity: Uint8Array): Uint8Array {
  return colours.map((level, i) => {
    const share = opacity[i] as number;
    return share === 0 || share === 255 ? level : Math.min(255, Math.trunc((255 * level) / share));
  });
}
