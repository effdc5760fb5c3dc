// The report of a fit as text: each head with a profile and without, why, what the edits earned, and how they fared. Of an artefact
// of the first format, the table its selection was made from.

import { describeEdits, describeEstimate, modeOrder } from '#figures/fit-report-tables.ts';
import { formatPercent as formatShare } from '#figures/format.ts';
import { formatGain } from '#figures/gain.ts';
import { describeMode, headWords, modeWords } from '#figures/mode-words.ts';
import type { SelectionReport } from '#shared/contracts/fit.ts';
import type { FitReport, HeadReport, InterventionVerdict } from '#shared/contracts/fit-report.ts';
import type { SelectionResponse } from '#shared/contracts/projection.ts';
import { selectionScore } from '#shared/math/fit/selection-rule.ts';
import { formatPercent, formatTable } from '../terminal/output.ts';

export function describeReport(report: SelectionResponse): string {
  return 'folds' in report ? describeSearch(report) : describeFit(report);
}

function describeFit(report: FitReport): string {
  const { heads, warnings, interventions, search } = report;
  const blocks = [
    ...warnings.map((warning) => `note: ${warning}`),
    formatTable(
      ['head', 'mode', 'answers by', 'left-out accuracy, gain ± error', 'over pictures'],
      heads.flatMap(modeRows),
      'No heads.',
    ),
    heads.flatMap(reasons).join('\n'),
    candidateTable(heads),
    describeEdits(report) ?? '',
    interventions.length === 0 ? '' : vettingTable(interventions),
    search === undefined || search.rows.length === 0 ? '' : describeSearch(search),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function modeRows(head: HeadReport): string[][] {
  return modeOrder.map((name) => {
    const { estimate, choice } = head[name];
    return [
      headWords[head.head],
      modeWords[name],
      describeMode(head.head, head[name]),
      describeEstimate(head, name),
      estimate === undefined || choice === 'plain' ? '' : `± ${formatShare(estimate.pictureError)}`,
    ];
  });
}

function reasons(head: HeadReport): string[] {
  return modeOrder.map((name) => `${headWords[head.head]}, ${modeWords[name]}: ${head[name].reason}`);
}

function candidateTable(heads: readonly HeadReport[]): string {
  const rows = heads.flatMap((head) =>
    head.candidates.map(({ mode, choice, dimension, estimate }) => [
      headWords[head.head],
      modeWords[mode],
      describeMode(head.head, { choice, dimension }),
      formatPercent(estimate.accuracy),
      choice === 'plain' ? '' : formatGain(estimate.gain, estimate.environmentError),
      head[mode].choice === choice ? 'taken' : '',
    ]),
  );
  return formatTable(['weighed', 'mode', 'candidate', 'accuracy', 'gain', ''], rows, '');
}

function vettingTable(interventions: readonly InterventionVerdict[]): string {
  const rows = interventions.map(({ name, pairs, noOps, flipRate, probe, used }) => [
    name,
    pairs,
    noOps,
    flipRate === undefined ? '' : formatPercent(flipRate),
    probe === undefined ? '' : `${formatPercent(probe.before)} -> ${formatPercent(probe.after)}`,
    used ? 'used' : 'left out',
  ]);
  return formatTable(
    ['intervention', 'pairs', 'unchanged', 'flips answers', 'probe before, after', ''],
    rows,
    '',
  );
}

function describeSearch({ rows: tried, heads, folds }: SelectionReport): string {
  const rows = [...tried]
    .sort((a, b) => selectionScore(b) - selectionScore(a))
    .map((row) => [
      row.head,
      row.estimator + (row.centred ? ', centred' : ''),
      row.lambda === undefined ? '' : String(row.lambda),
      row.dimension,
      formatPercent(row.score),
      row.intervened === undefined ? '' : formatPercent(row.intervened),
      ...row.scores.map((score) => formatPercent(score)),
    ]);
  const columns = ['head', 'estimator', 'λ′', 'dimension', 'mean', 'after edits', ...folds];
  const why = heads.map(({ head, reason }) => `${head}: ${reason}`);
  return [formatTable(columns, rows, 'Nothing was tried.'), ...why].join('\n');
}
