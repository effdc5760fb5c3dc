// Resizing a picture with alpha and then dropping the alpha, as Pillow does it: colours are weighted by their opacity while they
// are averaged, so that what was invisible stays so; fully transparent pixels come out black. Nothing is composited.
// Rows are weighted as they are read: a large picture is never held a second time.

import type { ResampleFilter } from './axis-weights.ts';
import { type PixelRows, resampleRowsOf, type Size, type Window } from './resample.ts';
import type { RgbaPicture, RgbPicture } from './rgb-picture.ts';

const channels = 3;

export function resampleTransparent(
  picture: RgbaPicture,
  size: Size,
  filter: ResampleFilter,
  window?: Window,
): RgbPicture {
  const colours = resampleRowsOf(rowsOf(picture, premultiply), size, filter, window);
  const opacity = resampleRowsOf(rowsOf(picture, spreadOpacity), size, filter, window);
  return { ...colours, data: unpremultiplied(colours.data, opacity.data) };
}

/** Makes as many pixels of RGB as `row` holds from RGBA. */
type RowMaker = (rgba: Uint8Array, row: Uint8Array) => void;

function rowsOf({ width, height, data }: RgbaPicture, make: RowMaker): PixelRows {
  const rgbaLength = width * (channels + 1);
  return {
    width,
    height,
    writeRows(target, { first, count }) {
      make(data.subarray(first * rgbaLength), target.subarray(0, count * width * channels));
    },
  };
}

function premultiply(rgba: Uint8Array, row: Uint8Array): void {
  for (let i = 0, source = 0; i < row.length; source++) {
    const opacity = rgba[source + channels] as number;
    for (let channel = 0; channel < channels; channel++, i++, source++) {
      const scaled = (rgba[source] as number) * opacity + 128;
      row[i] = ((scaled >> 8) + scaled) >> 8;
    }
  }
}

/** One level on all three channels, which is what resampling takes. */
function spreadOpacity(rgba: Uint8Array, row: Uint8Array): void {
  for (let i = 0, source = channels; i < row.length; source += channels + 1) {
    for (let channel = 0; channel < channels; channel++, i++) row[i] = rgba[source] as number;
  }
}

function unpremultiplied(colours: Uint8Array, opacity: Uint8Array): Uint8Array {
  return colours.map((level, i) => {
    const share = opacity[i] as number;
    return share === 0 || share === 255 ? level : Math.min(255, Math.trunc((255 * level) / share));
  });
}
