// Antialiased resizing of 8-bit RGB, as Pillow does it (libImaging/Resample.c) and so as CLIP was trained with: the filter is
// stretched by the scale when shrinking, weights are 22-bit fixed point, and levels are rounded to 8 bits between the horizontal
// and the vertical pass. sharp's own resize rounds and centres differently; this matches Pillow's to the last bit.

import { aligned, inPixelSpace } from './kernels/pixel-space.ts';
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
/** Of a weight, apart from its high ones: kernels/assembly/resample.ts says why. */
const lowBits = 11;
const lowMask = 2 ** lowBits - 1;
/** Rows that the kernel narrows at a time. */
const rowStep = 4;
/** Of the picture in the kernels' memory at a time: what the second-level cache holds. */
const blockBytes = 2 ** 18;

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
  return { width: window.width, height: window.height, data: resampleIn(picture, columns, rows, window) };
}

type AxisWeights = {
  /** First source index, and how many, for each target index. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `taps` fixed-point weights for each target index, zeros behind the counted ones; an even number. */
  readonly weights: Int32Array;
  readonly taps: number;
};

/** Pillow's precompute_coeffs and normalize_coeffs_8bpc for `length` target indices from `first` on. */
function axisWeights(from: number, to: number, kernel: Kernel, first: number, length: number): AxisWeights {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const taps = (Math.ceil(support) + 1) * 2;
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

/** The stream that the kernels read (kernels/assembly/resample.ts); sources are `bytes` apart, the one at `origin` is the first. */
function weightStream(
  { starts, counts, weights, taps }: AxisWeights,
  origin: number,
  bytes: number,
): Int32Array<ArrayBuffer> {
  const pairCounts = counts.map((count) => Math.ceil(count / 2));
  const words = pairCounts.reduce((sum, pairs) => sum + 2 + 2 * pairs, 0);
  const stream = new Int32Array(words);
  let at = 0;
  for (let i = 0; i < starts.length; i++) {
    const pairs = pairCounts[i] as number;
    stream[at++] = ((starts[i] as number) - origin) * bytes;
    stream[at++] = pairs;
    for (let tap = i * taps; tap < i * taps + 2 * pairs; tap += 2) {
      const [first, second] = [weights[tap] as number, weights[tap + 1] as number];
      stream[at++] = ((first >> lowBits) & 0xffff) | ((second >> lowBits) << 16);
      stream[at++] = (first & lowMask) | ((second & lowMask) << 16);
    }
  }
  return stream;
}

/** Both passes in the memory of the kernels: the rows that the vertical one needs are narrowed as many at a time as fit a block. */
function resampleIn(
  picture: PixelRows,
  columns: AxisWeights,
  rows: AxisWeights,
  { width, height }: Window,
): Uint8Array<ArrayBuffer> {
  const firstRow = rows.starts[0] as number;
  const rowCount = (rows.starts.at(-1) as number) + (rows.counts.at(-1) as number) - firstRow;
  const sourceStride = picture.width * channels;
  const stride = aligned(width * channels + 1);
  const blockRows = rowStep * Math.max(1, Math.floor(blockBytes / (rowStep * sourceStride)));
  const columnStream = weightStream(columns, 0, channels);
  const rowStream = weightStream(rows, firstRow, stride);
  const atRows = columnStream.byteLength;
  const atBlock = aligned(atRows + rowStream.byteLength);
  const atNarrowed = aligned(atBlock + blockRows * sourceStride);
  const atOut = atNarrowed + (rowCount + rowStep) * stride;
  return inPixelSpace(atOut + height * stride, ({ buffer, kernels }) => {
    new Int32Array(buffer).set(columnStream);
    new Int32Array(buffer, atRows).set(rowStream);
    const bytes = new Uint8Array(buffer);
    for (let done = 0; done < rowCount; done += blockRows) {
      const count = Math.min(blockRows, rowCount - done);
      copyRows(picture, firstRow + done, count, bytes.subarray(atBlock));
      const target = atNarrowed + done * stride;
      kernels.narrowRows(atBlock, sourceStride, target, stride, count, 0, columnStream.byteLength);
    }
    kernels.mixRows(atNarrowed, atOut, stride, atRows, atRows + rowStream.byteLength);
    const out = new Uint8Array(width * height * channels);
    for (let y = 0; y < height; y++) {
      const from = atOut + y * stride;
      out.set(bytes.subarray(from, from + width * channels), y * width * channels);
    }
    return out;
  });
}

function copyRows({ width, rowAt }: PixelRows, first: number, count: number, target: Uint8Array): void {
  const length = width * channels;
  for (let y = 0; y < count; y++) {
    const { data, start } = rowAt(first + y);
    target.set(data.subarray(start, start + length), y * length);
  }
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
