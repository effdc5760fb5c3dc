// torchvision's gaussian_blur on 8-bit RGB: reflected edges, float32 sums, rounded once at the end.
// Done as two one-dimensional passes, row by row, so that memory is read in order.

const channels = 3;

/** Weights below this share of the peak cannot change an 8-bit level, however many there are. */
const negligibleWeight = 1e-6;

export type Blur = { readonly kernelSize: number; readonly sigma: number };

/** Source and target are interleaved RGB of this size and must not overlap in part; they may be the same buffer. */
export function gaussianBlur(
  source: Uint8Array,
  target: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  blur: Blur,
): void {
  const rowLength = width * channels;
  const blurredRows = new Float32Array(source.length);
  const horizontal = gaussianWeights(blur, width);
  const radius = horizontal.length - 1;
  const padded = new Float32Array(rowLength + 2 * radius * channels);
  for (let y = 0; y < height; y++) {
    fillPadded(padded, source.subarray(y * rowLength, (y + 1) * rowLength), radius);
    sumTaps(blurredRows.subarray(y * rowLength, (y + 1) * rowLength), padded, radius, horizontal);
  }
  blurColumns(blurredRows, target, rowLength, gaussianWeights(blur, height));
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

function sumTaps(target: Float32Array, padded: Float32Array, radius: number, weights: Float32Array): void {
  const centre = radius * channels;
  const peak = weights[0] as number;
  for (let i = 0; i < target.length; i++) target[i] = peak * (padded[centre + i] as number);
  for (let tap = 1; tap < weights.length; tap++) {
    const weight = weights[tap] as number;
    const left = centre - tap * channels;
    const right = centre + tap * channels;
    for (let i = 0; i < target.length; i++) {
      target[i] =
        (target[i] as number) + weight * ((padded[left + i] as number) + (padded[right + i] as number));
    }
  }
}

function blurColumns(
  source: Float32Array,
  target: Uint8Array,
  rowLength: number,
  weights: Float32Array,
): void {
  const height = source.length / rowLength;
  const sums = new Float32Array(rowLength);
  const peak = weights[0] as number;
  for (let y = 0; y < height; y++) {
    const centre = y * rowLength;
    for (let i = 0; i < rowLength; i++) sums[i] = peak * (source[centre + i] as number);
    for (let tap = 1; tap < weights.length; tap++) {
      const weight = weights[tap] as number;
      const above = reflected(y - tap, height) * rowLength;
      const below = reflected(y + tap, height) * rowLength;
      for (let i = 0; i < rowLength; i++) {
        sums[i] =
          (sums[i] as number) + weight * ((source[above + i] as number) + (source[below + i] as number));
      }
    }
    for (let i = 0; i < rowLength; i++) target[centre + i] = Math.round(sums[i] as number);
  }
}

/** Mirrors an index at both edges, without repeating the edge. */
function reflected(index: number, length: number): number {
  if (index < 0) return -index;
  return index < length ? index : 2 * (length - 1) - index;
}
