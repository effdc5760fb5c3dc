// What an environment's profile does to an answer: the mean it stands for, and whether its pictures show enough classes.
//
// Source: docs/method.md, “Environment means”; close kin is Distribution Normalization (Zhou et al., NeurIPS 2023).

import { normaliseRows } from '../linear/vector.ts';

/** n₀: for how many pictures the sources' mean counts beside those of the profile. */
const priorPictures = 8;

export type ProfileMean = {
  /** n. */
  readonly pictures: number;
  /** Σx [d]. */
  readonly sum: Float64Array;
};

/**
 * μ̄ + s(μ̂ − μ̄) [d] with μ̂ = (Σx + n₀ μ̄) / (n + n₀); without a reference mean Σx / n, taken s times. Throws RangeError for no
 * picture at all.
 */
export function targetMean(
  { pictures, sum }: ProfileMean,
  reference: Float32Array | undefined,
  strength = 1,
): Float32Array<ArrayBuffer> {
  const weight = pictures + (reference === undefined ? 0 : priorPictures);
  if (!(weight > 0)) throw new RangeError('a mean of no picture');
  const mean = new Float32Array(sum.length);
  for (let i = 0; i < mean.length; i++) {
    const from = reference?.[i] ?? 0;
    const estimate = ((sum[i] as number) + (reference === undefined ? 0 : priorPictures * from)) / weight;
    mean[i] = from + strength * (estimate - from);
  }
  return mean;
}

/** normalise(t − t̄) before any projection: rows [c, d] less their mean, not renormalised; of one label nothing is taken. */
export function centreLabels(rows: Float32Array, dimension: number): Float32Array<ArrayBuffer> {
  const count = rows.length / dimension;
  const centred = rows.slice() as Float32Array<ArrayBuffer>;
  if (count <= 1) return centred;
  for (let i = 0; i < dimension; i++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += rows[row * dimension + i] as number;
    mean /= count;
    for (let row = 0; row < count; row++)
      centred[row * dimension + i] = (rows[row * dimension + i] as number) - mean;
  }
  return centred;
}

/** Of pictures with fewer answered classes than this share of what sources show, a mean says more of the classes than of the place. */
export const skewedBelow = 1 / 2;

/** exp of the entropy of how often each class is answered: 1 where all answers are one class, c where all c are as frequent. */
export function effectiveClasses(answers: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < answers.length; i++)
    counts.set(answers[i] as number, (counts.get(answers[i] as number) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / answers.length) * Math.log(count / answers.length);
  return Math.exp(entropy);
}

/**
 * How many classes n pictures of sources that show S of them may be expected to show: S (1 − (1 − 1/S)ⁿ). A profile of 32
 * pictures cannot show the 104 classes that a source's 128 show, and is none the worse for it.
 */
export function classesExpected(sourceClasses: number, pictures: number): number {
  return sourceClasses * (1 - (1 - 1 / Math.max(1, sourceClasses)) ** pictures);
}

/** Unit rows, as classify wants them, from embeddings that were stored rounded. */
export function unitRows(rows: Float32Array, dimension: number): Float32Array<ArrayBuffer> {
  const copy = rows.slice() as Float32Array<ArrayBuffer>;
  normaliseRows(copy, dimension);
  return copy;
}
