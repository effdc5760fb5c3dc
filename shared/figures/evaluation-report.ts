// The report of `clip-icm evaluate`: what was measured, on which pictures it helped and on which it hurt.

import { accuracySection, choiceSection, qualitySection } from './evaluation-report-tables.ts';
import type { EvaluationReport } from './evaluation-results.ts';
import { formatCount, formatPercent, formatPoints } from './format.ts';
import { renderHeatMap } from './heat-map.ts';
import { type Markup, markup } from './markup.ts';
import { type PictureCase, renderPictureGrid } from './picture-grid.ts';
import { type Headline, renderCharts, renderFacts, renderReport, type Section } from './report-page.ts';
import { renderDimensionCurves, renderLambdaCurves } from './selection-curves.ts';
import { renderSpectrumPlot } from './spectrum-plot.ts';

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

function provenanceSection({ command, model, counts, warnings }: EvaluationReport): Section {
  const facts: (readonly [string, string | Markup])[] = [
    ['Command', markup`<code>${command}</code>`],
    ['Model', markup`${model.id} <code>${model.revision}</code>`],
    ['Pictures', `${formatCount(counts.pictures)} read, ${formatCount(counts.unreadable)} unreadable`],
    ...warnings.map((warning) => ['Note', warning] as const),
  ];
  return { title: 'How to get this again', body: renderFacts(facts) };
}
