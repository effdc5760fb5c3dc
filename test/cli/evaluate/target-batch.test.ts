// Which pictures of a target make its profile, and that none of them is scored.

import { describe, expect, it } from 'vitest';
import type { EvaluationData } from '../../../cli/evaluate/evaluation-data.ts';
import { splitPictures } from '../../../cli/evaluate/protocol.ts';
import { setBatchAside } from '../../../cli/evaluate/target-batch.ts';
import { fc } from '../../support/properties.ts';

const classNames = ['ant', 'bee', 'cat', 'dog'];

function dataOf(count: number): EvaluationData {
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    dimension: 1,
    logitScale: 1,
    interventionNames: [],
    prototypes: new Float32Array(4),
    rawPrototypes: new Float32Array(4),
    environments: [
      {
        name: 'target',
        sha256: rows.map((row) => `picture-${row}`),
        classes: Int32Array.from(rows, (row) => row % 4),
        embeddings: new Float32Array(count),
        views: [],
      },
    ],
  };
}

const asideOf = (count: number, size: number, batch: 'drawn' | 'spread', seed = 0) => {
  const data = dataOf(count);
  return setBatchAside(
    data,
    0,
    splitPictures('full', data.environments, classNames, seed),
    { size, batch },
    seed,
  );
};

describe('a batch set aside', () => {
  it('is disjoint from what is scored, and together they are all', () => {
    const kind = fc.constantFrom('drawn' as const, 'spread' as const);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 90 }),
        fc.integer({ min: 0, max: 40 }),
        kind,
        (count, size, batch) => {
          const aside = asideOf(count, size, batch);
          expect(aside.batch).toHaveLength(Math.min(size, Math.floor(count / 2)));
          expect([...aside.batch, ...aside.scored].toSorted((a, b) => a - b)).toEqual([
            ...Array(count).keys(),
          ]);
        },
      ),
    );
  });

  it('is spread over the order of paths, or drawn by the seed', () => {
    expect(asideOf(10, 4, 'spread').batch).toEqual([0, 2, 5, 7]);
    expect(asideOf(60, 8, 'spread', 1)).toEqual(asideOf(60, 8, 'spread', 2));
    expect(asideOf(60, 8, 'drawn', 1)).toEqual(asideOf(60, 8, 'drawn', 1));
    expect(asideOf(60, 8, 'drawn', 1)).not.toEqual(asideOf(60, 8, 'drawn', 2));
  });

  it('takes pictures that the protocol does not test on, where there are enough', () => {
    const data = dataOf(100);
    const split = splitPictures('20-percent', data.environments, classNames, 3);
    const aside = setBatchAside(data, 0, split, { size: 32, batch: 'drawn' }, 3);
    expect(aside.scored).toEqual(split.testRows[0]);
    expect(aside.batch.filter((row) => split.testRows[0]?.includes(row))).toEqual([]);
  });
});
