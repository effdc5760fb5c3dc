// Averages of gains where several cases share a target's pictures.

import { describe, expect, it } from 'vitest';
import { type Case, measureGains, type Series } from '../../../cli/evaluate/series.ts';
import type { MethodResult, TargetResult } from '../../../cli/evaluate/target-result.ts';

const rows = [0, 1, 2, 3];

function caseOf(target: number, source: number): Case {
  const result: TargetResult = {
    target,
    sources: [source],
    seed: 0,
    profile: 0,
    rows,
    methods: [],
    report: { sources: [], heads: [], interventions: [], warnings: [] },
    searches: [],
    spectrum: [],
    changes: { corrected: 0, broken: 0, mostCorrected: [], mostBroken: [] },
    disagreement: { before: [], after: [] },
    curves: [],
  };
  return { name: `${source} → ${target}`, results: [result] };
}

const seriesOf = (method: string, hits: readonly string[]): Series => ({
  method,
  head: 'zero-shot',
  results: [
    hits.map(
      (own): MethodResult => ({
        method,
        profiled: false,
        head: 'zero-shot',
        estimator: 'identity',
        dimension: 2,
        accuracy: 0,
        hits: own,
        recall: [],
      }),
    ),
  ],
});

describe('gains of a method', () => {
  it('count the pictures of a target once, however many sources it was answered from', () => {
    const plain = ['1000', '1000', '1000', '1000'];
    const ours = ['1100', '1100', '1100', '1100'];
    const once = [caseOf(0, 1), caseOf(1, 0)];
    const often = [caseOf(0, 1), caseOf(0, 2), caseOf(1, 0), caseOf(1, 2)];
    const gainOf = (cases: readonly Case[]) =>
      measureGains([seriesOf('plain CLIP', plain), seriesOf('auto', ours)], cases)[0];
    expect(gainOf(once)?.average).toMatchObject({ gain: 0.25, below: 0 });
    expect(gainOf(often)?.average.pictureError).toBeCloseTo(gainOf(once)?.average.pictureError ?? 0);
    expect(gainOf(often)?.cells).toHaveLength(4);
  });

  it('count every case below plain CLIP by more than one standard error', () => {
    const [gain] = measureGains(
      [seriesOf('plain CLIP', ['1111', '1111']), seriesOf('auto', ['0000', '1110'])],
      [caseOf(0, 1), caseOf(1, 0)],
    );
    expect(gain?.average.below).toBe(1);
    expect(gain?.cells[1]?.gain).toBe(-0.25);
  });
});
