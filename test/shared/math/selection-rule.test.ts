// The rule of a search on answers written by hand: which candidate is best.

import { describe, expect, test } from 'vitest';
import type { SelectableEstimator } from '#shared/math/fit/selection-report.ts';
import { type Candidate, choose } from '#shared/math/fit/selection-rule.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Twelve pictures a fold, `right` of them answered well; of their two interventions each `moved` in all. */
function candidate(
  estimator: SelectableEstimator,
  folds: readonly { right: number; moved: number }[],
): Candidate {
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
  return { row, selectable: estimator !== 'identity' };
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
