// Antialiased resizing of 8-bit RGB, as Pillow does it (libImaging/Resample.c) and so as CLIP was trained with: the filter is
// stretched by the scale when shrinking, weights are 22-bit fixed point, and levels are rounded to 8 bits between the horizontal
// and the vertical pass. sharp's own resize rounds and centres differently; this matches Pillow's to the last bit.

import { type AxisWeights, axisWeights, type ResampleFilter } from './axis-weights.ts';
import { aligned, inPixelSpace } from './kernels/pixel-space.ts';
import type { RgbPicture } from './rgb-picture.ts';

/** Part of the resized picture that is wanted, in its pixels; computing only this changes no value. */
export type Window = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};
export type Size = { readonly width: number; readonly height: number };

const channels = 3;
/** Rows that the kernel narrows at a time. */
const rowStep = 4;
/** Of the picture in the kernels' memory at a time: what the second-level cache holds. */
const blockBytes = 2 ** 18;

/** So many pixels along one side, from one on. */
export type Span = { readonly first: number; readonly count: number };

/** A picture as its rows of RGB, made where they are wanted. Beside `columns` anything may stand: nobody looks there. */
export type PixelRows = Size & {
  readonly writeRows: (target: Uint8Array, rows: Span, columns: Span) => void;
};

/** Resizes to `size` and returns the part in `window` (default: all of it). */
export function resample(
  { width, height, data }: RgbPicture,
  size: Size,
  filter: ResampleFilter,
  window?: Window,
): RgbPicture {
  const rowLength = width * channels;
  const writeRows = (target: Uint8Array, { first, count }: Span) =>
    target.set(data.subarray(first * rowLength, (first + count) * rowLength));
  return resampleRowsOf({ width, height, writeRows }, size, filter, window);
}

export function resampleRowsOf(
  picture: PixelRows,
  size: Size,
  filter: ResampleFilter,
  window: Window = { left: 0, top: 0, ...size },
): RgbPicture {
  const stride = aligned(window.width * channels + 1);
  const across = { from: picture.width, to: size.width, first: window.left, length: window.width };
  const down = { from: picture.height, to: size.height, first: window.top, length: window.height };
  const columns = axisWeights({ ...across, filter, start: 0, bytes: channels });
  const rows = axisWeights({ ...down, filter, start: 'first source', bytes: stride });
  return { width: window.width, height: window.height, data: resampleIn(picture, columns, rows, window) };
}

/** Both passes in the memory of the kernels: the rows that the vertical one needs are narrowed as many at a time as fit a block. */
function resampleIn(
  picture: PixelRows,
  columns: AxisWeights,
  rows: AxisWeights,
  { width, height }: Window,
): Uint8Array<ArrayBuffer> {
  const { firstSource: firstRow, sources: rowCount } = rows;
  const wanted = { first: columns.firstSource, count: columns.sources };
  const sourceStride = picture.width * channels;
  const stride = aligned(width * channels + 1);
  const blockRows = rowStep * Math.max(1, Math.floor(blockBytes / (rowStep * sourceStride)));
  const atRows = columns.stream.byteLength;
  const endOfRows = atRows + rows.stream.byteLength;
  const atBlock = aligned(endOfRows);
  const atNarrowed = aligned(atBlock + blockRows * sourceStride);
  const atOut = atNarrowed + (rowCount + rowStep) * stride;
  return inPixelSpace(atOut + height * stride, ({ buffer, kernels }) => {
    new Int32Array(buffer).set(columns.stream);
    new Int32Array(buffer, atRows).set(rows.stream);
    const bytes = new Uint8Array(buffer);
    for (let done = 0; done < rowCount; done += blockRows) {
      const count = Math.min(blockRows, rowCount - done);
      picture.writeRows(bytes.subarray(atBlock), { first: firstRow + done, count }, wanted);
      const target = atNarrowed + done * stride;
      kernels.narrowRows(atBlock, sourceStride, target, stride, count, 0, atRows);
    }
    kernels.mixRows(atNarrowed, atOut, stride, atRows, endOfRows);
    const out = new Uint8Array(width * height * channels);
    for (let y = 0; y < height; y++) {
      const from = atOut + y * stride;
      out.set(bytes.subarray(from, from + width * channels), y * width * channels);
    }
    return out;
  });
}
