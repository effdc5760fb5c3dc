// What an evaluation measures beside accuracy, averaged over seeds and targets: calibration, flips, new classes, recall by class,
// and how the interventions fared.

import type { InterventionRow, QualityRow } from '#figures/evaluation-results.ts';
import { mean } from '#shared/math/mean.ts';
import type { Reading, Series } from './series.ts';
import type { MethodResult, TargetResult } from './target-result.ts';

export type QualityTable = { readonly columns: readonly string[]; readonly rows: readonly QualityRow[] };

const qualities: readonly (readonly [string, Reading])[] = [
  ['calibration error', (result) => result.calibrationError],
  ['with fitted temperature', (result) => result.calibrationErrorFitted],
  ['answers flipped by interventions', (result) => result.flipRate],
  ['known against new (AUROC)', (result) => result.areaUnderRoc],
];

export function summariseQuality(series: readonly Series[]): QualityTable {
  const columns = qualities.filter(([, reading]) =>
    series.some(({ results }) => results.flat().some((result) => result && reading(result) !== undefined)),
  );
  const rows = series.map(({ method, head, results }) => ({
    method: `${method}, ${head}`,
    values: columns.map(([, reading]) => {
      const values = results.flat().flatMap((result) => (result && reading(result)) ?? []);
      return values.length === 0 ? undefined : mean(values);
    }),
  }));
  return {
    columns: columns.map(([name]) => name),
    rows: rows.filter(({ values }) => values.some((value) => value !== undefined)),
  };
}

/** By class; null without pictures. */
export function meanRecall(results: readonly MethodResult[]): (number | null)[] {
  const classes = results[0]?.recall ?? [];
  return classes.map((_, index) => {
    const values = results.flatMap(({ recall }) => recall[index] ?? []);
    return values.length === 0 ? null : mean(values);
  });
}

export function summariseInterventions(results: readonly TargetResult[]): InterventionRow[] {
  const reports = results.map(({ report }) => report.interventions);
  return (reports[0] ?? []).map(({ name }, index) => {
    const own = reports.flatMap((report) => report[index] ?? []);
    const rates = own.flatMap(({ flipRate }) => flipRate ?? []);
    const used = own.filter((report) => report.used).length;
    return {
      name,
      pairs: mean(own.map(({ pairs }) => pairs)),
      noOps: mean(own.map(({ noOps }) => noOps)),
      ...(rates.length === 0 ? {} : { flipRate: mean(rates) }),
      used: used === own.length ? 'in every fit' : used === 0 ? 'never' : `in ${used} of ${own.length} fits`,
    };
  });
}
