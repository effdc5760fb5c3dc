// DomainBed's table for a terminal, with the definitions and what was chosen below it.

import type { AccuracyRow, AccuracyTable, Measured } from '#figures/accuracy-table.ts';
import type { ChoiceRow } from '#figures/evaluation-report.ts';
import { formatNumber, formatPercent, formatPoints } from '#figures/format.ts';
import type { Summary } from './summarise.ts';

export function formatSummary(summary: Summary): string {
  const pictures = summary.environments.reduce((sum, environment) => sum + environment.pictures, 0);
  const lines = [
    `${summary.dataset}: ${pictures} pictures, ${summary.environments.length} environments, ${summary.classes.length} classes; ${summary.model.id}`,
  ];
  for (const { caption, table } of summary.tables) lines.push('', `${caption}, %`, formatAccuracy(table));
  lines.push('', summary.definitions.protocol, summary.definitions.standardError);
  if (summary.choices.length > 0) {
    lines.push(
      '',
      'Chosen by auto, first seed; gains over plain CLIP in points',
      formatChoices(summary.choices),
    );
  }
  lines.push(...listUnused(summary));
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
  return alignColumns([header, ...cells], 2);
}

function formatChoices(choices: readonly ChoiceRow[]): string {
  const header = ['head', 'target', 'estimator', 'λ′', 'k', 'α', 'on sources left out', 'on the target'];
  const cells = choices.map(({ head, target, estimator, lambda, dimension, alpha, leftOut, measured }) => [
    head,
    target,
    estimator,
    lambda === undefined ? '' : formatNumber(lambda),
    String(dimension),
    alpha === undefined ? '' : formatNumber(alpha),
    formatPoints(leftOut.projection - leftOut.clip),
    formatPoints(measured.projection - measured.clip),
  ]);
  return alignColumns([header, ...cells], 3);
}

function listUnused({ interventions }: Summary): string[] {
  return interventions
    .filter(({ used }) => used !== 'in every fit')
    .map(({ name, used, flipRate }) => {
      const flips =
        flipRate === undefined ? '' : `: it changes ${formatPercent(flipRate, 0)} % of plain CLIP's answers`;
      return `${name} was ${used === 'never' ? 'never used' : `used ${used}`}${flips}.`;
    });
}

/** The first `left` columns are aligned to the left, the others to the right. */
function alignColumns(lines: readonly (readonly string[])[], left: number): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => [...(line[column] ?? '')].length)),
  );
  const align = (line: readonly string[]) =>
    line
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - [...cell].length);
        return column < left ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd();
  return lines.map(align).join('\n');
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
