// torchvision's gaussian_blur on 8-bit RGB: reflected edges, float32 sums, rounded once at the end.
// Done as two one-dimensional passes, row by row, so that memory is read in order (kernels/assembly/blur.ts).

import { aligned, inPixelSpace, type PixelSpace } from './kernels/pixel-space.ts';
import type { Pixels } from './pixels.ts';

const channels = 3;
const floatBytes = Float32Array.BYTES_PER_ELEMENT;
const pixelBytes = channels * floatBytes;

/** Weights below this share of the peak cannot change an 8-bit level, however many there are. */
const negligibleWeight = 1e-6;

export type Blur = { readonly kernelSize: number; readonly sigma: number };

/** Source and target are interleaved RGB of this size and must not overlap in part; they may be the same buffer. */
export function gaussianBlur(
  source: Uint8Array,
  target: Uint8Array,
  { width, height }: Pick<Pixels, 'width' | 'height'>,
  blur: Blur,
): void {
  const picture = { width, height, data: source };
  const horizontal = gaussianWeights(blur, width);
  const vertical = gaussianWeights(blur, height);
  const layout = layOut(picture, horizontal.length, vertical.length);
  inPixelSpace(layout.end, (space) => {
    blurRows(space, layout, picture, horizontal);
    blurColumns(space, layout, target, vertical);
  });
}

/** Where in the memory what lies, in bytes. Rows are float32 and padded to steps of the kernel. */
type Layout = {
  readonly weights: number;
  /** Addresses of what is summed, two for each weight but the first. */
  readonly pairs: number;
  /** One row with its reflected edges. */
  readonly padded: number;
  readonly rows: number;
  readonly stride: number;
  readonly rowCount: number;
  readonly sums: number;
  readonly levels: number;
  readonly end: number;
};

function layOut({ width, height }: Pixels, horizontalTaps: number, verticalTaps: number): Layout {
  const stride = aligned(width * pixelBytes);
  const pairs = aligned(floatBytes * Math.max(horizontalTaps, verticalTaps));
  const padded = 3 * pairs;
  const rows = aligned(padded + stride + 2 * horizontalTaps * pixelBytes);
  const sums = rows + height * stride;
  const levels = sums + stride;
  return { weights: 0, pairs, padded, rows, stride, rowCount: height, sums, levels, end: levels + stride };
}

/** The horizontal pass, from the picture to the rows. */
function blurRows(
  { buffer, kernels }: PixelSpace,
  { weights: atWeights, pairs: atPairs, padded: atPadded, rows, stride }: Layout,
  { width, height, data }: Pixels,
  weights: Float32Array,
): void {
  const radius = weights.length - 1;
  const centre = atPadded + radius * pixelBytes;
  const rowLength = width * channels;
  const padded = new Float32Array(buffer, atPadded, rowLength + 2 * radius * channels);
  const pairs = new Uint32Array(buffer, atPairs, 2 * radius);
  new Float32Array(buffer, atWeights).set(weights);
  for (let tap = 1; tap <= radius; tap++) {
    pairs[2 * tap - 2] = centre - tap * pixelBytes;
    pairs[2 * tap - 1] = centre + tap * pixelBytes;
  }
  for (let y = 0; y < height; y++) {
    fillPadded(padded, data.subarray(y * rowLength, (y + 1) * rowLength), radius);
    kernels.sumTaps(rows + y * stride, centre, atWeights, atPairs, atPairs + pairs.byteLength, stride);
  }
}

/** The vertical pass, from the rows to `target`. */
function blurColumns(
  { buffer, kernels }: PixelSpace,
  { weights: atWeights, pairs: atPairs, rows, stride, rowCount, sums, levels }: Layout,
  target: Uint8Array,
  weights: Float32Array,
): void {
  const rowLength = target.length / rowCount;
  const pairs = new Uint32Array(buffer, atPairs, 2 * (weights.length - 1));
  const blurred = new Uint8Array(buffer, levels, rowLength);
  new Float32Array(buffer, atWeights).set(weights);
  for (let y = 0; y < rowCount; y++) {
    for (let tap = 1; tap < weights.length; tap++) {
      pairs[2 * tap - 2] = rows + reflected(y - tap, rowCount) * stride;
      pairs[2 * tap - 1] = rows + reflected(y + tap, rowCount) * stride;
    }
    kernels.sumTaps(sums, rows + y * stride, atWeights, atPairs, atPairs + pairs.byteLength, stride);
    kernels.roundLevels(sums, levels, rowLength);
    target.set(blurred, y * rowLength);
  }
}

/** The weights of offsets 0, 1, 2 ... (the kernel is symmetric), cut where they no longer count or the picture ends. */
function gaussianWeights({ kernelSize, sigma }: Blur, side: number): Float32Array {
  const half = (kernelSize - 1) / 2;
  const weights = Array.from({ length: half + 1 }, (_, offset) => Math.exp(-0.5 * (offset / sigma) ** 2));
  const kept = weights.filter((weight, offset) => weight >= negligibleWeight && offset < side);
  const sum = kept.reduce((total, weight, offset) => total + (offset === 0 ? weight : 2 * weight), 0);
  return Float32Array.from(kept, (weight) => weight / sum);
}

/** One row with `radius` reflected pixels on each side (the edge pixel itself is not repeated). */
function fillPadded(padded: Float32Array, row: Uint8Array, radius: number): void {
  const width = row.length / channels;
  padded.set(row, radius * channels);
  for (let distance = 1; distance <= radius; distance++) {
    for (let channel = 0; channel < channels; channel++) {
      padded[(radius - distance) * channels + channel] = row[distance * channels + channel] as number;
      padded[(radius + width - 1 + distance) * channels + channel] = row[
        (width - 1 - distance) * channels + channel
      ] as number;
    }
  }
}

/** Mirrors an index at both edges, without repeating the edge. */
function reflected(index: number, length: number): number {
  if (index < 0) return -index;
  return index < length ? index : 2 * (length - 1) - index;
}
