import { describe, expect, test } from 'vitest';
import { multiplyRows, multiplyRows64, subtractProduct64 } from '#shared/math/kernels/fast-product.ts';
import { multiplyFloat32 } from '#shared/math/kernels/float32-product.ts';
import { inverseCholesky } from '#shared/math/linear/matrix.ts';
import { fc } from '../../support/properties.ts';
import {
  gaussianRows,
  identityMatrix,
  largestDifference,
  product,
  randomSymmetric,
  transposed,
} from './random.ts';

const shape = fc.record({
  n: fc.integer({ min: 0, max: 70 }),
  m: fc.integer({ min: 0, max: 11 }),
  d: fc.integer({ min: 1, max: 37 }),
});

describe('products of rows', () => {
  test('agree with the plain product in every shape', () => {
    fc.assert(
      fc.property(shape, fc.nat(1000), ({ n, m, d }, seed) => {
        const a = gaussianRows(n, d, seed);
        const b = gaussianRows(m, d, seed + 1);
        const expected = product(a, transposed(b, m, d), [n, d, m]);
        expect(largestDifference(multiplyRows(a, b, d), expected)).toBeLessThan(1e-4);
        expect(largestDifference(multiplyFloat32(a, b, d), expected)).toBeLessThan(1e-5);
        const [a64, b64] = [new Float64Array(a), new Float64Array(b)];
        expect(largestDifference(multiplyRows64(a64, b64, d), expected)).toBeLessThan(1e-12);
        const rest = Float64Array.from(expected, (value) => value + 1);
        subtractProduct64(rest, a64, b64, d);
        expect(largestDifference(rest, new Float64Array(n * m).fill(1))).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('refuse shapes that do not fit', () => {
    expect(() => multiplyRows(new Float32Array(5), new Float32Array(6), 3)).toThrow(RangeError);
    expect(() => multiplyFloat32(new Float32Array(6), new Float32Array(6), 3, new Float32Array(3))).toThrow(
      RangeError,
    );
    expect(() => subtractProduct64(new Float64Array(5), new Float64Array(6), new Float64Array(6), 3)).toThrow(
      RangeError,
    );
  });
});

describe('inverseCholesky', () => {
  test('whitens a positive definite matrix and refuses others', () => {
    const matrix = randomSymmetric(17, 30, 4);
    const inverse = inverseCholesky(matrix, 17) ?? new Float64Array(0);
    const whitened = product(
      product(inverse, matrix, [17, 17, 17]),
      transposed(inverse, 17, 17),
      [17, 17, 17],
    );
    expect(largestDifference(whitened, identityMatrix(17))).toBeLessThan(1e-10);
    expect(inverseCholesky(randomSymmetric(6, 3, 1), 6)).toBeUndefined();
  });
});
