// What was tried in a selection, as curves: accuracy against λ and against the number of dimensions kept.

import type { SelectionRow } from '../contracts/fit.ts';
import { formatPercent } from './format.ts';
import { type Point, renderLineChart, type Series } from './line-chart.ts';
import type { Markup } from './markup.ts';

/** One candidate with what it scored; `target` is only there when an evaluation has measured it. */
export type CurveRow = Pick<SelectionRow, 'lambda' | 'dimension'> & {
  /** `reference` beside the contract's names. */
  estimator: string;
  score: number;
  target?: number;
};

export type SelectionCurves = {
  rows: readonly CurveRow[];
  baseline: { score: number; target?: number };
  chosen?: Pick<CurveRow, 'estimator' | 'lambda' | 'dimension'>;
};

type Axis = 'lambda' | 'dimension';

/** Some candidates lose everything; drawn to the end they would press all others into one line. */
const shownBelowBaseline = 0.15;

const colours: Readonly<Record<string, number>> = { icm: 0, soft: 1, gevd: 2, nap: 3, reference: 6 };
const against: Readonly<Record<Axis, readonly string[]>> = {
  lambda: ['icm', 'soft', 'reference'],
  dimension: ['icm', 'gevd', 'nap', 'reference'],
};

export function renderLambdaCurves(curves: SelectionCurves): Markup {
  const { chosen } = curves;
  return renderLineChart({
    title: 'Accuracy against λ′',
    description: `The best number of dimensions for each λ′; at 0 only dimensions are cut, with no regard to interventions.${howToRead(curves)}`,
    series: makeSeries(curves, 'lambda'),
    x: { label: 'λ′', scale: 'logarithmic' },
    ...vertical(curves),
    ...(chosen?.lambda === undefined ? {} : { marker: { label: chosen.estimator, x: chosen.lambda } }),
  });
}

export function renderDimensionCurves(curves: SelectionCurves): Markup {
  const { chosen } = curves;
  const cut = chosen && against.dimension.includes(chosen.estimator);
  return renderLineChart({
    title: 'Accuracy against dimensions kept',
    description: `The best λ′ for each number k of dimensions.${howToRead(curves)}`,
    series: makeSeries(curves, 'dimension'),
    x: { label: 'k', scale: 'linear' },
    ...vertical(curves),
    ...(cut ? { marker: { label: chosen.estimator, x: chosen.dimension } } : {}),
  });
}

function howToRead({ rows }: SelectionCurves): string {
  const lines = rows.some(({ target }) => target !== undefined)
    ? 'Solid: measured on the target. Dashed: the left-out estimate that the choice was made by.'
    : 'Estimated on source environments left out in turn.';
  return ` ${lines} What falls far below plain CLIP leaves the chart; its numbers stand below the chart.`;
}

function vertical({ baseline }: SelectionCurves) {
  const level = baseline.target ?? baseline.score;
  return {
    y: {
      label: 'accuracy, %',
      format: (share: number) => formatPercent(share),
      floor: level - shownBelowBaseline,
    },
    baseline: { label: 'plain CLIP', y: level },
  };
}

function makeSeries({ rows }: SelectionCurves, axis: Axis): Series[] {
  return against[axis].flatMap((estimator) => {
    const own = rows.filter((row) => row.estimator === estimator && row[axis] !== undefined);
    if (own.length === 0) return [];
    const colour = colours[estimator] ?? 7;
    const estimate = { name: estimator, colour, points: bestPoints(own, axis, 'score') };
    const measured = { name: estimator, colour, points: bestPoints(own, axis, 'target') };
    if (measured.points.length === 0) return [estimate];
    return [measured, { ...estimate, name: `${estimator}, left out`, dashed: true, unlisted: true }];
  });
}

/** For each value on the axis, the candidate of the best left-out score; `y` says which of its numbers is shown. */
function bestPoints(rows: readonly CurveRow[], axis: Axis, y: 'score' | 'target'): Point[] {
  const best = new Map<number, CurveRow>();
  for (const row of rows) {
    const x = row[axis];
    const held = x === undefined ? undefined : best.get(x);
    if (x !== undefined && (held === undefined || row.score > held.score)) best.set(x, row);
  }
  return [...best].flatMap(([x, row]) => {
    const value = row[y];
    return value === undefined ? [] : [{ x, y: value }];
  });
}
