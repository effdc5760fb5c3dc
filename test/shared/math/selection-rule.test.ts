// The rule of a search on answers written by hand: which candidate is best, and what the spread of a gain is.

import { describe, expect, test } from 'vitest';
import type { FoldHits } from '#shared/math/fit/folds.ts';
import type { SelectableEstimator } from '#shared/math/fit/selection-report.ts';
import { type Candidate, choose, compare } from '#shared/math/fit/selection-rule.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Twelve pictures a fold, `right` of them answered well; of their two interventions each `moved` in all. */
function candidate(
  estimator: SelectableEstimator,
  folds: readonly { right: number; moved: number }[],
): Candidate {
  const hits = folds.map(
    ({ right, moved }): FoldHits => ({
      pictures: Uint8Array.from({ length: 12 }, (_, row) => Number(row < right)),
      intervened: {
        hits: Uint8Array.from({ length: 24 }, (_, question) => Number(question < moved)),
        picture: Int32Array.from({ length: 24 }, (_, question) => Math.floor(question / 2)),
      },
    }),
  );
  const scores = folds.map(({ right }) => right / 12);
  const row = {
    head: 'zero-shot' as const,
    estimator,
    dimension: 8,
    centred: false,
    scores,
    score: mean(scores),
    intervened: mean(folds.map(({ moved }) => moved / 24)),
  };
  return { row, hits, selectable: estimator !== 'identity' };
}

const plain = candidate('identity', [
  { right: 8, moved: 10 },
  { right: 8, moved: 10 },
  { right: 8, moved: 10 },
]);

describe('the rule', () => {
  test('takes what helps pictures after interventions, though the pictures themselves are all easy', () => {
    const soft = candidate('soft', [
      { right: 8, moved: 18 },
      { right: 8, moved: 18 },
      { right: 8, moved: 18 },
    ]);
    const chosen = choose([plain, soft]);
    expect(chosen.chosen.estimator).toBe('soft');
    expect(chosen.gain).toBeCloseTo((18 - 10) / 24 / 2);
    expect(chosen.chosen.score).toBe(chosen.identity.score);
  });

  test('lets no gain after interventions hide a loss on the pictures', () => {
    const lossy = candidate(
      'icm',
      [1, 2, 3].map(() => ({ right: 4, moved: 17 })),
    );
    const even = candidate(
      'icm',
      [1, 2, 3].map(() => ({ right: 8, moved: 10 })),
    );
    expect(choose([plain, lossy, even]).chosen).toBe(even.row);
  });

  test('takes the middle of equals, never the identity, and says how it compares', () => {
    const worse = [1, 2, 3].map(() =>
      candidate(
        'nap',
        [1, 2, 3].map(() => ({ right: 7, moved: 10 })),
      ),
    );
    const chosen = choose([plain, ...worse]);
    expect(chosen.chosen).toBe(worse[1]?.row);
    expect(chosen.identity).toBe(plain.row);
    expect(chosen.gain).toBeLessThan(0);
  });

  test('takes the middle of what is allowed where nothing was left out', () => {
    const rows = [1, 2, 3].map(() => candidate('soft', []));
    const chosen = choose([candidate('identity', []), ...rows]);
    expect(chosen.chosen).toBe(rows[1]?.row);
    expect(chosen.reason).toContain('Nothing could be left out');
  });
});

test('the standard error is that of each picture’s own mean of both halves', () => {
  const other = candidate('icm', [{ right: 11, moved: 17 }]);
  const own = candidate('identity', [{ right: 8, moved: 10 }]);
  const values = Array.from({ length: 12 }, (_, row) => {
    const hit = Number(row < 11) - Number(row < 8);
    const moved = [2 * row, 2 * row + 1].map((question) => Number(question < 17) - Number(question < 10));
    return (hit + mean(moved)) / 2;
  });
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 11;
  const { gain, standardError, pictureStandardError } = compare(other, own);
  expect(gain).toBeCloseTo(centre);
  expect(standardError).toBeCloseTo(Math.sqrt(variance / 12));
  // Three of twelve answers change: the sample variance of twelve differences is 9/44.
  expect(pictureStandardError).toBeCloseTo(Math.sqrt(9 / 44 / 12));
});
