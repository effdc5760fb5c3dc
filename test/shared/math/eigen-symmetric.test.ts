import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { eigenSymmetric, eigenvaluesSymmetric } from '#shared/math/linear/eigen-symmetric.ts';
import { diagonalise } from '#shared/math/linear/implicit-ql.ts';
import {
  gaussianRows,
  identityMatrix,
  largestDifference,
  product,
  randomSymmetric,
  transposed,
  unwrap,
} from './random.ts';

/** The rows are orthonormal and Σ μ v vᵀ is the matrix. */
function expectSolved(matrix: Float64Array, size: number): void {
  const { values, vectors } = unwrap(eigenSymmetric(matrix, size));
  const scaledRows = vectors.map((value, index) => value * (values[Math.floor(index / size)] ?? 0));
  const columns = transposed(vectors, size, size);
  const scale = Math.max(1, ...matrix.map(Math.abs));
  expect(largestDifference(product(columns, scaledRows, [size, size, size]), matrix)).toBeLessThan(
    1e-13 * size * scale,
  );
  expect(largestDifference(product(vectors, columns, [size, size, size]), identityMatrix(size))).toBeLessThan(
    1e-12,
  );
}

/** Symmetric [n, n] from its entries (i, j) with i >= j. */
function symmetricOf(size: number, entry: (i: number, j: number) => number | undefined): Float64Array {
  return Float64Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [Math.floor(index / size), index % size];
    return entry(Math.max(row, column), Math.min(row, column)) ?? 0;
  });
}

describe('eigenSymmetric', () => {
  // Reflections are applied in blocks of 32, rotations to panels of 8 columns.
  const sizes = [1, 2, 3, 5, 8, 31, 32, 33, 63, 64, 65, 97, 100];

  test.each(sizes)('reconstructs a matrix of size %i from orthonormal rows', (size) => {
    expectSolved(randomSymmetric(size, size + 2, size), size);
  });

  test.each(sizes)('reconstructs a matrix of low rank of size %i', (size) => {
    expectSolved(randomSymmetric(size, Math.ceil(size / 3), size), size);
  });

  test.each([1, 31, 32, 33, 65])('solves tridiagonal, diagonal and bordered matrices of size %i', (size) => {
    const values = gaussianRows(2, size, size);
    const tridiagonal = symmetricOf(size, (i, j) =>
      i === j ? values[i] : i === j + 1 ? values[size + i] : 0,
    );
    expectSolved(tridiagonal, size);
    expectSolved(
      symmetricOf(size, (i, j) => (i === j ? values[i] : 0)),
      size,
    );
    // Only the last reflection has anything to do; then only the first few.
    expectSolved(
      symmetricOf(size, (i, j) => (i === j || i === size - 1 ? values[j] : 0)),
      size,
    );
    expectSolved(
      symmetricOf(size, (i, j) => (i < 5 || i === j ? values[(i + j) % size] : 0)),
      size,
    );
  });

  test.each([2, 8, 32])('solves eigenvalues that fade below rounding, a tenth every %i', (steps) => {
    const size = 256;
    const basis = unwrap(eigenSymmetric(randomSymmetric(size, size, 4), size)).vectors;
    const columns = transposed(basis, size, size);
    const scaled = basis.map((value, index) => value * 10 ** (-Math.floor(index / size) / steps));
    const matrix = product(columns, scaled, [size, size, size]);
    expectSolved(
      symmetricOf(size, (i, j) => matrix[i * size + j]),
      size,
    );
  });

  test.each([
    { towards: 'first', power: (i: number) => (i - 127) / 8 },
    { towards: 'last', power: (i: number) => -i / 8 },
  ])('solves entries that fade towards the $towards', ({ power }) => {
    const size = 128;
    const matrix = randomSymmetric(size, size, 4);
    expectSolved(
      symmetricOf(size, (i, j) => (matrix[i * size + j] ?? 0) * 10 ** (power(i) + power(j))),
      size,
    );
  });

  test('orders eigenvalues from the largest and agrees with another solver', () => {
    const size = 40;
    const matrix = randomSymmetric(size, size, 7);
    const { values } = unwrap(eigenSymmetric(matrix, size));
    const other = new EigenvalueDecomposition(Matrix.from1DArray(size, size, [...matrix]), {
      assumeSymmetric: true,
    }).realEigenvalues.sort((a, b) => b - a);
    expect(largestDifference(values, other)).toBeLessThan(1e-10);
  });

  test('makes the largest entry of every vector positive', () => {
    const size = 21;
    const { vectors } = unwrap(eigenSymmetric(randomSymmetric(size, 30, 3), size));
    for (let row = 0; row < size; row++) {
      const vector = [...vectors.subarray(row * size, (row + 1) * size)];
      expect(Math.max(...vector)).toBe(Math.max(...vector.map(Math.abs)));
    }
  });

  test('solves repeated eigenvalues, low rank, zeros and one by one', () => {
    expect(unwrap(eigenSymmetric(identityMatrix(6), 6)).values).toEqual(new Float64Array(6).fill(1));
    expect(unwrap(eigenSymmetric(new Float64Array(9), 3)).values).toEqual(new Float64Array(3));
    expect(unwrap(eigenSymmetric(Float64Array.of(-4), 1)).values).toEqual(Float64Array.of(-4));
    const { values, vectors } = unwrap(eigenSymmetric(randomSymmetric(30, 4, 11), 30));
    expect(Math.max(...values.subarray(4).map(Math.abs))).toBeLessThan(1e-12);
    expect(
      largestDifference(product(vectors, transposed(vectors, 30, 30), [30, 30, 30]), identityMatrix(30)),
    ).toBeLessThan(1e-12);
  });

  test('keeps its precision whatever the scale', () => {
    const matrix = randomSymmetric(24, 24, 5);
    const { values } = unwrap(eigenSymmetric(matrix, 24));
    for (const scale of [1e-180, 1e150]) {
      const scaled = unwrap(
        eigenSymmetric(
          matrix.map((value) => value * scale),
          24,
        ),
      ).values;
      expect(
        largestDifference(
          scaled.map((value) => value / scale),
          values,
        ),
      ).toBeLessThan(1e-11);
    }
  });

  test('gives the same eigenvalues alone', () => {
    const matrix = randomSymmetric(35, 35, 9);
    const alone = unwrap(eigenvaluesSymmetric(matrix, 35));
    expect(largestDifference(alone, unwrap(eigenSymmetric(matrix, 35)).values)).toBeLessThan(1e-11);
  });

  test('leaves its input as it was', () => {
    const matrix = randomSymmetric(10, 10, 2);
    const before = matrix.slice();
    eigenSymmetric(matrix, 10);
    expect(matrix).toEqual(before);
  });

  test('answers no-convergence for values that are not finite, and RangeError for another shape', () => {
    const matrix = randomSymmetric(4, 4, 1);
    matrix[5] = Number.NaN;
    expect(eigenSymmetric(matrix, 4)).toMatchObject({ ok: false, error: { code: 'no-convergence' } });
    expect(() => eigenSymmetric(new Float64Array(5), 2)).toThrow(RangeError);
  });

  test('gives up after a bounded number of sweeps', () => {
    expect(diagonalise(Float64Array.of(1, Number.NaN, 2), Float64Array.of(1, 1, 0))).toBe(false);
  });
});
