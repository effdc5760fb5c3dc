// The product of Householder reflections, a block at a time: H_a ⋯ H_z = I − Vᵀ T V, where the rows of V are their vectors and
// T is small and triangular. Matrix products run many times faster than one reflection after the other.
//
// Source: the compact WY representation of Schreiber & Van Loan (1989), as in LAPACK's dlarft and dorgtr.

import { multiplyRows64, subtractProduct64 } from '../kernels/fast-product.ts';
import { transpose } from './matrix.ts';
import type { Tridiagonal } from './tridiagonal.ts';

const blockReflections = 32;

/** Qᵀ [n, n] with A = Q T Qᵀ: the product H_1 ⋯ H_(n−1). */
export function formTransposed(
  { reflectors, factors }: Pick<Tridiagonal, 'reflectors' | 'factors'>,
  size: number,
): Float64Array<ArrayBuffer> {
  const product = new Float64Array(size * size);
  // H_i changes the first i rows and columns. Those that any has changed are kept together, [width, width], as `product` begins.
  let width = 0;
  for (let first = 0; first < size; first += blockReflections) {
    const end = Math.min(first + blockReflections, size);
    widen(product, width, end);
    width = end;
    const vectors = leadingParts(reflectors, size, first, end);
    applyBlock(product.subarray(0, width * width), width, vectors, factors.subarray(first, end));
  }
  return product;
}

/** [from, from] to [to, to] in place, the identity in what is new. */
function widen(matrix: Float64Array, from: number, to: number): void {
  for (let row = from - 1; row >= 0; row--) {
    matrix.copyWithin(row * to, row * from, (row + 1) * from);
    matrix.fill(0, row * to + from, (row + 1) * to);
  }
  matrix.fill(0, from * to, to * to);
  for (let row = from; row < to; row++) matrix[row * to + row] = 1;
}

/** V [end − first, end] of the vectors from row `first` of `reflectors`, zeros after the i places of row i. */
function leadingParts(reflectors: Float64Array, size: number, first: number, end: number): Float64Array {
  const vectors = new Float64Array((end - first) * end);
  for (let i = first; i < end; i++) {
    vectors.set(reflectors.subarray(i * size, i * size + i), (i - first) * end);
  }
  return vectors;
}

/** P ← P (I − Vᵀ T V) for P [width, width]. */
function applyBlock(matrix: Float64Array, width: number, vectors: Float64Array, factors: Float64Array): void {
  const count = factors.length;
  const along = multiplyRows64(matrix, vectors, width);
  const triangle = triangularFactor(multiplyRows64(vectors, vectors, width), factors);
  const mixed = multiplyRows64(transpose(vectors, count, width), triangle, count);
  subtractProduct64(matrix, along, mixed, count);
}

/** T [m, m], upper triangular, for the products `gram` = V Vᵀ and the factors of the reflections. */
function triangularFactor(gram: Float64Array, factors: Float64Array): Float64Array {
  const count = factors.length;
  const triangle = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    const factor = factors[j] as number;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++)
        sum += (triangle[i * count + k] as number) * (gram[k * count + j] as number);
      triangle[i * count + j] = -factor * sum;
    }
    triangle[j * count + j] = factor;
  }
  return triangle;
}
