import { describe, expect, test } from 'vitest';
import {
  addPairs,
  addPictures,
  emptyStatistics,
  mergeStatistics,
  reindexStatistics,
  type Statistics,
  subtractStatistics,
} from '#shared/math/fit/statistics.ts';
import { addGram, packedLength, packedTrace, unpack } from '#shared/math/linear/packed.ts';
import { normaliseRows } from '#shared/math/linear/vector.ts';
import { fc } from '../../support/properties.ts';
import { gaussianRows, largestDifference, product, transposed, uniform } from './random.ts';

const shape = { dimension: 9, classCount: 3, interventionCount: 2, environmentCount: 2 };
const { dimension } = shape;

function accumulate(statistics: Statistics, count: number, seed: number): void {
  const next = uniform(seed);
  for (const environment of statistics.environments) {
    const pictures = gaussianRows(count, dimension, Math.floor(next() * 1e9));
    normaliseRows(pictures, dimension);
    addPictures(
      environment,
      pictures,
      Int32Array.from({ length: count }, () => Math.floor(next() * 4) - 1),
    );
    for (const pairs of environment.pairs) {
      const intervened = gaussianRows(count, dimension, Math.floor(next() * 1e9));
      normaliseRows(intervened, dimension);
      if (count > 0) intervened.set(pictures.subarray(0, dimension));
      addPairs(pairs, pictures, intervened, dimension);
    }
  }
}

function accumulated(batches: readonly { count: number; seed: number }[]): Statistics {
  const statistics = emptyStatistics(shape);
  for (const { count, seed } of batches) accumulate(statistics, count, seed);
  return statistics;
}

function difference(a: Statistics, b: Statistics): number {
  const numbers = ({ environments }: Statistics) =>
    environments.flatMap(({ count, sum, second, classCounts, classSums, pairs }) => [
      count,
      ...sum,
      ...second,
      ...classCounts,
      ...classSums,
      ...pairs.flatMap((pair) => [pair.count, pair.noOps, ...pair.second]),
    ]);
  return largestDifference(numbers(a), numbers(b));
}

const batches = fc.array(fc.record({ count: fc.nat(13), seed: fc.nat() }), { minLength: 1, maxLength: 5 });

describe('statistics', () => {
  test('merged shards equal one pass', () => {
    fc.assert(
      fc.property(batches, (list) => {
        const merged = list.map((batch) => accumulated([batch])).reduce(mergeStatistics);
        return difference(merged, accumulated(list)) < 1e-10;
      }),
      { numRuns: 50 },
    );
  });

  test('a shard taken away leaves the others', () => {
    fc.assert(
      fc.property(batches, batches, (stay, leave) => {
        const rest = subtractStatistics(accumulated([...stay, ...leave]), accumulated(leave));
        return difference(rest, accumulated(stay)) < 1e-10;
      }),
      { numRuns: 50 },
    );
  });

  test('does not count pairs that the intervention left alone', () => {
    const { environments } = accumulated([{ count: 5, seed: 4 }]);
    expect(environments[0]?.pairs.map(({ count, noOps }) => ({ count, noOps }))).toEqual([
      { count: 4, noOps: 1 },
      { count: 4, noOps: 1 },
    ]);
  });

  test('sums the outer products of the rows, whatever their number', () => {
    for (const count of [1, 3, 4, 11]) {
      const rows = gaussianRows(count, dimension, count);
      const packed = new Float64Array(packedLength(dimension));
      addGram(packed, rows, dimension);
      const gram = product(transposed(rows, count, dimension), rows, [dimension, count, dimension]);
      expect(largestDifference(unpack(packed, dimension), gram)).toBeLessThan(1e-12);
      const squares = rows.reduce((sum, value) => sum + value ** 2, 0);
      expect(packedTrace(packed, dimension)).toBeCloseTo(squares, 10);
    }
  });

  test('moves to other lists of environments and classes', () => {
    const statistics = accumulated([{ count: 6, seed: 8 }]);
    const target = { environments: [2, 0], environmentCount: 3, classes: [1, 1, 0], classCount: 4 };
    const { environments } = reindexStatistics(statistics, target);
    const [first, second] = statistics.environments;
    expect(environments[0]?.second).toEqual(second?.second);
    expect(environments[1]?.count).toBe(0);
    const [a = 0, b = 0, c = 0] = first?.classCounts ?? [];
    expect([...(environments[2]?.classCounts ?? [])]).toEqual([c, a + b, 0, 0]);
    expect(() => reindexStatistics(statistics, { ...target, classes: [0, 1] })).toThrow(RangeError);
  });

  test('refuses shapes that do not fit', () => {
    const statistics = emptyStatistics(shape);
    const [environment] = statistics.environments;
    if (environment === undefined) throw new Error('no environment');
    expect(() => addPictures(environment, new Float32Array(8), new Int32Array(1))).toThrow(RangeError);
    expect(() => addPictures(environment, new Float32Array(9), Int32Array.of(3))).toThrow(RangeError);
    expect(() => mergeStatistics(statistics, emptyStatistics({ ...shape, environmentCount: 1 }))).toThrow(
      RangeError,
    );
  });
});
