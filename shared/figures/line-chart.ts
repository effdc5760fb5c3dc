// A line chart as SVG with its caption, its legend and the numbers behind it. Colours come from style.ts; no scripts.

import { formatNumber } from './format.ts';
import { type Markup, markup } from './markup.ts';
import { exactScale, linearScale, logScale, type Scale } from './scale.ts';
import { renderTable } from './table.ts';

export type Point = { x: number; y: number };

export type Series = {
  name: string;
  points: readonly Point[];
  /** Dashed lines are estimates or references; solid ones are measured. */
  dashed?: boolean;
  /** Drawn thick, in the colour of text: the line to look at. */
  strong?: boolean;
  /** Left out of the legend where the description explains it, e.g. the dashed twin of a solid line. */
  unlisted?: boolean;
  /** Index of the colour; default the place in the list. */
  colour?: number;
};

export type LineChart = {
  title: string;
  /** What it shows and how to read it, in a sentence. */
  description: string;
  series: readonly Series[];
  x: { label: string; scale: 'linear' | 'logarithmic' };
  y: {
    label: string;
    scale?: 'linear' | 'logarithmic';
    format?: (value: number) => string;
    /** Where the axis starts at the least: lines that fall deeper leave the chart, so that the rest can be told apart. */
    floor?: number;
  };
  /** A horizontal line to compare with, e.g. plain CLIP. */
  baseline?: { label: string; y: number };
  /** A vertical line at the value that was chosen. */
  marker?: { label: string; x: number };
};

const width = 440;
const height = 270;
const box = { left: 48, right: width - 14, top: 18, bottom: height - 42 };

type Axes = { x: Scale; y: Scale; formatY: (value: number) => string };

/** The chart as a `<figure>`. Series may have different points; those with none are left out. */
export function renderLineChart(chart: LineChart): Markup {
  const series = chart.series.filter(({ points }) => points.length > 0);
  const axes = fitAxes(chart, series);
  return markup`<figure class="icm-figure">
<figcaption><strong>${chart.title}.</strong> ${chart.description}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${chart.title}. ${chart.description}">
${renderAxes(chart, axes)}${renderReferences(chart, axes)}
<svg x="0" y="0" width="${width}" height="${box.bottom}" viewBox="0 0 ${width} ${box.bottom}">${series.map((one, index) => renderSeries(one, index, axes))}</svg>
</svg>
${renderLegend(chart, series)}
<details><summary>Numbers</summary>${renderNumbers(chart, series, axes)}</details>
</figure>`;
}

function fitAxes(chart: LineChart, series: readonly Series[]): Axes {
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const ys = series.flatMap(({ points }) => points.map(({ y }) => y));
  if (chart.baseline) ys.push(chart.baseline.y);
  const floor = chart.y.floor ?? Number.NEGATIVE_INFINITY;
  const shown = ys.map((y) => Math.max(y, floor));
  const across = [box.left + 8, box.right] as const;
  const up = [box.bottom, box.top] as const;
  return {
    x: chart.x.scale === 'logarithmic' ? logScale(xs, across) : exactScale(extent(xs), across, 6),
    y: chart.y.scale === 'logarithmic' ? logScale(shown, up) : linearScale(extent(shown), up),
    formatY: chart.y.format ?? formatNumber,
  };
}

function extent(values: readonly number[]): readonly [number, number] {
  return values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
}

