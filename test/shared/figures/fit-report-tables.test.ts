import { describe, expect, it } from 'vitest';
import {
  describeEdits,
  describeEstimate,
  renderCandidates,
  renderModes,
  renderSources,
  renderVetting,
} from '#figures/fit-report-tables.ts';
import { judgeGain, renderGain } from '#figures/gain.ts';
import { describeMode, nameMode } from '#figures/mode-words.ts';
import type { Estimate, HeadReport, ModeReport } from '#shared/contracts/fit-report.ts';

function estimate(gain: number, environmentError: number): Estimate {
  return {
    plain: 0.5,
    accuracy: 0.5 + gain,
    gain,
    pictureError: environmentError / 2,
    environmentError,
    sources: [{ name: '<night>', pictures: 40, gain, standardError: environmentError }],
  };
}

function mode(choice: ModeReport['choice'], own?: Estimate): ModeReport {
  const common = { choice, estimator: 'identity', dimension: 128, centred: choice !== 'plain' } as const;
  return { ...common, temperature: 1, reason: 'Because.', ...(own === undefined ? {} : { estimate: own }) };
}

const head: HeadReport = {
  head: 'zero-shot',
  unprofiled: mode('plain', estimate(0, 0)),
  profiled: mode('centred', estimate(0.063, 0.01)),
  candidates: [{ mode: 'profiled', choice: 'edits', dimension: 128, estimate: estimate(-0.02, 0.01) }],
};

describe('a difference', () => {
  it('is a gain or a loss only beyond its error', () => {
    expect(judgeGain(0.02, 0.01)).toBe('gain');
    expect(judgeGain(0.007, 0.01)).toBe('even');
    expect(judgeGain(-0.007, 0.01)).toBe('even');
    expect(judgeGain(-0.02, 0.01)).toBe('loss');
    expect(judgeGain(0, 0)).toBe('even');
    expect(judgeGain(Number.NaN, 0.01)).toBe('even');
    expect(renderGain(0.007, 0.01).toString()).toBe('<span class="icm-even">+0.7</span>');
  });
});

describe('the report of a fit', () => {
  it('shows both modes with what they gain and both errors, and names that must not act', () => {
    const table = renderModes({ heads: [head] }).toString();
    expect(table).toContain('zero-shot <small>without a profile</small>');
    expect(table).toContain('<td>plain CLIP</td>');
    expect(table).toContain('<span class="icm-gain">+6.3</span></td><td>0.5</td><td>1.0</td>');
    const sources = renderSources({ heads: [head] })?.toString();
    expect(sources).toContain('<th scope="col">&lt;night&gt;</th>');
    expect(sources).not.toContain('without a profile');
  });

  it('shows what was weighed and not taken', () => {
    const table = renderCandidates({ heads: [head] })?.toString();
    expect(table).toMatch(/directions that edits leave alone<.*icm-loss">−2\.0<.*<td>no<\/td>/s);
    expect(renderCandidates({ heads: [{ ...head, candidates: [] }] })).toBeUndefined();
  });

  it('has no estimate, and says so, where nothing could be left out', () => {
    const alone = { ...head, unprofiled: mode('plain'), profiled: mode('centred') };
    expect(renderModes({ heads: [alone] }).toString()).toContain('<td>means taken out</td><td>–</td>');
    expect(renderSources({ heads: [alone] })).toBeUndefined();
    expect(describeEstimate(alone, 'profiled')).toBe('no estimate');
    expect(describeEstimate(head, 'profiled')).toBe('50.0 % -> 56.3 %, +6.3 ± 1.0');
  });

  it('says what the edits earned only as far as their error allows', () => {
    const edits = (gain: number) => ({ edits: { gain, pictureError: 0.005, environmentError: 0.01 } });
    expect(describeEdits(edits(0.005))).toMatch(/within its error/);
    expect(describeEdits(edits(0.014))).toMatch(/\+1\.4 ± 1\.0 points \(± 0\.5 .*beyond its error\.$/);
    expect(describeEdits(edits(-0.014))).toMatch(/loss beyond its error/);
    expect(describeEdits({})).toBeUndefined();
  });

  it('shows what an intervention does to answers and to a probe', () => {
    const verdict = { name: 'grayscale', pairs: 1200, noOps: 3, flipRate: 0.06, used: true };
    const probed = { ...verdict, probe: { before: 0.91, after: 0.65 } };
    const table = renderVetting([probed, { ...verdict, name: 'blur' }], (name) =>
      name.toUpperCase(),
    ).toString();
    expect(table).toContain('GRAYSCALE');
    expect(table).toContain('<td>6.0</td><td>91.0</td><td>65.0</td><td>yes</td>');
    expect(table).toContain('<td>6.0</td><td>–</td><td>–</td><td>yes</td>');
  });
});

describe('a choice', () => {
  it('has words for each of its kinds, also where the caller fixed it', () => {
    expect(describeMode('probe', { choice: 'plain', dimension: 256 })).toBe('plain probe');
    expect(describeMode('zero-shot', { choice: 'environments', dimension: 128 })).toMatch(
      /^means taken out, 128/,
    );
    expect(nameMode('zero-shot', { choice: 'dimension', dimension: 32 })).toBe('32 directions');
    const fixed = { choice: 'fixed', estimator: 'icm', lambda: 0.3, dimension: 64, centred: true } as const;
    expect(nameMode('zero-shot', fixed)).toBe('icm, λ′\u00a0=\u00a00.3, k\u00a0=\u00a064, means taken out');
  });
});
