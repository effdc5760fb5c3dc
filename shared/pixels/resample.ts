// Antialiased resizing of 8-bit RGB, as Pillow does it (libImaging/Resample.c) and so as CLIP was trained with: the filter is
// stretched by the scale when shrinking, weights are 22-bit fixed point, and levels are rounded to 8 bits between the horizontal
// and the vertical pass. sharp's own resize rounds and centres differently; this matches Pillow's to the last bit.

import type { RgbPicture } from './rgb-picture.ts';

export type ResampleFilter = 'bicubic' | 'bilinear' | 'lanczos' | 'box' | 'hamming';

/** Part of the resized picture that is wanted, in its pixels; computing only this changes no value. */
export type Window = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};
export type Size = { readonly width: number; readonly height: number };

type Kernel = { readonly support: number; readonly weight: (distance: number) => number };

const channels = 3;
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

const kernels: Record<ResampleFilter, Kernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: lanczos },
};

/** A picture as its rows of RGB, each made when it is asked for and good until the next is. */
export type PixelRows = Size & {
  readonly rowAt: (y: number) => { readonly data: Uint8Array; readonly start: number };
};

/** Resizes to `size` and returns the part in `window` (default: all of it). */
export function resample(
  { width, height, data }: RgbPicture,
  size: Size,
  filter: ResampleFilter,
  window?: Window,
): RgbPicture {
  const rowAt = (y: number) => ({ data, start: y * width * channels });
  return resampleRowsOf({ width, height, rowAt }, size, filter, window);
}

export function resampleRowsOf(
  picture: PixelRows,
  size: Size,
  filter: ResampleFilter,
  window: Window = { left: 0, top: 0, ...size },
): RgbPicture {
  const columns = axisWeights(picture.width, size.width, kernels[filter], window.left, window.width);
  const rows = axisWeights(picture.height, size.height, kernels[filter], window.top, window.height);
  const firstRow = rows.starts[0] as number;
  const lastRow = (rows.starts.at(-1) as number) + (rows.counts.at(-1) as number);
  const narrowed = resampleRows(picture, columns, firstRow, lastRow - firstRow);
  return {
    width: window.width,
    height: window.height,
    data: resampleColumns(narrowed, rows, firstRow, window),
  };
}

type AxisWeights = {
  /** First source index, and how many, for each target index. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `taps` fixed-point weights for each target index, zeros behind the counted ones. */
  readonly weights: Int32Array;
  readonly taps: number;
};

/** Pillow's precompute_coeffs and normalize_coeffs_8bpc for `length` target indices from `first` on. */
function axisWeights(from: number, to: number, kernel: Kernel, first: number, length: number): AxisWeights {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(length);
  const counts = new Int32Array(length);
  const weights = new Int32Array(length * taps);
  const raw = new Float64Array(taps);
  for (let i = 0; i < length; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = kernel.weight((start + tap - centre + 0.5) / stretch);
      raw[tap] = weight;
      sum += weight;
    }
    starts[i] = start;
    counts[i] = count;
    for (let tap = 0; tap < count; tap++) {
      weights[i * taps + tap] = toFixedPoint((raw[tap] as number) / (sum === 0 ? 1 : sum));
    }
  }
  return { starts, counts, weights, taps };
}

function toFixedPoint(weight: number): number {
  return Math.trunc(weight * 2 ** precisionBits + (weight < 0 ? -0.5 : 0.5));
}

/** The horizontal pass, on the rows that the vertical one needs. */
function resampleRows(
  { rowAt }: PixelRows,
  { starts, counts, weights, taps }: AxisWeights,
  firstRow: number,
  rowCount: number,
): Uint8Array {
  const outWidth = starts.length;
  const out = new Uint8Array(outWidth * rowCount * channels);
  let target = 0;
  for (let y = firstRow; y < firstRow + rowCount; y++) {
    const { data, start } = rowAt(y);
    for (let x = 0; x < outWidth; x++) {
      let red = half;
      let green = half;
      let blue = half;
      let source = start + (starts[x] as number) * channels;
      const end = x * taps + (counts[x] as number);
      for (let tap = x * taps; tap < end; tap++) {
        const weight = weights[tap] as number;
        red = (red + Math.imul(data[source] as number, weight)) | 0;
        green = (green + Math.imul(data[source + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(data[source + 2] as number, weight)) | 0;
        source += channels;
      }
      out[target] = clip(red >> precisionBits);
      out[target + 1] = clip(green >> precisionBits);
      out[target + 2] = clip(blue >> precisionBits);
      target += channels;
    }
  }
  return out;
}

/** The vertical pass, whole rows at a time so that memory is read in order. */
function resampleColumns(
  source: Uint8Array,
  { starts, counts, weights, taps }: AxisWeights,
  firstRow: number,
  { width, height }: Window,
): Uint8Array {
  const rowLength = width * channels;
  const sums = new Int32Array(rowLength);
  const out = new Uint8Array(rowLength * height);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    for (let tap = 0; tap < (counts[y] as number); tap++) {
      const weight = weights[y * taps + tap] as number;
      const row = ((starts[y] as number) - firstRow + tap) * rowLength;
      for (let i = 0; i < rowLength; i++) {
        sums[i] = (sums[i] as number) + Math.imul(source[row + i] as number, weight);
      }
    }
    const target = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[target + i] = clip((sums[i] as number) >> precisionBits);
  }
  return out;
}

function clip(level: number): number {
  if (level < 0) return 0;
  return level > 255 ? 255 : level;
}

/** Keys' cubic with a = -0.5. */
function bicubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function hamming(distance: number): number {
  const x = Math.abs(distance);
  if (x === 0) return 1;
  return x >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI));
}

function lanczos(distance: number): number {
  return distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
