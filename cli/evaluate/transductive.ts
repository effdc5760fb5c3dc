// TransCLIP, zero-shot (Zanella et al., "Boosting Vision-Language Models with Transduction", NeurIPS 2024), for comparison: pictures
// are answered together, each class a Gaussian of one shared diagonal covariance, near pictures alike, none far from what its text says.

import { multiplyRows } from '#shared/math/kernels/fast-product.ts';
import { softmaxInPlace } from '#shared/math/linear/softmax.ts';
import { argmaxOfRows, normaliseRows } from '#shared/math/linear/vector.ts';

const rounds = 10;
const assignmentSteps = 5;
const neighbourCount = 3;
/** Pictures that a class's mean begins from: those it is surest of. */
const confidentPictures = 8;
/** The weight of likelihoods and neighbours beside what the text says, as its published code has it. */
const dataWeight = 1 / 50;

export type Transductive = {
  /** Unit rows [c, d]. */
  readonly prototypes: Float32Array;
  readonly dimension: number;
  readonly logitScale: number;
};

/** The label of every unit row [n, d]; they should be at least a few hundred, of most classes. */
export function answerTransductively(
  rows: Float32Array,
  { prototypes, dimension, logitScale }: Transductive,
): Int32Array {
  const classCount = prototypes.length / dimension;
  const count = rows.length / dimension;
  const said = multiplyRows(rows, prototypes, dimension).map((cosine) => logitScale * cosine);
  for (let row = 0; row < count; row++) softmaxInPlace(said, row * classCount, classCount);
  const near = nearestRows(rows, dimension);
  let means = firstMeans(rows, said, dimension, classCount);
  let variance = new Float64Array(dimension).fill(1 / dimension);
  let assigned: Float32Array = said.slice();
  for (let round = 0; round <= rounds; round++) {
    const likelihood = logLikelihoods(rows, means, variance, dimension);
    for (let step = 0; step < assignmentSteps; step++) {
      assigned = assign(likelihood, said, assigned, near, classCount);
    }
    if (round === rounds) break;
    means = weighedMeans(rows, assigned, dimension, classCount);
    variance = sharedVariance(rows, assigned, means, dimension);
  }
  return argmaxOfRows(assigned, classCount);
}

/** −½ Σ_i (x_i − μ_ci)² / σ²_i [n, c]. */
function logLikelihoods(
  rows: Float32Array,
  means: Float32Array,
  variance: Float64Array,
  dimension: number,
): Float32Array {
  const scaled = (values: Float32Array) =>
    values.map((value, i) => value / Math.sqrt(Math.max(1e-12, variance[i % dimension] as number)));
  const [x, m] = [scaled(rows), scaled(means)];
  const squares = (values: Float32Array) =>
    Float64Array.from({ length: values.length / dimension }, (_, row) =>
      values.subarray(row * dimension, (row + 1) * dimension).reduce((sum, value) => sum + value * value, 0),
    );
  const [ofRows, ofMeans] = [squares(x), squares(m)];
  const width = ofMeans.length;
  return multiplyRows(x, m, dimension).map(
    (product, i) =>
      product - ((ofRows[Math.floor(i / width)] as number) + (ofMeans[i % width] as number)) / 2,
  );
}

/** z ∝ said · exp((likelihood + the neighbours' z, weighed by likeness) / 50). */
function assign(
  likelihood: Float32Array,
  said: Float32Array,
  assigned: Float32Array,
  near: Neighbours,
  classCount: number,
): Float32Array {
  const logits = likelihood.slice();
  const pull = 1 / dataWeight / (2 * neighbourCount);
  for (const { from, to, weight } of near) {
    for (let i = 0; i < classCount; i++) {
      const [a, b] = [from * classCount + i, to * classCount + i];
      logits[a] = (logits[a] as number) + pull * weight * (assigned[b] as number);
      logits[b] = (logits[b] as number) + pull * weight * (assigned[a] as number);
    }
  }
  for (let i = 0; i < logits.length; i++) {
    logits[i] = dataWeight * (logits[i] as number) + Math.log(Math.max(1e-30, said[i] as number));
  }
  for (let start = 0; start < logits.length; start += classCount) softmaxInPlace(logits, start, classCount);
  return logits;
}

type Neighbours = readonly { readonly from: number; readonly to: number; readonly weight: number }[];

function nearestRows(rows: Float32Array, dimension: number): Neighbours {
  const cosines = multiplyRows(rows, rows, dimension);
  const count = rows.length / dimension;
  return Array.from({ length: count }, (_, from) => {
    const own = cosines.subarray(from * count, (from + 1) * count);
    const others = [...own.keys()].filter((to) => to !== from);
    const nearest = others.sort((a, b) => (own[b] as number) - (own[a] as number)).slice(0, neighbourCount);
    return nearest.map((to) => ({ from, to, weight: own[to] as number }));
  }).flat();
}

/** Of the pictures that a class is surest of, weighed by how sure; unit rows [c, d]. */
function firstMeans(
  rows: Float32Array,
  said: Float32Array,
  dimension: number,
  classCount: number,
): Float32Array {
  const count = rows.length / dimension;
  const confident = new Float32Array(said.length);
  for (let label = 0; label < classCount; label++) {
    const sure = (row: number) => said[row * classCount + label] as number;
    const order = Array.from({ length: count }, (_, row) => row).sort((a, b) => sure(b) - sure(a));
    for (const row of order.slice(0, confidentPictures)) confident[row * classCount + label] = sure(row);
  }
  return weighedMeans(rows, confident, dimension, classCount);
}

/** normalise(Σ_i z_ic x_i) [c, d]. */
function weighedMeans(
  rows: Float32Array,
  weights: Float32Array,
  dimension: number,
  classCount: number,
): Float32Array {
  const means = new Float32Array(classCount * dimension);
  for (let row = 0; row * dimension < rows.length; row++) {
    for (let label = 0; label < classCount; label++) {
      const weight = weights[row * classCount + label] as number;
      if (weight < 1e-9) continue;
      for (let i = 0; i < dimension; i++) {
        const at = label * dimension + i;
        means[at] = (means[at] as number) + weight * (rows[row * dimension + i] as number);
      }
    }
  }
  normaliseRows(means, dimension);
  return means;
}

/** Σ_ic z_ic (x_i − μ_c)² / n [d]. */
function sharedVariance(
  rows: Float32Array,
  assigned: Float32Array,
  means: Float32Array,
  dimension: number,
): Float64Array<ArrayBuffer> {
  const count = rows.length / dimension;
  const classCount = means.length / dimension;
  const variance = new Float64Array(dimension);
  for (let row = 0; row < count; row++) {
    for (let label = 0; label < classCount; label++) {
      const weight = (assigned[row * classCount + label] as number) / count;
      if (weight < 1e-9) continue;
      for (let i = 0; i < dimension; i++) {
        const offset = (rows[row * dimension + i] as number) - (means[label * dimension + i] as number);
        variance[i] = (variance[i] as number) + weight * offset * offset;
      }
    }
  }
  return variance;
}
