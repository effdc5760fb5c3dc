import { describe, expect, test } from 'vitest';
import { type ReductionVectors, reductionSpace } from '#shared/math/kernels/reduction-space.ts';
import { formTransposed } from '#shared/math/linear/reflections.ts';
import { type Tridiagonal, tridiagonalise } from '#shared/math/linear/tridiagonal.ts';
import {
  gaussianRows,
  identityMatrix,
  largestDifference,
  product,
  randomSymmetric,
  transposed,
} from './random.ts';

const sizes = [0, 1, 2, 3, 4, 7, 31, 32, 33, 34, 65, 100];

/** T [n, n]. */
function fullOf({ diagonal, offDiagonal }: Tridiagonal): Float64Array {
  const size = diagonal.length;
  const matrix = new Float64Array(size * size);
  for (const [i, value] of diagonal.entries()) matrix[i * size + i] = value;
  for (const [i, value] of offDiagonal.subarray(0, -1).entries()) {
    matrix[i * size + i + 1] = value;
    matrix[(i + 1) * size + i] = value;
  }
  return matrix;
}

function copyOf({ v, w, u, product: p }: ReductionVectors, length: number): ReductionVectors {
  const copy = (vector: Float64Array) => vector.slice(0, length);
  return { v: copy(v), w: copy(w), u: copy(u), product: copy(p) };
}

function value(numbers: Float64Array, index: number): number {
  return numbers[index] ?? Number.NaN;
}

describe('the reduction to tridiagonal form', () => {
  test.each(sizes)('is A = Q T Qᵀ with an orthogonal Q at size %i', (size) => {
    const shape = [size, size, size] as const;
    const matrix = randomSymmetric(size, Math.ceil(size / 2), size);
    const reduced = tridiagonalise(matrix.slice(), size);
    const rows = formTransposed(reduced, size);
    const columns = transposed(rows, size, size);
    const again = product(product(columns, fullOf(reduced), shape), rows, shape);
    expect(largestDifference(again, matrix)).toBeLessThan(1e-12 * (size + 1));
    expect(largestDifference(product(rows, columns, shape), identityMatrix(size))).toBeLessThan(1e-13);
  });

  test.each([1, 2, 5, 6, 8])('updates A and multiplies it by u in one step, of %i rows', (rows) => {
    const size = 9;
    const space = reductionSpace(size);
    const symmetric = randomSymmetric(size, size, 1);
    for (let row = 0; row < size; row++) {
      space.matrix.set(symmetric.subarray(row * size, (row + 1) * size), row * space.stride);
    }
    for (const [index, vector] of Object.values(space.vectors).entries()) {
      vector.set(gaussianRows(1, rows, index));
    }
    const vectors = copyOf(space.vectors, rows);
    space.vectors.product.fill(0);
    space.reduce(rows, space.vectors);
    const at = (i: number, j: number) =>
      value(symmetric, i * size + j) -
      (value(vectors.v, i) * value(vectors.w, j) + value(vectors.w, i) * value(vectors.v, j));
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < rows; j++) sum += at(i, j) * value(vectors.u, j);
      expect(space.vectors.product[i]).toBeCloseTo(sum, 12);
      for (let j = 0; j <= i; j++) expect(space.matrix[i * space.stride + j]).toBeCloseTo(at(i, j), 12);
    }
  });

  test('reads the lower triangle alone', () => {
    const matrix = randomSymmetric(9, 9, 4);
    const lower = matrix.map((value, index) => (index % 9 > Math.floor(index / 9) ? 1000 : value));
    const { diagonal, offDiagonal } = tridiagonalise(lower, 9);
    const whole = tridiagonalise(matrix, 9);
    expect(diagonal).toEqual(whole.diagonal);
    expect(offDiagonal).toEqual(whole.offDiagonal);
  });
});
