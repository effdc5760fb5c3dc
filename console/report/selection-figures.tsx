// What the selection found, as the same figures that the report of `clip-icm evaluate` has.

import type { Head, HeadSelection, SelectionReport, SelectionRow } from '#shared/contracts/fit.ts';
import { renderAccuracyTable } from '#shared/figures/accuracy-table.ts';
import { formatNumber, formatPercent } from '#shared/figures/format.ts';
import { renderDimensionCurves, renderLambdaCurves } from '#shared/figures/selection-curves.ts';
import { renderSpectrumPlot } from '#shared/figures/spectrum-plot.ts';
import { renderTable } from '#shared/figures/table.ts';
import { selectionScore } from '#shared/math/fit/selection-rule.ts';
import { Figure } from '../parts/figure.tsx';
import { Section } from '../parts/page.tsx';
import { strings } from '../strings.ts';

/** Fewer values than this are no curve, e.g. where the caller has fixed λ. */
const shortestCurve = 3;

/** What the table of folds is called. A choice that was fixed is scored on environments left out all the same. */
export function foldText({ mode, folds }: SelectionReport) {
  return strings.report.folds[mode === 'fixed' && folds.length === 0 ? 'nothing-left-out' : mode];
}

export function FoldTable({ report }: { report: SelectionReport }) {
  const { folds, heads } = report;
  if (folds.length === 0) return null;
  const baseline = strings.try.sides.clip;
  const row = (head: Head, method: string, { scores, score }: HeadSelection['chosen']) => ({
    method,
    group: strings.solve.headNames[head],
    cells: scores.map((mean) => ({ mean })),
    average: { mean: score },
  });
  const rows = heads.flatMap(({ head, identity, chosen }) => {
    const isKept = chosen.estimator === 'identity';
    const shown = isKept ? bestTried(report, head) : chosen;
    if (shown === undefined) return [row(head, baseline, identity)];
    const note = isKept ? strings.report.notTaken : '';
    return [row(head, baseline, identity), row(head, `${describeChoice(shown)}${note}`, shown)];
  });
  return (
    <>
      <Figure markup={renderAccuracyTable({ targets: folds, rows, baseline }, foldText(report).caption)} />
      <ul class="reasons">
        {heads.map(({ head, reason, identity, chosen }) => (
          <li key={head}>
            <strong>{strings.solve.headNames[head]}:</strong> {reason}
            {identity.intervened !== undefined &&
              chosen.intervened !== undefined &&
              ` ${strings.report.afterInterventions(formatPercent(identity.intervened), formatPercent(chosen.intervened))}`}
          </li>
        ))}
      </ul>
    </>
  );
}

/** What came nearest where plain CLIP was kept. */
export function bestTried({ rows }: SelectionReport, head: Head): SelectionRow | undefined {
  const tried = rows.filter((row) => row.head === head && row.estimator !== 'identity');
  return tried.toSorted((a, b) => selectionScore(b) - selectionScore(a))[0];
}

export function describeChoice({
  estimator,
  lambda,
  dimension,
}: Pick<HeadSelection['chosen'], 'estimator' | 'lambda' | 'dimension'>): string {
  if (estimator === 'identity') return strings.try.sides.clip;
  const parts = [
    estimator,
    lambda === undefined ? '' : `λ′\u00a0=\u00a0${formatNumber(lambda)}`,
    estimator === 'soft' ? '' : `k\u00a0=\u00a0${dimension}`,
  ];
  return parts.filter(Boolean).join(', ');
}

export function Curves({ report, spectrum }: { report: SelectionReport; spectrum: readonly number[] }) {
  const selection = report.heads.find(({ head }) => head === 'zero-shot') ?? report.heads[0];
  if (selection === undefined) return null;
  const { head, identity, chosen } = selection;
  const rows = report.rows.filter((row) => row.head === head);
  const tried = rows.filter(({ estimator }) => estimator !== 'identity');
  const isCurve = (axis: 'lambda' | 'dimension') =>
    new Set(tried.flatMap((row) => row[axis] ?? [])).size >= shortestCurve;
  const [hasLambdas, hasDimensions] = [isCurve('lambda'), isCurve('dimension')];
  const curves = { rows, baseline: { score: identity.score }, chosen };
  if (!hasLambdas && !hasDimensions && spectrum.length === 0) return null;
  return (
    <Section title={strings.report.curves} lead={strings.report.curvesLead(strings.solve.headNames[head])}>
      <div class="charts">
        {hasLambdas && <Figure markup={renderLambdaCurves(curves)} />}
        {hasDimensions && <Figure markup={renderDimensionCurves(curves)} />}
        {spectrum.length > 0 && (
          <Figure
            markup={renderSpectrumPlot({
              lists: [{ name: 'ρ', values: spectrum }],
              ...(chosen.estimator === 'gevd' ? { dimension: chosen.dimension } : {}),
            })}
          />
        )}
      </div>
    </Section>
  );
}

export function InterventionTable({ report }: { report: SelectionReport }) {
  if (report.interventions.length === 0) return null;
  const text = strings.report.interventionColumns;
  return (
    <Section title={strings.report.interventions} lead={strings.report.interventionsLead}>
      <Figure
        markup={renderTable({
          caption: strings.report.interventions,
          columns: [text.name, text.pairs, text.noOps, text.flipRate, text.used],
          rows: report.interventions.map(({ name, pairs, noOps, flipRate, used }) => ({
            name: nameOfIntervention(name),
            cells: [
              pairs,
              noOps,
              flipRate === undefined ? '' : formatPercent(flipRate),
              used ? strings.common.yes : strings.common.no,
            ],
          })),
        })}
      />
    </Section>
  );
}

/** The console's word for one of its own, else what it is called. */
export function nameOfIntervention(name: string): string {
  const known = Object.entries(strings.interventions).find(([key]) => key === name)?.[1];
  return known?.name ?? name;
}