function renderAxes(chart: LineChart, { x, y, formatY }: Axes): Markup {
  const horizontal = y.ticks.map((tick) => {
    const at = round(y.position(tick));
    return markup`<line class="icm-grid" x1="${box.left}" x2="${box.right}" y1="${at}" y2="${at}"/><text class="icm-tick" x="${box.left - 6}" y="${at + 4}" text-anchor="end">${formatY(tick)}</text>`;
  });
  const vertical = x.ticks.map((tick) => {
    const at = round(x.position(tick));
    return markup`<line class="icm-notch" x1="${at}" x2="${at}" y1="${box.bottom}" y2="${box.bottom + 4}"/><text class="icm-tick" x="${at}" y="${box.bottom + 17}" text-anchor="middle">${formatNumber(tick)}</text>`;
  });
  const gap = x.breakAt === undefined ? undefined : round(x.breakAt);
  const slashes =
    gap === undefined
      ? undefined
      : markup`<rect class="icm-gap" x="${gap - 3}" y="${box.bottom - 3}" width="6" height="6"/><path class="icm-notch" d="M${gap - 5} ${box.bottom + 4}l4 -8m2 8l4 -8"/>`;
  return markup`${horizontal}<line class="icm-axis" x1="${box.left}" x2="${box.right}" y1="${box.bottom}" y2="${box.bottom}"/>${vertical}${slashes}
<text class="icm-label" x="${box.right}" y="${height - 5}" text-anchor="end">${chart.x.label}</text><text class="icm-label" x="2" y="9">${chart.y.label}</text>`;
}

function renderReferences({ baseline, marker }: LineChart, { x, y }: Axes): Markup {
  const level = baseline && round(y.position(baseline.y));
  const place = marker && round(x.position(marker.x));
  const at = place !== undefined && place >= box.left && place <= box.right ? place : undefined;
  const flip = at !== undefined && at > (box.left + box.right) / 2;
  return markup`${
    level === undefined
      ? undefined
      : markup`<line class="icm-baseline" x1="${box.left}" x2="${box.right}" y1="${level}" y2="${level}"/>`
  }${
    at === undefined
      ? undefined
      : markup`<line class="icm-marker" x1="${at}" x2="${at}" y1="${box.top}" y2="${box.bottom}"/><text class="icm-note" x="${flip ? at : Math.max(at, 86)}" y="${box.top - 6}" text-anchor="${flip ? 'end' : 'start'}">${marker?.label}</text>`
  }`;
}

function renderSeries(series: Series, index: number, { x, y, formatY }: Axes): Markup {
  const points = series.points.toSorted((a, b) => a.x - b.x);
  const at = points.map((point) => ({
    left: round(x.position(point.x)),
    top: round(y.position(point.y)),
    title: `${series.name}: ${formatNumber(point.x)}, ${formatY(point.y)}`,
  }));
  const path = at.map(({ left, top }, order) => `${order === 0 ? 'M' : 'L'}${left} ${top}`).join('');
  const dots = points.length > 60 ? [] : at;
  return markup`<g class="${seriesClass(series, index)}"><path d="${path}"/>${dots.map(({ left, top, title }) => markup`<circle cx="${left}" cy="${top}" r="2.6"><title>${title}</title></circle>`)}</g>`;
}

function seriesClass({ colour, dashed, strong }: Series, index: number): string {
  const hue = strong ? 'icm-strong' : `icm-series-${(colour ?? index) % 8}`;
  return `icm-line ${hue}${dashed ? ' icm-dashed' : ''}`;
}

function renderLegend({ baseline }: LineChart, series: readonly Series[]): Markup | undefined {
  if (series.length < 2 && !baseline) return undefined;
  const key = (name: string, kind: string) =>
    markup`<li><svg viewBox="0 0 22 8" aria-hidden="true"><g class="${kind}"><path d="M1 4H21"/></g></svg>${name}</li>`;
  return markup`<ul class="icm-legend">${series.map((one, index) => (one.unlisted ? undefined : key(one.name, seriesClass(one, index))))}${
    baseline && key(baseline.label, 'icm-line icm-baseline')
  }</ul>`;
}

function renderNumbers(chart: LineChart, series: readonly Series[], { formatY }: Axes): Markup {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  return renderTable({
    caption: chart.title,
    columns: [chart.x.label, ...series.map(({ name }) => name)],
    rows: xs.map((x) => ({
      name: formatNumber(x),
      cells: series.map(({ points }) => {
        const point = points.find((candidate) => candidate.x === x);
        return point ? formatY(point.y) : '';
      }),
    })),
  });
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
