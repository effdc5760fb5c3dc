// Two ways to answer, paired by picture, on hits written by hand.

import { describe, expect, test } from 'vitest';
import { drawBatch } from '#shared/math/fit/batches.ts';
import { balancedVariance, compareHits, convinces, estimateOf } from '#shared/math/fit/comparison.ts';

const all = (values: readonly number[]) => ({
  hits: Float64Array.from(values),
  scored: new Uint8Array(values.length).fill(1),
});
const source = (classes: readonly number[], ours: readonly number[], other: readonly number[]) => ({
  name: 'source',
  classes: Int32Array.from(classes),
  ours: all(ours),
  other: all(other),
});

describe('a comparison', () => {
  test('weighs classes alike, however many pictures they have', () => {
    const { gain, sources } = compareHits([source([0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 0, 0])]);
    expect(gain).toBe(0.5);
    expect(sources[0]).toMatchObject({ pictures: 4, ours: 0.5, other: 0 });
  });

  test('weighs sources alike, and tells the error over pictures from that over environments', () => {
    const large = source([0, 0, 1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0, 1, 1]);
    const small = source([0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]);
    const { gain, pictureError, environmentError, winning, sources } = compareHits([large, small]);
    const [a, b] = sources;
    expect(gain).toBeCloseTo(((a?.gain ?? 0) + (b?.gain ?? 0)) / 2);
    expect([a?.gain, b?.gain]).toEqual([0.25, -0.25]);
    expect(pictureError).toBeCloseTo(Math.sqrt((a?.variance ?? 0) + (b?.variance ?? 0)) / 2);
    // The gains ±0.25 have the sample variance 0.125.
    expect(environmentError).toBeCloseTo(Math.sqrt(pictureError ** 2 + 0.125 / 2));
    expect(winning).toBe(1);
  });

  test('leaves out what one of both did not answer', () => {
    const pair = source([0, 0, 1], [1, 1, 0], [0, 0, 0]);
    pair.ours.scored[1] = 0;
    pair.other.scored[2] = 0;
    expect(compareHits([pair]).sources[0]).toMatchObject({ pictures: 1, gain: 1 });
    pair.ours.scored[0] = 0;
    expect(compareHits([pair]).sources).toEqual([]);
  });

  test('convinces by errors and by two thirds of the sources', () => {
    const up = source([0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]);
    const even = source([0, 1, 0, 1, 0, 1], [1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]);
    expect(convinces(compareHits([up, up, even]), 1)).toBe(true);
    expect(convinces(compareHits([up, even, even]), 1)).toBe(false);
    expect(convinces(compareHits([even, even, even]), 1)).toBe(false);
    expect(convinces(compareHits([]), 1)).toBe(false);
  });

  test('becomes an estimate in the report’s terms', () => {
    const estimate = estimateOf(compareHits([source([0, 1, 0, 1], [1, 1, 1, 0], [1, 0, 0, 0])]));
    expect(estimate).toMatchObject({ plain: 0.25, accuracy: 0.75, gain: 0.5 });
    expect(estimate.sources[0]?.standardError).toBeCloseTo(estimate.pictureError);
  });
});

describe('the variance of a class-balanced mean', () => {
  test('is Σ var_c / n_c / K²', () => {
    // Sample variances 1/3 of three pictures and 1/2 of two.
    expect(
      balancedVariance([
        [1, 0, 0],
        [1, 0],
      ]),
    ).toBeCloseTo((1 / 3 / 3 + 1 / 2 / 2) / 4);
  });

  test('counts a class of one picture with what the others vary within classes', () => {
    expect(balancedVariance([[1, 0], [1]])).toBeCloseTo((1 / 4 + 1 / 2) / 4);
  });

  test('is that of all where every class has one picture', () => {
    expect(balancedVariance([[1], [0], [0], [1]])).toBeCloseTo(1 / 3 / 4);
    expect(balancedVariance([[1]])).toBe(0);
  });
});

describe('a batch', () => {
  test('is at most half of the pictures, 32 of many, each once, and another for another seed', () => {
    for (const [count, size] of [
      [0, 0],
      [1, 0],
      [5, 2],
      [64, 32],
      [2000, 32],
    ] as const) {
      const batch = drawBatch(count, 1);
      expect(batch).toHaveLength(size);
      expect(new Set(batch).size).toBe(size);
      expect(batch.every((row) => row >= 0 && row < count)).toBe(true);
    }
    expect(drawBatch(2000, 1)).toEqual(drawBatch(2000, 1));
    expect(drawBatch(2000, 1)).not.toEqual(drawBatch(2000, 2));
  });
});
