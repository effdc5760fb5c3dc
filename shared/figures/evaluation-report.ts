// The report of `clip-icm evaluate`: what was measured, on which pictures it helped and on which it hurt.

import { type AccuracyTable, renderAccuracyTable } from './accuracy-table.ts';
import { formatCount, formatPercent, formatPoints } from './format.ts';
import { renderGainWithError } from './gain.ts';
import { renderHeatMap } from './heat-map.ts';
import { type Markup, markup } from './markup.ts';
import { type PictureCase, renderPictureGrid } from './picture-grid.ts';
import { type Headline, renderCharts, renderFacts, renderReport, type Section } from './report-page.ts';
import { renderDimensionCurves, renderLambdaCurves, type SelectionCurves } from './selection-curves.ts';
import { renderSpectrumPlot } from './spectrum-plot.ts';
import { renderTable } from './table.ts';

/** What was chosen for one target, head and mode, and what came of it. Gains are over plain CLIP, in shares. */
export type ChoiceRow = {
  target: string;
  head: string;
  /** Pictures of the target's profile; 0 without one. */
  profile: number;
  choice: string;
  dimension: number;
  leftOut?: { gain: number; standardError: number };
  measured: number;
  reason: string;
};

/** One method and head against plain CLIP. */
export type EvaluatedGain = {
  method: string;
  head: string;
  /** One a target; `null` where there is nothing to compare. */
  cells: readonly ({ gain: number; standardError: number; p: number } | null)[];
  average: { gain: number; targetError: number };
};

/** Scores beyond accuracy of one method, averaged over targets. */
export type QualityRow = { method: string; values: readonly (number | undefined)[] };

export type InterventionRow = { name: string; pairs: number; noOps: number; flipRate?: number; used: string };

export type EvaluationReport = {
  dataset: string;
  model: { id: string; revision: string };
  command: string;
  counts: { pictures: number; unreadable: number; environments: number; classes: number; seeds: number };
  /** Definitions, one sentence each: the protocol, the standard error, what a seed changes. */
  protocol: string;
  profile: string;
  standardError: string;
  /** Accuracy of answers at random. */
  chance: number;
  tables: readonly { caption: string; table: AccuracyTable }[];
  gains: readonly EvaluatedGain[];
  choices: readonly ChoiceRow[];
  /** Averages over targets; absent where only one head without λ was run. */
  curves?: SelectionCurves;
  spectra: readonly { name: string; values: readonly number[] }[];
  /** How differently two environments are answered, class by class, in [0, 1]: [target][environment]. */
  disagreement: {
    rows: readonly string[];
    columns: readonly string[];
    before: readonly (readonly number[])[];
    after: readonly (readonly number[])[];
  };
  quality: { columns: readonly string[]; rows: readonly QualityRow[] };
  interventions: readonly InterventionRow[];
  pictures: {
    method: string;
    corrected: number;
    broken: number;
    mostCorrected: readonly PictureCase[];
    mostBroken: readonly PictureCase[];
  };
  /** What a reader should know before trusting this: unreadable files, missing classes. */
  warnings: readonly string[];
};

export function renderEvaluationReport(report: EvaluationReport): string {
  const { counts, model } = report;
  return renderReport({
    title: `${report.dataset}: does the projection hold up?`,
    lead:
      `Each of ${counts.environments} environments in turn is the target that nothing was fitted or chosen on. ` +
      `${formatCount(counts.pictures)} pictures, ${counts.classes} classes, ${counts.seeds} ${counts.seeds === 1 ? 'seed' : 'seeds'}, ${model.id}.`,
    headlines: makeHeadlines(report),
    sections: [
      accuracySection(report),
      choiceSection(report),
      curveSection(report),
      disagreementSection(report),
      pictureSection(report),
      qualitySection(report),
      provenanceSection(report),
    ].filter((section) => section !== undefined),
    footer: `Written by clip-icm evaluate. Model ${model.id}, revision ${model.revision.slice(0, 12)}.`,
  });
}

