// With what weights the pixels along one side of a picture make those of the resized one: Pillow's precompute_coeffs and
// normalize_coeffs_8bpc, as the stream of words that the kernels read (kernels/assembly/resample.ts).

export type ResampleFilter = 'bicubic' | 'bilinear' | 'lanczos' | 'box' | 'hamming';

export type Axis = {
  readonly filter: ResampleFilter;
  /** Pixels before and after. */
  readonly from: number;
  readonly to: number;
  /** Of those after, which are wanted. */
  readonly first: number;
  readonly length: number;
  /** Which source lies at address 0, and how many bytes lie between two. */
  readonly start: 0 | 'first source';
  readonly bytes: number;
};

export type AxisWeights = {
  readonly stream: Int32Array<ArrayBuffer>;
  /** Which sources are needed. */
  readonly firstSource: number;
  readonly sources: number;
};

const precisionBits = 22;
/** Of a weight, apart from its high ones: kernels/assembly/resample.ts says why. */
const lowBits = 11;
const lowMask = 2 ** lowBits - 1;
/** The same few sizes come again and again: every view of a picture, and mostly every picture. */
const maxKept = 16;
const kept = new Map<string, AxisWeights>();

type Kernel = { readonly support: number; readonly weight: (distance: number) => number };

const kernels: Record<ResampleFilter, Kernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: lanczos },
};

export function axisWeights(axis: Axis): AxisWeights {
  const name = JSON.stringify(axis);
  const known = kept.get(name);
  if (known !== undefined) return known;
  const weights = computeWeights(axis);
  const [oldest] = kept.keys();
  if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest);
  kept.set(name, weights);
  return weights;
}

function computeWeights(axis: Axis): AxisWeights {
  const indices = fixedPointWeights(axis);
  const firstSource = indices.starts[0] as number;
  const end = (indices.starts.at(-1) as number) + (indices.counts.at(-1) as number);
  const stream = weightStream(indices, axis.start === 0 ? 0 : firstSource, axis.bytes);
  return { stream, firstSource, sources: end - firstSource };
}

type IndexWeights = {
  /** First source index, and how many, for each target index. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `taps` fixed-point weights for each target index, zeros behind the counted ones; an even number. */
  readonly weights: Int32Array;
  readonly taps: number;
};

function fixedPointWeights({ filter, from, to, first, length }: Axis): IndexWeights {
  const kernel = kernels[filter];
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

/** Sources are `bytes` apart, the one at `origin` is the first. */
function weightStream(
  { starts, counts, weights, taps }: IndexWeights,
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
