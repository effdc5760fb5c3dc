// The two reports as whole pages: complete, self-contained and escaped.

import { describe, expect, it } from 'vitest';
import { type DemoReport, type DemoScores, renderDemoReport } from '#figures/demo-report.ts';
import { renderEvaluationReport } from '#figures/evaluation-report.ts';
import type { EvaluationReport } from '#figures/evaluation-results.ts';

const hostile = '</style><script>alert(1)</script>';
const picture = {
  source: 'data:image/png;base64,AAAA',
  environment: hostile,
  trueLabel: hostile,
  before: [{ label: 'cat', probability: 0.6 }],
  after: [{ label: hostile, probability: 0.7 }],
};
const pictures = { corrected: 1, broken: 0, mostCorrected: [picture], mostBroken: [] };
const model = { id: 'nano-clip', revision: 'a'.repeat(64) };

const evaluation: EvaluationReport = {
  dataset: hostile,
  model,
  command: `clip-icm evaluate ${hostile}`,
  counts: { pictures: 12345, unreadable: 1, environments: 2, classes: 3, seeds: 3 },
  protocol: 'Fitted on all others.',
  standardError: '± is the standard error over seeds.',
  tables: [
    {
      caption: 'Accuracy',
      table: {
        targets: [hostile, 'photo'],
        baseline: 'plain CLIP',
        rows: [
          {
            method: 'plain CLIP',
            group: 'zero-shot',
            cells: [{ mean: 0.5 }, { mean: Number.NaN }],
            average: { mean: 0.5 },
          },
          {
            method: 'auto',
            group: 'zero-shot',
            cells: [{ mean: 0.6 }, { mean: 0.5, standardError: 0.01 }],
            average: { mean: 0.55, standardError: 0.005 },
          },
        ],
      },
    },
  ],
  choices: [
    {
      target: hostile,
      head: 'zero-shot',
      profile: 32,
      choice: 'centred',
      dimension: 12,
      leftOut: { gain: 0.03, standardError: 0.01 },
      measured: -0.02,
      reason: 'gain',
    },
    {
      target: 'b',
      head: 'zero-shot',
      profile: 0,
      choice: 'plain',
      dimension: 12,
      measured: 0,
      reason: 'one source',
    },
  ],
  gains: [
    {
      method: 'auto',
      head: 'zero-shot',
      cells: [{ gain: 0.1, standardError: 0.02, p: 0.001 }, null],
      average: { gain: 0.1, targetError: 0.03 },
    },
  ],
  profile: 'A profile is a mean.',
  chance: 0.1,
  curves: {
    rows: [{ estimator: 'icm', lambda: 0.3, dimension: 12, score: 0.53, target: 0.48 }],
    baseline: { score: 0.5, target: 0.5 },
  },
  spectra: [{ name: 'photo', values: [3, 2, 1] }],
  disagreement: {
    rows: ['a', 'b'],
    columns: ['a', 'b'],
    before: [
      [0, 0.5],
      [0.5, 0],
    ],
    after: [
      [0, 0.4],
      [0.3, 0],
    ],
  },
  quality: { columns: ['calibration error'], rows: [{ method: 'auto', values: [undefined] }] },
  interventions: [{ name: 'invert', pairs: 10, noOps: 2, used: 'yes' }],
  pictures: { method: 'auto', ...pictures },
  warnings: [`unreadable: ${hostile}`],
};

const scores: DemoScores = {
  pictures: 5,
  zeroShot: { plain: 0.4, unprofiled: 0.5, profiled: 0.5, centred: 0.6, gain: 0.2, standardError: 0.05 },
  probe: { plain: 0.5, unprofiled: 0.5, profiled: 0.5, centred: 0.51, gain: 0.01, standardError: 0.05 },
};
const estimate = {
  plain: 0.5,
  accuracy: 0.6,
  gain: 0.1,
  pictureError: 0.01,
  environmentError: 0.02,
  sources: [{ name: hostile, pictures: 5, gain: 0.1, standardError: 0.02 }],
};
const mode = {
  choice: 'centred',
  estimator: 'identity',
  dimension: 16,
  centred: true,
  temperature: 1,
} as const;

const demo: DemoReport = {
  model,
  labels: 3,
  profilePictures: 32,
  sources: { environments: [hostile, 'b'], pictures: 10 },
  targets: [{ name: hostile, isSimulated: true, ...scores }],
  all: scores,
  report: {
    sources: [],
    heads: [
      {
        head: 'zero-shot',
        unprofiled: { ...mode, reason: hostile },
        profiled: { ...mode, reason: hostile, estimate },
        candidates: [{ mode: 'profiled', choice: 'edits', dimension: 8, estimate }],
      },
    ],
    interventions: [],
    edits: { gain: 0, pictureError: 0.01, environmentError: 0.01 },
    warnings: [],
  },
  latencyMs: { picture: 20, repeated: 2, embedding: 1 },
  pictures,
};

describe.each([
  ['the evaluation report', renderEvaluationReport(evaluation)],
  ['the demo report', renderDemoReport(demo)],
])('%s', (_, page) => {
  it('is one page that runs nothing and fetches nothing', () => {
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/<(?:script|link|iframe)\b/i);
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/i);
    expect(page).not.toMatch(/url\(|@import/);
  });

  it('escapes names, and closes every element it opens', () => {
    const body = page.slice(page.indexOf('<body>'));
    for (const tag of [
      'section',
      'figure',
      'table',
      'tr',
      'td',
      'th',
      'ul',
      'li',
      'svg',
      'g',
      'p',
      'div',
      'dl',
    ]) {
      const opened = body.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
      expect([tag, body.split(`</${tag}>`).length - 1]).toEqual([tag, opened]);
    }
    expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/);
  });
});

describe('the evaluation report', () => {
  const page = renderEvaluationReport(evaluation);

  it('says how far a method is from plain CLIP, and marks the best', () => {
    expect(page).toContain('<span class="icm-gain">+5.0</span>');
    expect(page).toMatch(/icm-best">55\.0 <small>± 0\.5/);
  });

  it('holds the definitions, the warnings and the command', () => {
    expect(page).toContain('± is the standard error over seeds.');
    expect(page).toContain('unreadable: &lt;/style&gt;');
    expect(page).toContain('clip-icm evaluate &lt;/style&gt;');
  });
});
