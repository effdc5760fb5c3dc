// How much each direction of the embedding space varies between pictures for what the interventions move it.

import { formatNumber } from './format.ts';
import { renderLineChart } from './line-chart.ts';
import type { Markup } from './markup.ts';

export type Spectrum = {
  /** Generalised eigenvalues ρ of C v = ρ (S + γI) v, descending; one list or several to compare. */
  lists: readonly { name: string; values: readonly number[] }[];
  /** k, where directions were cut off. */
  dimension?: number;
};

/** Logarithmic in ρ: values that are not positive (rounding at the tail) are left out. */
export function renderSpectrumPlot({ lists, dimension }: Spectrum): Markup {
  return renderLineChart({
    title: 'Generalised spectrum',
    description:
      'ρ is how much pictures vary along a direction for what interventions move it. A steep start means few directions carry what stays.',
    series: lists.map(({ name, values }) => ({
      name,
      points: values.flatMap((y, index) => (y > 0 ? [{ x: index + 1, y }] : [])),
    })),
    x: { label: 'direction', scale: 'linear' },
    y: { label: 'ρ', scale: 'logarithmic', format: formatNumber },
    ...(dimension === undefined ? {} : { marker: { label: `k = ${dimension}`, x: dimension } }),
  });
}
