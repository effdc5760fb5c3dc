// The sections of an evaluation's report that are tables: accuracy and gains, what was chosen, and what was measured beyond
// accuracy.

import { renderAccuracyTable } from './accuracy-table.ts';
import type { EvaluatedGain, EvaluationReport } from './evaluation-results.ts';
import { formatCount, formatPercent, formatPoints } from './format.ts';
import { renderGainWithError } from './gain.ts';
import { type Markup, markup } from './markup.ts';
import type { Section } from './report-page.ts';
import { renderTable } from './table.ts';

export function accuracySection({
  tables,
  gains,
  protocol,
  profile,
  standardError,
  chance,
}: EvaluationReport): Section {
  return {
    title: 'Accuracy',
    introduction: `${protocol} ${profile} Chance is ${formatPercent(chance)} %.`,
    body: markup`${tables.map(({ caption, table }, index) => [
      index > 0 ? markup`<h3>${caption}</h3>` : undefined,
      renderAccuracyTable(table, caption),
    ])}<p class="after">${standardError}</p><h3>Gain over plain CLIP</h3>${renderGains(gains, tables[0]?.table.targets ?? [])}<p class="after">In points, on the same pictures. Targets: ± over pictures, * and ** where McNemar’s exact test has p &lt; 0.05 and p &lt; 0.01. Average: ± over pictures and targets.</p>`,
  };
}

function renderGains(gains: readonly EvaluatedGain[], targets: readonly string[]): Markup {
  return renderTable({
    caption: 'Gain over plain CLIP, points',
    columns: ['gain, points', ...targets, 'average'],
    rows: gains.map(({ method, head, cells, average }, index) => ({
      name: markup`${method} <small>${head}</small>`,
      cells: [
        ...cells.map((cell) => {
          if (cell === null) return '–';
          const stars = cell.p < 0.01 ? '**' : cell.p < 0.05 ? '*' : '';
          return markup`${renderGainWithError(cell.gain, cell.standardError)}${stars}`;
        }),
        renderGainWithError(average.gain, average.targetError),
      ],
      separated: index > 0 && gains[index - 1]?.head !== head,
    })),
  });
}

export function choiceSection({ choices }: EvaluationReport): Section | undefined {
  if (choices.length === 0) return undefined;
  return {
    title: 'What was chosen, and why',
    introduction:
      'Chosen on source environments left out in turn, with a profile of the target and without. The two gains say whether that estimate could be trusted; its ± is over pictures and environments.',
    body: renderTable({
      caption: 'Choices of the automatic selection',
      columns: ['target', 'head', 'profile', 'choice', 'k', 'gain left out', 'gain on target', 'why'],
      rows: choices.map((choice) => ({
        name: choice.target,
        cells: [
          choice.head,
          choice.profile === 0 ? 'none' : `${choice.profile} pictures`,
          choice.choice,
          choice.dimension,
          choice.leftOut === undefined
            ? ''
            : renderGainWithError(choice.leftOut.gain, choice.leftOut.standardError),
          formatPoints(choice.measured),
          choice.reason,
        ],
      })),
      text: true,
    }),
  };
}

export function qualitySection({ quality, interventions }: EvaluationReport): Section {
  return {
    title: 'Beyond accuracy',
    body: markup`${renderTable({
      caption: 'Scores beyond accuracy, averaged over targets',
      columns: ['%', ...quality.columns],
      rows: quality.rows.map(({ method, values }) => ({
        name: method,
        cells: values.map((value) => (value === undefined ? '' : formatPercent(value))),
      })),
    })}<h3>Interventions</h3>${renderTable({
      caption: 'Interventions and how often each changes the answer of plain CLIP',
      columns: ['intervention', 'pairs', 'unchanged pictures', 'answers flipped, %', 'used'],
      rows: interventions.map(({ name, pairs, noOps, flipRate, used }) => ({
        name,
        cells: [
          formatCount(pairs),
          formatCount(noOps),
          flipRate === undefined ? '' : formatPercent(flipRate),
          used,
        ],
      })),
    })}`,
  };
}
