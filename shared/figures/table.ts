// A table with row headers that scrolls sideways inside itself where the page is narrow.

import { type Markup, type MarkupValue, markup } from './markup.ts';

export type TableRow = {
  name: MarkupValue;
  cells: readonly MarkupValue[];
  /** Set apart from the rest: what the table is about. */
  strong?: boolean;
  /** Starts a new block of rows. */
  separated?: boolean;
};

export type Table = {
  /** Read out by screen readers; shown above where `showCaption` is set. */
  caption: string;
  showCaption?: boolean;
  /** The first heads the row names. */
  columns: readonly string[];
  rows: readonly TableRow[];
  /** How each column after the first is set; default numbers, to the right. */
  text?: boolean;
};

export function renderTable({ caption, showCaption, columns, rows, text }: Table): Markup {
  return markup`<div class="icm-scroll" role="region" aria-label="${caption}" tabindex="0"><table class="icm-table${text ? ' icm-text' : ''}">
<caption${showCaption ? undefined : markup` class="icm-hidden"`}>${caption}</caption>
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(renderRow)}</tbody>
</table></div>`;
}

function renderRow({ name, cells, strong, separated }: TableRow): Markup {
  const kind = [strong ? 'icm-strong-row' : '', separated ? 'icm-separated' : ''].filter(Boolean).join(' ');
  return markup`<tr${kind && markup` class="${kind}"`}><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}
