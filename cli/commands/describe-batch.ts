// A batch as text: how many of what, right answers by environment, and what was taken for what.

import type { Batch, BatchSummary } from '#shared/contracts/batch.ts';
import { formatPercent, formatTable } from '../terminal/output.ts';

const shownLabels = 20;
const shownConfusions = 12;

export function describeBatch({ id, status, dataset, projection, items, expiresAt, summary }: Batch): string {
  const by = projection === undefined ? 'plain CLIP' : `${projection.name}@${projection.version}`;
  const head = `${dataset.name} by ${by}  (${id})  ${items} pictures, ${status}, kept until ${expiresAt.slice(0, 10)}`;
  return summary === undefined ? head : [head, ...describeSummary(summary)].join('\n');
}

function describeSummary(summary: BatchSummary): string[] {
  const { labels, failures, confusion, confusionOmitted } = summary;
  const isKnown = summary.known > 0;
  const rows = [...summary.environments, { ...summary, name: 'all' }].map((counts) => [
    counts.name,
    counts.items,
    ...(isKnown ? [counts.right, counts.known, percent(counts.accuracy)] : []),
    counts.abstained,
    counts.failed,
    percent(counts.meanConfidence),
  ]);
  const known = isKnown ? ['right', 'of', 'accuracy'] : [];
  const columns = ['environment', 'pictures', ...known, 'abstained', 'failed', 'confidence'];
  const mistakes = confusion.filter(({ class: own, label }) => label !== own).slice(0, shownConfusions);
  return [
    '',
    formatTable(columns, rows, ''),
    '',
    formatTable(
      ['label', 'answers'],
      labels.slice(0, shownLabels).map(({ label, items }) => [label, items]),
      'No answer.',
    ),
    ...(labels.length > shownLabels ? [`and ${labels.length - shownLabels} labels more`] : []),
    ...(mistakes.length === 0
      ? []
      : [
          '',
          formatTable(
            ['class', 'taken for', 'pictures'],
            mistakes.map(({ class: own, label, items }) => [own, label ?? '(abstained)', items]),
            '',
          ),
        ]),
    ...(confusionOmitted === 0 ? [] : [`${confusionOmitted} pictures are in pairs too rare to be listed`]),
    ...failures.map(({ code, items }) => `${items} failed: ${code}`),
  ];
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : formatPercent(share);
}
