// DomainBed's table for a terminal, with the definitions below it.

import type { AccuracyRow, AccuracyTable, Measured } from '#figures/accuracy-table.ts';
import { formatPercent, formatPoints } from '#figures/format.ts';
import type { Summary } from './summarise.ts';

export function formatSummary(summary: Summary): string {
  const pictures = summary.environments.reduce((sum, environment) => sum + environment.pictures, 0);
  const lines = [
    `${summary.dataset}: ${pictures} pictures, ${summary.environments.length} environments, ${summary.classes.length} classes; ${summary.model.id}`,
  ];
  for (const { caption, table } of summary.tables) lines.push('', `${caption}, %`, formatAccuracy(table));
  lines.push('', summary.definitions.protocol, summary.definitions.standardError);
  lines.push(...summary.warnings);
  for (const { path, detail } of summary.unreadable.slice(0, 10)) lines.push(`Left out: ${path}: ${detail}`);
  const more = summary.unreadable.length - 10;
  if (more > 0) lines.push(`Left out: ${more} more files that could not be read.`);
  return lines.join('\n');
}

export function formatAccuracy({ targets, rows, baseline }: AccuracyTable): string {
  const header = ['head', 'method', ...targets, 'average', `vs ${baseline}`];
  const cells = rows.map((row, index) => [
    rows[index - 1]?.group === row.group ? '' : row.group,
    row.method,
    ...row.cells.map(formatMeasured),
    formatMeasured(row.average),
    formatGain(row, rows, baseline),
  ]);
  const widths = header.map((name, column) =>
    Math.max(...[header, ...cells].map((line) => [...(line[column] ?? name)].length)),
  );
  const align = (line: readonly string[]) =>
    line
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return column < 2 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd();
  return [header, ...cells].map(align).join('\n');
}

function formatMeasured({ mean, standardError }: Measured): string {
  const spread =
    standardError === undefined || standardError === 0 ? '' : ` ± ${formatPercent(standardError)}`;
  return formatPercent(mean) + spread;
}

function formatGain(row: AccuracyRow, rows: readonly AccuracyRow[], baseline: string): string {
  const base = rows.find(({ method, group }) => method === baseline && group === row.group);
  return base === undefined || base === row ? '' : formatPoints(row.average.mean - base.average.mean);
}
