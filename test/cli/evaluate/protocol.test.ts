// The splits of each protocol: what is fitted on is never tested, and nothing depends on order.

import { describe, expect, it } from 'vitest';
import type { EnvironmentData } from '../../../cli/evaluate/evaluation-data.ts';
import { splitPictures } from '../../../cli/evaluate/protocol.ts';
import { fc } from '../../support/properties.ts';

const classNames = ['ant', 'bee', 'cat', 'dog', 'eel'];

function environment(name: string, count: number, reversed = false): EnvironmentData {
  const rows = Array.from({ length: count }, (_, index) => index);
  if (reversed) rows.reverse();
  return {
    name,
    sha256: rows.map((row) => `${name}-${row}`),
    classes: Int32Array.from(rows, (row) => row % classNames.length),
    embeddings: new Float32Array(0),
    views: [],
  };
}

const seeds = fc.integer({ min: 0, max: 1000 });

describe('the full protocol', () => {
  it('fits and tests on everything', () => {
    const split = splitPictures('full', [environment('a', 4)], classNames, 0);
    expect(split).toEqual({
      fitRows: [[0, 1, 2, 3]],
      testRows: [[0, 1, 2, 3]],
      knownClasses: [0, 1, 2, 3, 4],
    });
  });
});

describe('the 20-percent protocol', () => {
  it('sets a fifth apart, never fitted on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), seeds, (count, seed) => {
        const { fitRows, testRows } = splitPictures(
          '20-percent',
          [environment('a', count)],
          classNames,
          seed,
        );
        expect([...(fitRows[0] ?? []), ...(testRows[0] ?? [])].toSorted((a, b) => a - b)).toEqual([
          ...Array(count).keys(),
        ]);
        expect(testRows[0]).toHaveLength(Math.max(1, Math.round(count / 5)));
      }),
    );
  });

  it('sets the same pictures apart whatever their order, others with another seed', () => {
    const heldOut = (data: EnvironmentData, seed: number) =>
      splitPictures('20-percent', [data], classNames, seed)
        .testRows[0]?.map((row) => data.sha256[row])
        .toSorted();
    expect(heldOut(environment('a', 50), 1)).toEqual(heldOut(environment('a', 50, true), 1));
    expect(heldOut(environment('a', 50), 1)).not.toEqual(heldOut(environment('a', 50), 2));
  });
});

describe('the open-class protocol', () => {
  it('fits on pictures of half of the classes and tests on all', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const data = environment('a', 23);
        const { fitRows, testRows, knownClasses } = splitPictures('open-class', [data], classNames, seed);
        expect(knownClasses).toHaveLength(3);
        expect(testRows[0]).toHaveLength(23);
        const fitted = new Set(fitRows[0]?.map((row) => data.classes[row]));
        expect([...fitted].toSorted()).toEqual(knownClasses);
      }),
    );
  });
});
