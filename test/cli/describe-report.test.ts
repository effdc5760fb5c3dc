import { describe, expect, it } from 'vitest';
import type { SelectionRow } from '#shared/contracts/fit.ts';
import type { Estimate, FitReport } from '#shared/contracts/fit-report.ts';
import { describeProjection } from '../../cli/commands/describe-projection.ts';
import { describeReport } from '../../cli/commands/describe-report.ts';

const estimate: Estimate = {
  plain: 0.5,
  accuracy: 0.563,
  gain: 0.063,
  pictureError: 0.005,
  environmentError: 0.011,
  sources: [],
};
const common = { estimator: 'identity', dimension: 256, temperature: 1 } as const;
const plain = {
  ...common,
  choice: 'plain',
  centred: false,
  reason: 'Nothing was beyond its error.',
} as const;
const centred = { ...common, choice: 'centred', centred: true, reason: 'It gains.', estimate } as const;

const report: FitReport = {
  sources: [],
  heads: [
    {
      head: 'zero-shot',
      unprofiled: plain,
      profiled: centred,
      candidates: [{ mode: 'profiled', choice: 'edits', dimension: 128, estimate }],
    },
  ],
  interventions: [
    { name: 'invert', pairs: 9, noOps: 1, flipRate: 0.5, probe: { before: 0.9, after: 0.6 }, used: false },
  ],
  edits: { gain: 0.001, pictureError: 0.004, environmentError: 0.009 },
  warnings: ['Colour tells these classes apart.'],
};

describe('the report of a fit as text', () => {
  it('has both modes, the reasons, what was weighed, the edits and how they fared', () => {
    const text = describeReport(report);
    expect(text).toMatch(/^note: Colour tells/);
    expect(text).toMatch(
      /zero-shot +with a profile +means taken out +50\.0 % -> 56\.3 %, \+6\.3 ± 1\.1 +± 0\.5/,
    );
    expect(text).toContain('zero-shot, without a profile: Nothing was beyond its error.');
    expect(text).toMatch(/means taken out, 128 directions that edits leave alone +56\.3 %/);
    expect(text).toMatch(/the edits earned \+0\.1 ± 0\.9 points .*within its error/);
    expect(text).toMatch(/invert +9 +1 +50\.0 % +90\.0 % -> 60\.0 % +left out/);
  });

  it('of the first format is its table', () => {
    const row: SelectionRow = {
      head: 'zero-shot',
      estimator: 'icm',
      lambda: 0.3,
      dimension: 64,
      centred: false,
      scores: [0.5, 0.7],
      score: 0.6,
    };
    const text = describeReport({
      mode: 'leave-one-environment-out',
      folds: ['day', 'night'],
      heads: [],
      rows: [row],
      interventions: [],
    });
    expect(text).toMatch(/zero-shot +icm +0\.3 +64 +60\.0 % +50\.0 % +70\.0 %/);
  });
});

describe('a projection as text', () => {
  it('has a line for each mode', () => {
    const { reason: _, temperature: __, ...profiled } = centred;
    const { reason: ___, temperature: ____, ...unprofiled } = plain;
    const text = describeProjection({
      id: 'prj_1',
      name: 'zoo',
      version: 2,
      current: true,
      status: 'ready',
      datasets: [],
      heads: [{ head: 'zero-shot', estimator: 'identity', dimension: 256, modes: { unprofiled, profiled } }],
      createdAt: '2026-01-01T00:00:00Z',
    });
    expect(text).toMatch(/\n {2}zero-shot without a profile +plain CLIP\n/);
    expect(text).toMatch(
      /with a profile +means taken out; left out 50\.0 % -> 56\.3 %, \+6\.3 ± 1\.1 points$/,
    );
  });
});
