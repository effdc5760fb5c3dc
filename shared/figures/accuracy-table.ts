// DomainBed's table: one row a method, one column a target environment, and the average over targets.

import { formatPercent } from './format.ts';
import { renderGain } from './gain.ts';
import { type Markup, markup } from './markup.ts';
import { renderTable } from './table.ts';

/** A mean over seeds; `standardError` is absent for a single seed. */
export type Measured = { mean: number; standardError?: number };

export type AccuracyRow = {
  method: string;
  /** What the rows are grouped by, e.g. the head. */
  group: string;
  /** One a target; NaN where nothing could be measured. */
  cells: readonly Measured[];
  average: Measured;
};

export type AccuracyTable = {
  targets: readonly string[];
  rows: readonly AccuracyRow[];
  /** The row every difference is taken from. */
  baseline: string;
};

/** Marks the best average of each group, and says how far each method is from the baseline of its group. */
export function renderAccuracyTable({ targets, rows, baseline }: AccuracyTable, caption: string): Markup {
  return renderTable({
    caption,
    columns: ['accuracy, %', ...targets, 'average', `vs ${baseline}`],
    rows: rows.map((row, index) => {
      const peers = rows.filter(({ group }) => group === row.group);
      const base = peers.find(({ method }) => method === baseline);
      const best = Math.max(...peers.map(({ average }) => average.mean));
      return {
        name: markup`${row.method} <small>${row.group}</small>`,
        cells: [
          ...row.cells.map(renderMeasured),
          row.average.mean === best && peers.length > 1
            ? markup`<span class="icm-best">${renderMeasured(row.average)}</span>`
            : renderMeasured(row.average),
          base === undefined || base === row ? '' : renderGain(row.average.mean - base.average.mean),
        ],
        separated: index > 0 && rows[index - 1]?.group !== row.group,
      };
    }),
  });
}

function renderMeasured({ mean, standardError }: Measured): Markup {
  const spread = standardError ? markup` <small>± ${formatPercent(standardError)}</small>` : undefined;
  return markup`${formatPercent(mean)}${spread}`;
}