function makeHeadlines({ tables, pictures }: EvaluationReport): Headline[] {
  const table = tables[0]?.table;
  const group = table?.rows[0]?.group;
  const own = table?.rows.filter((row) => row.group === group) ?? [];
  const clip = own.find(({ method }) => method === table?.baseline);
  const chosen = own.find(({ method }) => method === pictures.method);
  if (!clip || !chosen) return [];
  const gain = chosen.average.mean - clip.average.mean;
  return [
    {
      label: `plain CLIP, ${group}`,
      value: formatPercent(clip.average.mean),
      unit: '%',
      note: 'average over targets',
    },
    {
      label: `${chosen.method}, ${group}`,
      value: formatPercent(chosen.average.mean),
      unit: '%',
      note: chosen.average.standardError
        ? `± ${formatPercent(chosen.average.standardError)} over seeds`
        : 'average over targets',
    },
    {
      label: 'difference',
      value: formatPoints(gain),
      unit: 'points',
      note: `${pictures.corrected} pictures put right, ${pictures.broken} spoilt`,
    },
  ];
}

function accuracySection({
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

function choiceSection({ choices }: EvaluationReport): Section | undefined {
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

function curveSection({ curves, spectra }: EvaluationReport): Section | undefined {
  const charts: Markup[] = [];
  if (curves) charts.push(renderLambdaCurves(curves), renderDimensionCurves(curves));
  if (spectra.length > 0) charts.push(renderSpectrumPlot({ lists: spectra }));
  if (charts.length === 0) return undefined;
  return {
    title: 'What the parameters do',
    introduction: 'Zero-shot, averaged over targets. Nothing on these curves of a target entered any choice.',
    body: renderCharts(charts),
  };
}

function disagreementSection({ disagreement, pictures }: EvaluationReport): Section {
  const { rows, columns, before, after } = disagreement;
  const maximum = Math.max(0, ...[...before, ...after].flat().filter((value) => !Number.isNaN(value)));
  const shared = { rows, columns, maximum };
  return {
    title: 'Where environments disagree',
    introduction:
      'How differently the same class is answered in two environments, in per cent: the total variation distance between mean probabilities, averaged over classes. First seed.',
    body: renderCharts([
      renderHeatMap({ title: 'Before', description: 'Plain CLIP.', values: before, ...shared }),
      renderHeatMap({
        title: 'After',
        description: `${pictures.method}: each row by the projection that never saw that environment.`,
        values: after,
        ...shared,
      }),
    ]),
  };
}

function pictureSection({ pictures }: EvaluationReport): Section {
  const names = { beforeName: 'plain CLIP', afterName: pictures.method };
  const grid = (cases: readonly PictureCase[], none: string) =>
    cases.length === 0 ? markup`<p>${none}</p>` : renderPictureGrid(cases, names);
  return {
    title: 'Pictures it changed',
    introduction: `On targets, zero-shot, first seed: ${pictures.corrected} pictures wrong before and right after, ${pictures.broken} right before and wrong after. Shown are those whose true label moved most.`,
    body: markup`<h3>Most corrected</h3>${grid(pictures.mostCorrected, 'None.')}<h3>Most broken</h3>${grid(pictures.mostBroken, 'None.')}`,
  };
}

function qualitySection({ quality, interventions }: EvaluationReport): Section {
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

function provenanceSection({ command, model, counts, warnings }: EvaluationReport): Section {
  const facts: (readonly [string, string | Markup])[] = [
    ['Command', markup`<code>${command}</code>`],
    ['Model', markup`${model.id} <code>${model.revision}</code>`],
    ['Pictures', `${formatCount(counts.pictures)} read, ${formatCount(counts.unreadable)} unreadable`],
    ...warnings.map((warning) => ['Note', warning] as const),
  ];
  return { title: 'How to get this again', body: renderFacts(facts) };
}
