import { describe, expect, test } from 'vitest';
import { reductionModule } from '#shared/math/kernels/reduction-kernel.ts';
import { plainReductionSpace, reductionSpace } from '#shared/math/kernels/reduction-space.ts';
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

describe('the reduction to tridiagonal form', () => {
  describe.each([
    { where: 'in WebAssembly', spaceOf: reductionSpace },
    { where: 'in JavaScript', spaceOf: plainReductionSpace },
  ])('$where', ({ spaceOf }) => {
    test.each(sizes)('is A = Q T Qᵀ with an orthogonal Q at size %i', (size) => {
      const shape = [size, size, size] as const;
      const matrix = randomSymmetric(size, Math.ceil(size / 2), size);
      const reduced = tridiagonalise(matrix.slice(), size, spaceOf(size));
      const rows = formTransposed(reduced, size);
      const columns = transposed(rows, size, size);
      const again = product(product(columns, fullOf(reduced), shape), rows, shape);
      expect(largestDifference(again, matrix)).toBeLessThan(1e-12 * (size + 1));
      expect(largestDifference(product(rows, columns, shape), identityMatrix(size))).toBeLessThan(1e-13);
    });
  });

  test.each([1, 2, 5, 6, 8])('takes the same step of %i rows in both, up to rounding', (rows) => {
    const size = 9;
    const [fast, plain] = [reductionSpace(size), plainReductionSpace(size)].map((space) => {
      space.matrix.set(gaussianRows(1, space.matrix.length, 1));
      for (const [index, vector] of Object.values(space.vectors).entries()) {
        vector.set(gaussianRows(1, rows, index));
      }
      space.reduce(rows, space.vectors);
      return [...space.matrix, ...space.vectors.product.subarray(0, rows)];
    });
    expect(largestDifference(fast ?? [], plain ?? [])).toBeLessThan(1e-13);
  });

  test('reads the lower triangle alone', () => {
    const matrix = randomSymmetric(9, 9, 4);
    const lower = matrix.map((value, index) => (index % 9 > Math.floor(index / 9) ? 1000 : value));
    const { diagonal, offDiagonal } = tridiagonalise(lower, 9);
    const whole = tridiagonalise(matrix, 9);
    expect(diagonal).toEqual(whole.diagonal);
    expect(offDiagonal).toEqual(whole.offDiagonal);
  });

  test('is done by valid WebAssembly', () => {
    expect(WebAssembly.validate(reductionModule())).toBe(true);
  });
});
