// The report of `clip-icm demo`: one projection fitted through the public API, and how it did on styles it never saw.

import type { SelectionReport } from '../contracts/fit.ts';
import { formatCount, formatMilliseconds, formatNumber, formatPercent, formatPoints } from './format.ts';
import { renderGain } from './gain.ts';
import { type Markup, markup } from './markup.ts';
import { type PictureCase, renderPictureGrid } from './picture-grid.ts';
import { renderCharts, renderFacts, renderReport, type Section } from './report-page.ts';
import { renderDimensionCurves, renderLambdaCurves, type SelectionCurves } from './selection-curves.ts';
import { renderSpectrumPlot } from './spectrum-plot.ts';
import { renderTable } from './table.ts';

export type DemoReport = {
  model: { id: string; revision: string };
  labels: number;
  sources: { environments: readonly string[]; pictures: number };
  targets: readonly { environment: string; pictures: number; clip: number; projection: number }[];
  /** Over all pictures of the targets; `leftOut` is the estimate on sources left out in turn. */
  accuracy: Record<'clip' | 'projection', { leftOut: number; target: number }>;
  chosen: { estimator: string; lambda?: number; dimension: number; reason: string };
  embeddingDimension: number;
  /** Medians. */
  latencyMs: { picture: number; repeated: number; embedding: number };
  selection: SelectionReport;
  spectrum: readonly number[];
  pictures: {
    corrected: number;
    broken: number;
    mostCorrected: readonly PictureCase[];
    mostBroken: readonly PictureCase[];
  };
};

export function renderDemoReport(report: DemoReport): string {
  const { accuracy, targets, labels, model } = report;
  const pictures = targets.reduce((sum, target) => sum + target.pictures, 0);
  const gain = accuracy.projection.target - accuracy.clip.target;
  return renderReport({
    title: 'From colour to line drawing, without a single new label',
    lead:
      `A projection fitted on ${report.sources.environments.length} coloured emoji styles, tried on ${formatCount(pictures)} pictures of ` +
      `${targets.length} styles it never saw. ${labels} labels, model ${model.id}.`,
    headlines: [
      { label: 'plain CLIP, unseen styles', value: formatPercent(accuracy.clip.target), unit: '%' },
      {
        label: 'with the projection',
        value: formatPercent(accuracy.projection.target),
        unit: '%',
        note: `${formatPoints(gain)} points; ${report.pictures.corrected} pictures put right, ${report.pictures.broken} spoilt`,
      },
      {
        label: 'an embedding, answered by the edge in',
        value: formatMilliseconds(report.latencyMs.embedding),
        note: 'median, no encoder involved',
      },
    ],
    sections: [accuracySection(report), pictureSection(report), choiceSection(report), speedSection(report)],
    footer: `Written by clip-icm demo through the public HTTP API. Model ${model.id}, revision ${model.revision.slice(0, 12)}.`,
  });
}

function accuracySection({ accuracy, targets, sources }: DemoReport): Section {
  const row = (name: string, pictures: number, clip: number, projection: number, strong = false) => ({
    name,
    cells: [
      formatCount(pictures),
      formatPercent(clip),
      formatPercent(projection),
      renderGain(projection - clip),
    ],
    strong,
  });
  const total = targets.reduce((sum, { pictures }) => sum + pictures, 0);
  return {
    title: 'Accuracy',
    introduction: `Sources: ${sources.environments.join(', ')}. Their row is the estimate the choice was made by: each source left out in turn.`,
    body: renderTable({
      caption: 'Accuracy of plain CLIP and of the projection, in per cent',
      columns: ['accuracy, %', 'pictures', 'plain CLIP', 'projection', 'points'],
      rows: [
        row(
          'sources, left out in turn',
          sources.pictures,
          accuracy.clip.leftOut,
          accuracy.projection.leftOut,
        ),
        ...targets.map((target) => row(target.environment, target.pictures, target.clip, target.projection)),
        row('all unseen styles', total, accuracy.clip.target, accuracy.projection.target, true),
      ],
    }),
  };
}

function pictureSection({ pictures }: DemoReport): Section {
  const grid = (cases: readonly PictureCase[]): Markup =>
    cases.length === 0
      ? markup`<p>None.</p>`
      : renderPictureGrid(cases, { beforeName: 'plain CLIP', afterName: 'projection' });
  return {
    title: 'Pictures it changed',
    introduction:
      'The true label carries a tick. Shown are the pictures whose true label gained or lost most.',
    body: markup`<h3>Most corrected</h3>${grid(pictures.mostCorrected)}<h3>Most broken</h3>${grid(pictures.mostBroken)}`,
  };
}

function choiceSection({ chosen, selection, spectrum, embeddingDimension }: DemoReport): Section {
  const head = selection.heads[0];
  const lambda = chosen.lambda === undefined ? '' : `, λ′ = ${formatNumber(chosen.lambda)}`;
  const charts: Markup[] = [];
  if (head && selection.mode !== 'fixed') {
    const curves: SelectionCurves = {
      rows: selection.rows.filter((row) => row.head === head.head),
      baseline: { score: head.identity.score },
      chosen,
    };
    charts.push(renderLambdaCurves(curves), renderDimensionCurves(curves));
  }
  charts.push(renderSpectrumPlot({ lists: [{ name: 'ρ', values: spectrum }], dimension: chosen.dimension }));
  return {
    title: `Chosen: ${chosen.estimator}${lambda}, ${chosen.dimension} of ${embeddingDimension} dimensions`,
    introduction: chosen.reason,
    body: renderCharts(charts),
  };
}

function speedSection({ latencyMs }: DemoReport): Section {
  return {
    title: 'How long an answer takes',
    introduction: 'Medians over HTTP on the machine that ran the demo.',
    body: renderFacts([
      ['A picture seen for the first time', formatMilliseconds(latencyMs.picture)],
      ['The same picture again', formatMilliseconds(latencyMs.repeated)],
      ['An embedding', formatMilliseconds(latencyMs.embedding)],
    ]),
  };
}
