import { describe, expect, test } from 'vitest';
import { classify } from '#shared/math/answer/classify.ts';
import { compileHead } from '#shared/math/answer/compiled-head.ts';
import type { FittedHead } from '#shared/math/answer/fitted-head.ts';
import { multiplyFloat32 } from '#shared/math/kernels/float32-product.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { kernelModule } from '#shared/math/kernels/workspace.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { fc } from '../../support/properties.ts';
import { gaussianRows, largestDifference } from './random.ts';

const holdRows = holdRowsWith(kernelModule());

describe('rows held in WebAssembly memory', () => {
  test('are multiplied as JavaScript does it, in every shape', () => {
    const shape = fc.record({
      count: fc.integer({ min: 1, max: 4 }),
      rows: fc.integer({ min: 1, max: 11 }),
      dimension: fc.integer({ min: 1, max: 37 }),
    });
    fc.assert(
      fc.property(shape, fc.nat(1000), ({ count, rows, dimension }, seed) => {
        const vectors = gaussianRows(count, dimension, seed);
        const matrix = gaussianRows(rows, dimension, seed + 1);
        const expected = multiplyFloat32(vectors, matrix, dimension);
        expect(largestDifference(holdRows(matrix, dimension)(vectors), expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 60 },
    );
  });

  test('give a vector the same bytes alone and among others, and keep heads apart', () => {
    const [d, k, c] = [40, 12, 7];
    const head = (seed: number): FittedHead => ({
      head: 'wise',
      choice: 'fixed',
      centred: false,
      estimator: 'icm',
      dimension: k,
      logitScale: 20,
      temperature: 1.5,
      featureScale: 10,
      projection: gaussianRows(k, d, seed),
      prototypes: gaussianRows(c, k, seed + 1),
      weights: gaussianRows(c, k, seed + 2),
      bias: gaussianRows(1, c, seed + 3),
    });
    const [one, other] = [compileHead(head(1), d, undefined, holdRows), compileHead(head(50), d)];
    const vectors = gaussianRows(5, d, 9);
    normaliseRows(vectors, d);
    const all = classify(one, vectors, 5);
    classify(compileHead(head(50), d, undefined, holdRows), vectors, 5);
    const third = classify(one, vectors.slice(2 * d, 3 * d), 1);
    expect(third.probabilities).toEqual(all.probabilities.slice(2 * c, 3 * c));
    expect(third.scores).toEqual(all.scores.slice(2 * c, 3 * c));
    const inJavaScript = classify(compileHead(head(1), d), vectors, 5);
    expect(largestDifference(all.probabilities, inJavaScript.probabilities)).toBeLessThan(1e-4);
    expect(largestDifference(all.probabilities, classify(other, vectors, 5).probabilities)).toBeGreaterThan(
      0.01,
    );
  });

  test('refuse a matrix that is not whole rows', () => {
    expect(() => holdRows(new Float32Array(7), 2)).toThrow(RangeError);
  });
});
