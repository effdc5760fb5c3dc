// DomainBed's table for a terminal, with the definitions and what was chosen below it.

import type { AccuracyRow, AccuracyTable, Measured } from '#figures/accuracy-table.ts';
import type { ChoiceRow } from '#figures/evaluation-results.ts';
import { formatPercent, formatPoints } from '#figures/format.ts';
import { formatGain } from '#figures/gain.ts';
import type { PairedGain } from './paired.ts';
import type { Summary } from './summarise.ts';

/** More columns than this are no table that a terminal can show. */
const mostColumns = 12;

export function formatSummary(summary: Summary): string {
  const pictures = summary.environments.reduce((sum, environment) => sum + environment.pictures, 0);
  const { definitions } = summary;
  const lines = [
    `${summary.dataset}: ${pictures} pictures, ${summary.environments.length} environments, ${summary.classes.length} classes; ${summary.model.id}; chance ${formatPercent(summary.chance)} %`,
  ];
  const isWide = (summary.tables[0]?.table.targets.length ?? 0) > mostColumns;
  if (isWide) lines.push(...formatPairs(summary));
  for (const { caption, table } of isWide ? [] : summary.tables) {
    lines.push('', `${caption}, %`, formatAccuracy(table));
  }
  lines.push('', gainCaption, formatGains(summary, isWide));
  lines.push('', definitions.protocol, definitions.profile, definitions.standardError);
  if (summary.choices.length > 0 && !isWide) {
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

const gainCaption =
  "Gain over plain CLIP on the same pictures, points. Targets: ± over pictures, * and ** where McNemar's exact test of the first\n" +
  'seed has p < 0.05 and p < 0.01. Average: ± over pictures and targets, and over pictures alone. Below: targets below plain CLIP by\n' +
  'more than one standard error.';

function formatGains({ gains, tables }: Summary, isWide: boolean): string {
  const targets = isWide ? [] : (tables[0]?.table.targets ?? []);
  const header = ['head', 'method', ...targets, 'average', 'pictures alone', 'below'];
  const cells = gains.map((row, index) => [
    gains[index - 1]?.head === row.head ? '' : row.head,
    row.method,
    ...(isWide ? [] : row.cells.map(formatGainCell)),
    formatGain(row.average.gain, row.average.targetError),
    `± ${formatPercent(row.average.pictureError)}`,
    `${row.average.below} of ${row.cells.length}`,
  ]);
  return alignColumns([header, ...cells], 2);
}

function formatGainCell(cell: PairedGain | null): string {
  if (cell === null) return '–';
  const stars = cell.p < 0.01 ? '**' : cell.p < 0.05 ? '*' : '';
  return `${formatGain(cell.gain, cell.standardError)}${stars}`;
}

/** Of one source each: a line a source and a column a target, for `auto` without a profile and with one. */
function formatPairs({ gains, environments, tables }: Summary): string[] {
  const names = environments.map(({ name }) => name);
  const columns = tables[0]?.table.targets ?? [];
  return gains
    .filter(({ method }) => method.startsWith('auto'))
    .flatMap(({ method, head, cells }) => {
      const lines = names.map((source) => [
        source,
        ...names.map((target) => {
          const at = columns.indexOf(`${source} → ${target}`);
          return at < 0 ? '' : formatGainCell(cells[at] ?? null);
        }),
      ]);
      const caption = `${head}, ${method}: gain over plain CLIP by source (down) and target (across)`;
      return ['', caption, alignColumns([['', ...names], ...lines], 1)];
    });
}

export function formatAccuracy({ targets, rows, baseline }: AccuracyTable): string {
  const header = ['head', 'method', ...targets, 'average', `vs ${baseline}`];
  const cells = rows.map((row, index) => [
    rows[index - 1]?.group === row.group ? '' : row.group,
    row.method,
    ...row.cells.map(formatMeasured),
    formatMeasured(row.average),
    formatDifference(row, rows, baseline),
  ]);
  return alignColumns([header, ...cells], 2);
}

function formatChoices(choices: readonly ChoiceRow[]): string {
  const header = ['head', 'target', 'profile', 'choice', 'k', 'on sources left out', 'on the target'];
  const cells = choices.map(({ head, target, profile, choice, dimension, leftOut, measured }) => [
    head,
    target,
    profile === 0 ? 'none' : String(profile),
    choice,
    String(dimension),
    leftOut === undefined ? '' : formatGain(leftOut.gain, leftOut.standardError),
    formatPoints(measured),
  ]);
  return alignColumns([header, ...cells], 4);
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

function formatDifference(row: AccuracyRow, rows: readonly AccuracyRow[], baseline: string): string {
  const base = rows.find(({ method, group }) => method === baseline && group === row.group);
  return base === undefined || base === row ? '' : formatPoints(row.average.mean - base.average.mean);
}
