// From the results of single targets and seeds to what is printed: means and standard errors over seeds, averages over
// targets, gains over plain CLIP. The summary is what `--json` writes.

import type { AccuracyRow, AccuracyTable, Measured } from '#figures/accuracy-table.ts';
import type { ChoiceRow, InterventionRow } from '#figures/evaluation-results.ts';
import { mean } from '#shared/math/mean.ts';
import {
  meanRecall,
  type QualityTable,
  summariseInterventions,
  summariseQuality,
} from './beyond-accuracy.ts';
import { type Definitions, defineTerms } from './define-terms.ts';
import type { Evaluation } from './evaluate.ts';
import {
  caseName,
  type GainRow,
  gatherSeries,
  listCases,
  measureGains,
  type Reading,
  type Series,
} from './series.ts';
import type { CurveRow, MethodResult, TargetResult } from './target-result.ts';

export type Summary = {
  readonly dataset: string;
  readonly model: { readonly id: string; readonly revision: string };
  readonly protocol: string;
  readonly definitions: Definitions;
  /** Accuracy of answers at random. */
  readonly chance: number;
  readonly seeds: readonly number[];
  readonly templates: readonly string[];
  readonly heads: readonly string[];
  readonly environments: readonly { readonly name: string; readonly pictures: number }[];
  readonly classes: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly detail: string }[];
  readonly warnings: readonly string[];
  readonly tables: readonly { readonly caption: string; readonly table: AccuracyTable }[];
  /** Over plain CLIP, or the plain head, on the same pictures. */
  readonly gains: readonly GainRow[];
  /** Of the first seed. */
  readonly choices: readonly ChoiceRow[];
  readonly quality: QualityTable;
  /** By method and head: mean share of each class's pictures answered right, null without pictures. */
  readonly recall: readonly {
    readonly method: string;
    readonly head: string;
    readonly classes: readonly (number | null)[];
  }[];
  readonly interventions: readonly InterventionRow[];
  readonly curves: readonly CurveRow[];
};

export function summarise(evaluation: Evaluation): Summary {
  const { options, tree, results, seeds } = evaluation;
  const cases = listCases(evaluation);
  const series = gatherSeries(evaluation, cases);
  const targetNames = cases.map(({ name }) => name);
  const table = (caption: string, reading: Reading) => ({
    caption,
    table: { targets: targetNames, baseline: 'plain CLIP', rows: series.map((one) => makeRow(one, reading)) },
  });
  const openClass = options.protocol === 'open-class';
  return {
    dataset: options.directory,
    model: evaluation.model,
    protocol: options.protocol,
    definitions: defineTerms(options, seeds.length),
    chance: 1 / Math.max(1, tree.classes.length),
    seeds,
    templates: options.templates,
    heads: options.heads,
    environments: tree.environments.map((name, environment) => ({
      name,
      pictures: tree.pictures.filter(({ file }) => file.environment === environment).length,
    })),
    classes: tree.classes,
    unreadable: evaluation.unreadable,
    warnings: [...evaluation.warnings, ...fitWarnings(results)],
    tables: [
      table('Accuracy on the target', ({ accuracy }) => accuracy),
      ...(openClass
        ? [
            table('Pictures of known classes', (result) => result.knownAccuracy),
            table('Pictures of new classes', (result) => result.newAccuracy),
          ]
        : []),
    ],
    gains: measureGains(series, cases),
    choices: results
      .filter(({ seed }) => seed === seeds[0])
      .flatMap((result) => listChoices(result, tree.environments)),
    quality: summariseQuality(series),
    recall: series.map(({ method, head, results: all }) => ({
      method,
      head,
      classes: meanRecall(all.flatMap((row) => row.flatMap((result) => result ?? []))),
    })),
    interventions: summariseInterventions(results),
    curves: averageCurves(results.filter(({ curves }) => curves.length > 0)),
  };
}

function makeRow({ method, head, results }: Series, reading: Reading): AccuracyRow {
  const read = (result: MethodResult | undefined) => (result && reading(result)) ?? Number.NaN;
  const columns = (results[0] ?? []).map((_, column) => results.map((row) => read(row[column])));
  return {
    method,
    group: head,
    cells: columns.map(measure),
    average: measure(results.map((row) => mean(row.map(read)))),
  };
}

/** Mean over seeds, and the sample standard deviation divided by the root of their number. */
export function measure(values: readonly number[]): Measured {
  const [first] = values;
  // Said apart because the mean of equal values rounds, which would leave a spread of 1e-17.
  if (first !== undefined && values.every((value) => value === first)) {
    return { mean: first, ...(values.length < 2 ? {} : { standardError: 0 }) };
  }
  const average = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  return { mean: average, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** One for each mode of a head. */
function listChoices(result: TargetResult, environments: readonly string[]): ChoiceRow[] {
  return result.report.heads.flatMap(({ head, profiled, unprofiled }) =>
    [unprofiled, profiled].flatMap((mode): ChoiceRow[] => {
      const withProfile = mode === profiled;
      const accuracyOf = (method: string, asked: boolean) =>
        result.methods.find((one) => one.method === method && one.head === head && one.profiled === asked)
          ?.accuracy;
      const clip = accuracyOf('identity', false);
      const chosen = accuracyOf('auto', withProfile);
      if (clip === undefined || chosen === undefined) return [];
      const { choice, dimension, estimate, reason } = mode;
      return [
        {
          target: caseName(result, environments),
          head,
          profile: withProfile ? result.profile : 0,
          choice,
          dimension,
          ...(estimate === undefined
            ? {}
            : { leftOut: { gain: estimate.gain, standardError: estimate.environmentError } }),
          measured: chosen - clip,
          reason,
        },
      ];
    }),
  );
}

/** What every fit warns of, once. */
function fitWarnings(results: readonly TargetResult[]): string[] {
  return [...new Set(results.flatMap(({ report }) => report.warnings))].slice(0, 5);
}

/** Averages over targets of the candidates that every target has. */
function averageCurves(results: readonly TargetResult[]): CurveRow[] {
  const groups = new Map<string, CurveRow[]>();
  for (const row of results.flatMap(({ curves }) => curves)) {
    const key = `${row.estimator} ${row.lambda} ${row.dimension}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .filter((rows) => rows.length === results.length)
    .flatMap((rows) =>
      rows.slice(0, 1).map((first) => ({
        ...first,
        score: mean(rows.map(({ score }) => score)),
        target: mean(rows.map(({ target }) => target)),
      })),
    );
}
