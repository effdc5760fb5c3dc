// Figures as the report, the demo and the console draw them: what stands in the markup, and that nothing escapes it.

import { describe, expect, it } from 'vitest';
import { renderHeatMap } from '#figures/heat-map.ts';
import { renderLineChart } from '#figures/line-chart.ts';
import { markup } from '#figures/markup.ts';
import { renderPictureGrid } from '#figures/picture-grid.ts';
import { renderPredictionBars } from '#figures/prediction-bars.ts';
import { linearScale, logScale } from '#figures/scale.ts';
import { renderDimensionCurves, renderLambdaCurves } from '#figures/selection-curves.ts';
import { renderSpectrumPlot } from '#figures/spectrum-plot.ts';

const hostile = `<script>alert("x")</script>' onload='y`;

describe('markup', () => {
  it('escapes text, and only text', () => {
    const inner = markup`<b>${hostile}</b>`;
    const outer = markup`<p title="${hostile}">${inner}${[1, inner]}${undefined}</p>`.toString();
    expect(outer).not.toContain('<script>');
    expect(outer.match(/<b>/g)).toHaveLength(2);
    expect(outer).not.toMatch(/title="[^"]*["<>'][^>]*onload/);
  });
});

describe('scales', () => {
  it('put round ticks around the data', () => {
    const { ticks, position } = linearScale([0.512, 0.768], [0, 100]);
    expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8]);
    expect(position(0.5)).toBeCloseTo(0);
    expect(position(0.8)).toBeCloseTo(100);
  });

  it('give zero a place before the smallest power, with a break between', () => {
    const { ticks, position, breakAt } = logScale([0, 0.1, 1, 10, 100], [0, 100]);
    expect(ticks).toEqual([0, 0.1, 1, 10, 100]);
    const places = ticks.map(position);
    expect(places[0]).toBe(0);
    expect(places.toSorted((a, b) => a - b)).toEqual(places);
    expect(breakAt).toBeGreaterThan(0);
    expect(breakAt).toBeLessThan(position(0.1));
    expect(position(10) - position(1)).toBeCloseTo(position(100) - position(10));
  });

  it('survive a single value, none, and only zeros', () => {
    for (const scale of [logScale([0], [0, 9]), logScale([], [0, 9]), logScale([3], [0, 9])]) {
      expect(scale.position(0)).toBe(0);
      expect(Number.isFinite(scale.position(3))).toBe(true);
    }
    const flat = linearScale([0.5, 0.5], [0, 9]);
    expect(flat.ticks.length).toBeGreaterThan(1);
    expect(Number.isFinite(flat.position(0.5))).toBe(true);
  });
});

describe('the line chart', () => {
  const chart = renderLineChart({
    title: hostile,
    description: 'shown.',
    series: [
      {
        name: 'icm',
        points: [
          { x: 1, y: 0.7 },
          { x: 0, y: 0.6 },
        ],
      },
      { name: 'empty', points: [] },
    ],
    x: { label: 'λ′', scale: 'logarithmic' },
    y: { label: 'accuracy' },
    baseline: { label: 'plain CLIP', y: 0.65 },
    marker: { label: hostile, x: 1 },
  }).toString();

  it('names itself to a screen reader and holds its numbers as a table', () => {
    expect(chart).toMatch(/<svg [^>]*role="img" aria-label="/);
    expect(chart).toContain('<th scope="row">0</th><td>0.6</td>');
    expect(chart).toContain('plain CLIP');
  });

  it('leaves out series without points and never writes NaN', () => {
    expect(chart).not.toContain('empty');
    expect(chart).not.toMatch(/NaN|Infinity/);
    expect(chart).not.toContain('<script>');
  });
});

describe('the curves of a selection', () => {
  const row = { head: 'zero-shot' as const, centred: false, scores: [] };
  const rows = [
    { ...row, estimator: 'icm', lambda: 0, dimension: 8, score: 0.5 },
    { ...row, estimator: 'icm', lambda: 0, dimension: 16, score: 0.625 },
    { ...row, estimator: 'icm', lambda: 1, dimension: 8, score: 0.75 },
    { ...row, estimator: 'gevd', dimension: 8, score: 0.5625 },
  ];

  it('show the best of the other parameter at each value', () => {
    const byLambda = renderLambdaCurves({ rows, baseline: { score: 0.5 } }).toString();
    expect(byLambda).toContain('icm: 0, 62.5');
    expect(byLambda).not.toContain('gevd');
    const byDimension = renderDimensionCurves({ rows, baseline: { score: 0.5 } }).toString();
    expect(byDimension).toContain('icm: 8, 75.0');
    expect(byDimension).toContain('gevd: 8, 56.3');
  });

  it('show what was measured beside what was estimated', () => {
    const measured = rows.map((one) => ({ ...one, target: one.score / 2 }));
    const chart = renderLambdaCurves({ rows: measured, baseline: { score: 0.5, target: 0.25 } }).toString();
    expect(chart).toContain('icm: 1, 37.5');
    expect(chart).toContain('icm, left out: 1, 75.0');
    expect(chart).toContain('Dashed');
  });
});

describe('the other figures', () => {
  it('draw a spectrum without its non-positive tail', () => {
    const plot = renderSpectrumPlot({ lists: [{ name: 'ρ', values: [10, 1, 0, -1e-12] }], dimension: 2 });
    expect(plot.toString()).toContain('k = 2');
    expect(plot.toString()).not.toMatch(/NaN|Infinity/);
  });

  it('write each value of a heat map, and none where there is none', () => {
    const map = renderHeatMap({
      title: 'Before',
      description: '',
      rows: ['a', 'b'],
      columns: ['a', 'b'],
      values: [
        [0, 0.5],
        [Number.NaN, 0.25],
      ],
      maximum: 0.5,
    }).toString();
    expect(map).toContain('<td class="icm-heat-10">50</td>');
    expect(map).toContain('<td class="icm-heat-5">25</td>');
    expect(map).toContain('icm-empty');
  });

  it('mark the true label by a sign, not by colour alone', () => {
    const bars = renderPredictionBars(
      [
        { label: 'ice_cream', probability: 0.75 },
        { label: hostile, probability: 2 },
      ],
      'ice_cream',
    ).toString();
    expect(bars).toContain('aria-label="correct"');
    expect(bars).toContain('ice cream');
    expect(bars).toContain('width="100.0"');
    expect(bars).not.toContain('<script>');
  });

  it('never point a picture at another machine', () => {
    const one = { environment: 'noto', trueLabel: 'ant', before: [], after: [] };
    const names = { beforeName: 'plain CLIP', afterName: 'auto' };
    const data = 'data:image/png;base64,AAAA';
    const grid = (source: string) => renderPictureGrid([{ ...one, source }], names).toString();
    expect(grid(data)).toContain(`src="${data}"`);
    expect(grid('https://example.com/a.png')).toContain('src=""');
    expect(grid('javascript:alert(1)')).toContain('src=""');
    expect(grid(data)).toContain('alt="ant, noto"');
  });
});
