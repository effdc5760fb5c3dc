// Means of environments: what classes bring is taken out of them, and only where that can be told.

import { describe, expect, test } from 'vitest';
import { shareClasses, sourceMeans } from '#shared/math/fit/source-means.ts';
import { addPictures, emptyStatistics, type Statistics } from '#shared/math/fit/statistics.ts';
import { fc } from '../../support/properties.ts';
import { gaussian, largestDifference } from './random.ts';

const dimension = 5;
const classCount = 4;

/** Pictures at class + environment exactly, `counts[e][c]` of each; `unlabelled[e]` more without a class. */
function statisticsOf(
  counts: readonly (readonly number[])[],
  parts: { readonly classes: readonly Float64Array[]; readonly environments: readonly Float64Array[] },
  unlabelled: readonly number[] = [],
): Statistics {
  const statistics = emptyStatistics({
    dimension,
    classCount,
    interventionCount: 0,
    environmentCount: counts.length,
  });
  for (const [e, ofClass] of counts.entries()) {
    const labels = [
      ...ofClass.flatMap((count, c) => new Array<number>(count).fill(c)),
      ...new Array<number>(unlabelled[e] ?? 0).fill(-1),
    ];
    const rows = labels.flatMap((label) => [
      ...(parts.classes[Math.max(0, label)] ?? []).map(
        (value, i) => value + (parts.environments[e]?.[i] ?? 0),
      ),
    ]);
    const environment = statistics.environments[e];
    if (environment) addPictures(environment, Float32Array.from(rows), Int32Array.from(labels));
  }
  return statistics;
}

function drawParts(seed: number, environmentCount: number) {
  const next = gaussian(seed);
  const draw = (count: number) =>
    Array.from({ length: count }, () => Float64Array.from({ length: dimension }, next));
  return { classes: draw(classCount), environments: draw(environmentCount) };
}

const minus = (a: Float64Array | undefined, b: Float64Array | undefined) =>
  Float64Array.from({ length: dimension }, (_, i) => (a?.[i] ?? Number.NaN) - (b?.[i] ?? Number.NaN));

describe('source means', () => {
  test('differ as environments do, however unbalanced the classes, where all are in all', () => {
    const count = fc.integer({ min: 1, max: 9 });
    const counts = fc.array(fc.array(count, { minLength: classCount, maxLength: classCount }), {
      minLength: 2,
      maxLength: 4,
    });
    fc.assert(
      fc.property(counts, fc.nat(1000), (given, seed) => {
        const parts = drawParts(seed, given.length);
        const { ofEnvironment, mean } = sourceMeans(statisticsOf(given, parts), [...given.keys()]);
        for (const e of given.keys()) {
          const ours = minus(ofEnvironment.get(e), ofEnvironment.get(0));
          expect(largestDifference(ours, minus(parts.environments[e], parts.environments[0]))).toBeLessThan(
            1e-5,
          );
        }
        const total = new Float64Array(dimension);
        for (const own of ofEnvironment.values())
          for (const [i, v] of own.entries()) total[i] = (total[i] ?? 0) + v;
        expect(
          largestDifference(
            mean,
            total.map((v) => v / given.length),
          ),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 40 },
    );
  });

  test('come near the environments’ differences where a class is missing in one', () => {
    const parts = drawParts(3, 3);
    const counts = [
      [5, 5, 5, 5],
      [5, 5, 5, 0],
      [5, 0, 5, 5],
    ];
    const { ofEnvironment } = sourceMeans(statisticsOf(counts, parts), [0, 1, 2]);
    const truth = minus(parts.environments[1], parts.environments[0]);
    const own = largestDifference(minus(ofEnvironment.get(1), ofEnvironment.get(0)), truth);
    const plain = counts.map((ofClass, e) =>
      Float64Array.from({ length: dimension }, (_, i) => {
        const total = ofClass.reduce((sum, count, c) => sum + count * (parts.classes[c]?.[i] ?? 0), 0);
        return total / ofClass.reduce((a, b) => a + b) + (parts.environments[e]?.[i] ?? 0);
      }),
    );
    expect(own).toBeLessThan(0.1 * largestDifference(minus(plain[1], plain[0]), truth));
  });

  test('are plain where under half is labelled, balanced from half on', () => {
    const parts = drawParts(5, 2);
    const counts = [
      [4, 4, 4, 4],
      [1, 3, 0, 0],
    ];
    const plain = (statistics: Statistics) =>
      statistics.environments[1]?.sum.map((value) => value / (statistics.environments[1]?.count ?? 0)) ?? [];
    const under = statisticsOf(counts, parts, [0, 5]);
    expect(
      largestDifference(sourceMeans(under, [0, 1]).ofEnvironment.get(1) ?? [], plain(under)),
    ).toBeLessThan(1e-9);
    const half = statisticsOf(counts, parts, [0, 4]);
    expect(
      largestDifference(sourceMeans(half, [0, 1]).ofEnvironment.get(1) ?? [], plain(half)),
    ).toBeGreaterThan(0.1);
  });

  test('leave environments without a picture out', () => {
    const statistics = statisticsOf([[1, 1, 1, 1], []], drawParts(1, 2));
    const { ofEnvironment, mean } = sourceMeans(statistics, [0, 1]);
    expect([...ofEnvironment.keys()]).toEqual([0]);
    expect(mean).toEqual(ofEnvironment.get(0));
  });
});

test('environments hang together by shared classes, directly or by way of others', () => {
  const parts = drawParts(1, 3);
  const share = (counts: readonly (readonly number[])[]) =>
    shareClasses(statisticsOf(counts, parts), [...counts.keys()]);
  expect(
    share([
      [1, 1],
      [0, 1, 1],
      [0, 0, 1, 1],
    ]),
  ).toBe(true);
  expect(
    share([
      [1, 1],
      [0, 0, 1, 1],
      [0, 1, 1],
    ]),
  ).toBe(true);
  expect(share([[1, 1], [0, 0, 1, 1], [1]])).toBe(false);
  expect(share([[3]])).toBe(true);
});
