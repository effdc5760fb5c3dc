// A heat map as a real table: each cell holds its number, so nothing rests on colour alone.

import { formatPercent } from './format.ts';
import { type Markup, markup } from './markup.ts';

export type HeatMap = {
  title: string;
  description: string;
  rows: readonly string[];
  columns: readonly string[];
  /** Shares in [0, 1], or NaN for a cell with nothing in it. */
  values: readonly (readonly number[])[];
  /** The value of the darkest shade; give the same to two maps that are compared. */
  maximum: number;
};

const shades = 10;

export function renderHeatMap({ title, description, rows, columns, values, maximum }: HeatMap): Markup {
  const cell = (value: number) =>
    Number.isNaN(value)
      ? markup`<td class="icm-empty">·</td>`
      : markup`<td class="icm-heat-${shadeOf(value, maximum)}">${formatPercent(value, 0)}</td>`;
  return markup`<figure class="icm-figure">
<figcaption><strong>${title}.</strong> ${description}</figcaption>
<div class="icm-scroll" role="region" aria-label="${title}" tabindex="0"><table class="icm-heat">
<thead><tr><td></td>${columns.map((name) => markup`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
<tbody>${rows.map((name, row) => markup`<tr><th scope="row">${name}</th>${(values[row] ?? []).map(cell)}</tr>`)}</tbody>
</table></div>
</figure>`;
}

function shadeOf(value: number, maximum: number): number {
  return maximum <= 0 ? 0 : Math.max(0, Math.min(shades, Math.round((value / maximum) * shades)));
}
