// Two versions on what both were estimated on: hits by hand, and fits of planted problems.

import { describe, expect, test } from 'vitest';
import { compareVersions, type EstimatedVersion } from '#shared/math/fit/compare-versions.ts';
import { fitProjection } from '#shared/math/fit/fit.ts';
import { notScored, shareUnit } from '#shared/math/fit/left-out-record.ts';
import { plantedProblem, typical } from './planted.ts';

type Picture = { readonly label: string; readonly tag: number; readonly right: 0 | 1 | undefined };

function version(
  labels: readonly string[],
  sources: Readonly<Record<string, readonly Picture[]>>,
): EstimatedVersion {
  const pictures = Object.values(sources).flat();
  const shares = pictures.map(({ right }) => (right === undefined ? notScored : right * shareUnit));
  return {
    labels,
    head: 'zero-shot',
    leftOut: {
      sources: Object.entries(sources).map(([name, own]) => ({ name, pictures: own.length })),
      tags: Uint8Array.from(pictures.flatMap(({ tag }) => [tag >> 8, tag & 255])),
      classes: Int32Array.from(pictures, ({ label }) => labels.indexOf(label)),
      hits: [{ head: 'zero-shot', mode: 'unprofiled', shares: Uint8Array.from(shares) }],
    },
  };
}

const of = (label: string, rights: readonly (0 | 1 | undefined)[], firstTag = 0): Picture[] =>
  rights.map((right, index) => ({ label, tag: firstTag + index, right }));

describe('two versions', () => {
  test('are paired by picture, every class and every source weighing the same', () => {
    const before = version(['a', 'b'], {
      north: [...of('a', [1, 1, 0, 0]), ...of('b', [1])],
      south: [...of('a', [1]), ...of('b', [1, 0])],
    });
    const after = version(['b', 'a'], {
      south: [...of('b', [1, 0]), ...of('a', [0])],
      north: [...of('b', [1]), ...of('a', [1, 1, 1, 1])],
    });
    const compared = compareVersions(before, after, 'unprofiled');
    expect(compared?.sources).toMatchObject([
      { name: 'north', pictures: 5, paired: true, difference: 0.25 },
      { name: 'south', pictures: 3, paired: true, difference: -0.5 },
    ]);
    expect(compared).toMatchObject({ pictures: 8, difference: -0.125 });
  });

  test('that answered the same differ by nothing, known to within one picture', () => {
    const same = version(['a'], {
      north: of(
        'a',
        Array.from({ length: 50 }, () => 1 as const),
      ),
    });
    expect(compareVersions(same, same, 'unprofiled')).toMatchObject({ difference: 0, standardError: 1 / 50 });
  });

  test('are compared by means where they saw other pictures, with a larger error', () => {
    const rights = Array.from({ length: 40 }, (_, index) => (index % 2) as 0 | 1);
    const before = version(['a'], { north: of('a', rights) });
    const other = version(['a'], { north: of('a', rights, 1000) });
    const [source] = compareVersions(before, other, 'unprofiled')?.sources ?? [];
    expect(source).toMatchObject({ paired: false, difference: 0, pictures: 40 });
    expect(source?.standardError).toBeCloseTo(Math.sqrt((2 * 0.25 * 40) / 39 / 40));
  });

  test('are told nothing by labels, sources or modes that one of them lacks, or by pictures that were not scored', () => {
    const before = version(['a', 'b'], { north: [...of('a', [1, 0]), ...of('b', [0, 0])] });
    const after = version(['a', 'c'], { north: [...of('a', [1, undefined]), ...of('c', [0])] });
    expect(compareVersions(before, after, 'unprofiled')).toMatchObject({ pictures: 1, difference: 0 });
    expect(compareVersions(before, after, 'profiled')).toBeUndefined();
    expect(compareVersions(before, version(['a'], { south: of('a', [1]) }), 'unprofiled')).toBeUndefined();
  });

  test('do not take two pictures of one tag for each other', () => {
    const twice = [...of('a', [1]), ...of('a', [0]), ...of('a', [1, 1], 5)];
    const before = version(['a'], { north: twice });
    expect(compareVersions(before, before, 'unprofiled')?.sources[0]).toMatchObject({ pictures: 2 });
  });
});

test('what a fit keeps of the pictures left out adds up to its own estimate', () => {
  const { input } = plantedProblem({ ...typical, seed: 3 }, { heads: ['zero-shot', 'probe'] });
  const fitted = fitProjection(input);
  if (!fitted.ok) throw new Error(fitted.error.detail);
  const { leftOut, report } = fitted.value;
  expect(leftOut?.sources.map(({ name }) => name)).toEqual(report.sources.map(({ name }) => name));
  expect(leftOut?.hits.map(({ head, mode }) => `${head} ${mode}`)).toEqual([
    'zero-shot unprofiled',
    'zero-shot profiled',
    'probe unprofiled',
    'probe profiled',
  ]);
  for (const { head, mode, shares } of leftOut?.hits ?? []) {
    const estimate = report.heads.find((candidate) => candidate.head === head)?.[mode].estimate;
    // Classes of one size, so that the mean over pictures is the class-balanced one, but for who was in a batch.
    const scored = [...shares].filter((share) => share !== notScored);
    const mean = scored.reduce((sum, share) => sum + share / shareUnit, 0) / scored.length;
    expect(mean).toBeCloseTo(estimate?.accuracy ?? Number.NaN, 1);
  }
});
