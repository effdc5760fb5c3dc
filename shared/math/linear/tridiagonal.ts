// Householder reduction of a symmetric matrix to tridiagonal form. The orthogonal matrix that does it: reflections.ts.
// Only the lower triangle is read.
//
// Source: Golub & Van Loan, Matrix Computations, algorithm 8.3.1, taken from the last row upwards so that the part still to
// be reduced is always the leading one.

import { type ReductionSpace, reductionSpace } from '../kernels/reduction-space.ts';

export type Tridiagonal = {
  /** d [n]. */
  readonly diagonal: Float64Array;
  /** e [n]: e[i] couples i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Householder vectors: row i holds u_i in its first i places [n, n]. */
  readonly reflectors: Float64Array;
  /** 2 / (u_i · u_i), or 0 where nothing had to be reflected [n]. */
  readonly factors: Float64Array;
};

/** T = Qᵀ A Q for symmetric `matrix` = A [n, n], which is overwritten. */
export function tridiagonalise(matrix: Float64Array, size: number): Tridiagonal {
  const space = reductionSpace(size);
  const diagonal = new Float64Array(size);
  const offDiagonal = new Float64Array(size);
  const factors = new Float64Array(size);
  copyLowerTriangle(matrix, size, space);
  let { v, w, u, product } = space.vectors;
  for (let i = size - 1; i >= 0; i--) {
    const row = space.matrix.subarray(i * space.stride, i * space.stride + i + 1);
    subtractWaiting(row, v, w);
    diagonal[i] = row[i] as number;
    if (i === 0) break;
    const reflector = row.subarray(0, i);
    const { factor, coupling } = reflect(reflector);
    offDiagonal[i - 1] = coupling;
    factors[i] = factor;
    matrix.set(reflector, i * size);
    u.set(reflector);
    for (const vector of [u, v, w]) vector[i] = 0;
    space.reduce(i, { v, w, u, product });
    // A reflection changes A by − u wᵀ − w uᵀ. That waits for the next one, to be done in the same pass.
    toWaiting(u.subarray(0, i), product.subarray(0, i), factor);
    [v, w, u, product] = [u, product, v, w];
  }
  return { diagonal, offDiagonal, reflectors: matrix, factors };
}

/** See ReductionSpace for the entries on the right of the diagonal. */
function copyLowerTriangle(source: Float64Array, size: number, { matrix, stride }: ReductionSpace): void {
  for (let row = 0; row < size; row++) {
    matrix.set(source.subarray(row * size, row * size + row + 1), row * stride);
    if (row % 2 === 1) matrix[(row - 1) * stride + row] = source[row * size + row - 1] as number;
  }
}

/** The part of v wᵀ + w vᵀ that is in the last row of the leading block, off that row. */
function subtractWaiting(row: Float64Array, v: Float64Array, w: Float64Array): void {
  const last = row.length - 1;
  const a = v[last] as number;
  const b = w[last] as number;
  for (let j = 0; j <= last; j++) {
    row[j] = (row[j] as number) - (a * (w[j] as number) + b * (v[j] as number));
  }
}

/** Turns x into u with (I − factor·uuᵀ) x = coupling · e_last, in place. */
function reflect(x: Float64Array): { factor: number; coupling: number } {
  const last = x.length - 1;
  let rest = 0;
  for (let j = 0; j < last; j++) rest += (x[j] as number) ** 2;
  const end = x[last] as number;
  if (rest === 0) return { factor: 0, coupling: end };
  const norm = Math.sqrt(rest + end * end);
  const coupling = end > 0 ? -norm : norm;
  x[last] = end - coupling;
  return { factor: 2 / (rest + (end - coupling) ** 2), coupling };
}

/**
 * Turns product = A u into w with H A H = A − u wᵀ − w uᵀ, H = I − factor·uuᵀ, in place; u and w into zeros where there is
 * nothing to reflect.
 */
function toWaiting(u: Float64Array, product: Float64Array, factor: number): void {
  if (factor === 0) u.fill(0);
  let dot = 0;
  for (let j = 0; j < u.length; j++) dot += (u[j] as number) * (product[j] as number);
  const shift = (factor * factor * dot) / 2;
  for (let j = 0; j < u.length; j++) product[j] = factor * (product[j] as number) - shift * (u[j] as number);
}
