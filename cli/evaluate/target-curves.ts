// Every zero-shot candidate of a selection, measured on the target: what the report's curves against λ′ and k show beside
// the left-out estimates. Nothing here goes back into any choice.

import { accuracy } from '#shared/math/answer/scores.ts';
import { coordinatesOf, zeroShotAnswers } from '#shared/math/fit/candidate-scoring.ts';
import { FamilySolver } from '#shared/math/fit/family-solver.ts';
import type { FitInput } from '#shared/math/fit/fit-input.ts';
import { fitMoments } from '#shared/math/fit/folds.ts';
import type { SelectionReport, SelectionRow } from '#shared/math/fit/selection-report.ts';
import type { MathError } from '#shared/math/math-error.ts';
import { ok, type Result } from '#shared/result.ts';
import type { EvaluationData } from './evaluation-data.ts';
import type { TestSet } from './measure-head.ts';
import { automaticFit } from './source-fit.ts';
import type { CurveRow } from './target-result.ts';

export function measureCandidates(
  input: Omit<FitInput, 'options'>,
  searches: readonly SelectionReport[],
  data: EvaluationData,
  test: TestSet,
): Result<CurveRow[], MathError> {
  const curves: CurveRow[] = [];
  for (const [index, search] of searches.entries()) {
    const measured = measureSearch(input, search, data, test);
    if (!measured.ok) return measured;
    // Every search has a row of the identity, the same.
    curves.push(...measured.value.filter(({ estimator }) => index === 0 || estimator !== 'identity'));
  }
  return ok(curves);
}

function measureSearch(
  input: Omit<FitInput, 'options'>,
  search: SelectionReport,
  data: EvaluationData,
  test: TestSet,
): Result<CurveRow[], MathError> {
  const environments = [...input.statistics.environments.keys()];
  const interventions = search.interventions.flatMap(({ used }, index) => (used ? [index] : []));
  const moments = fitMoments({ ...input, options: automaticFit }, { environments, interventions });
  if (!moments.ok) return moments;
  const solver = new FamilySolver(moments.value);
  const rows = { test: test.embeddings, train: new Float32Array(0), prototypes: data.prototypes };
  const curves: CurveRow[] = [];
  for (const family of groupRows(search.rows.filter(({ head }) => head === 'zero-shot'))) {
    const [first] = family;
    const solved = solver.solve(first);
    if (!solved.ok) return solved;
    const dimensions = family.map(({ dimension }) => dimension);
    const answers = zeroShotAnswers(coordinatesOf(solved.value, rows), dimensions);
    for (const [index, { estimator, lambda, dimension, score }] of family.entries()) {
      const target = accuracy(answers[index] ?? new Int32Array(test.classes.length), test.classes);
      curves.push({ estimator, ...(lambda === undefined ? {} : { lambda }), dimension, score, target });
    }
  }
  return ok(curves);
}

/** Rows that one decomposition serves, each group by ascending dimension. */
function groupRows(rows: readonly SelectionRow[]): [SelectionRow, ...SelectionRow[]][] {
  const groups = new Map<string, [SelectionRow, ...SelectionRow[]]>();
  for (const row of rows) {
    const key = `${row.estimator} ${row.lambda}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  for (const group of groups.values()) group.sort((a, b) => a.dimension - b.dimension);
  return [...groups.values()];
}
