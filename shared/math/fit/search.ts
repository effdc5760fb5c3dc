// The search for what a caller left open of a fixed estimator, λ′ and k: every candidate of its grid on folds that leave one
// source environment (or one intervention) out, for each head apart. Deterministic: the same input gives the same table.

import { ok, type Result } from '#shared/result.ts';
import type { HeadName } from '../answer/fitted-head.ts';
import { wiseAlpha } from '../answer/wise.ts';
import type { MathError } from '../math-error.ts';
import { CandidateTable } from './candidate-table.ts';
import { type CandidateFamily, candidateFamilies } from './candidates.ts';
import type { FitInput } from './fit-input.ts';
import { scoreFold } from './fold-scoring.ts';
import { environmentFolds, interventionFolds } from './folds.ts';
import type { SelectableEstimator, SelectionReport } from './selection-report.ts';
import { choose } from './selection-rule.ts';
import type { Vetting } from './vetting.ts';

export type FixedEstimator = SelectableEstimator;

/** Too few samples: no picture, or a probe without classes. */
export function searchParameters(
  input: FitInput,
  estimator: FixedEstimator,
  { used, verdicts }: Vetting,
): Result<SelectionReport, MathError> {
  const families = candidateFamilies(
    { ...input.options, estimator },
    {
      dimension: input.statistics.dimension,
      classCount: input.classCount,
      hasPairs: used.length > 0 || (input.textPairs?.count ?? 0) > 0,
    },
  );
  const byEnvironment = environmentFolds(input, used);
  const folds = byEnvironment.length > 0 ? byEnvironment : interventionFolds(input, used);
  const table = new CandidateTable(input.options);
  if (folds.length === 0) addUnscored(table, families, input.options.heads);
  for (const fold of folds) {
    const scored = scoreFold(input, fold, families, table);
    if (!scored.ok) return scored;
  }
  return ok({
    mode: byEnvironment.length > 0 ? 'leave-one-environment-out' : 'leave-one-intervention-out',
    folds: folds.map(({ name }) => name),
    heads: input.options.heads.map((head) => ({ head, ...choose(table.of(head)) })),
    rows: table.rows(),
    interventions: verdicts.map(({ probe: _, ...verdict }) => verdict),
  });
}

function addUnscored(
  table: CandidateTable,
  families: readonly CandidateFamily[],
  heads: readonly HeadName[],
): void {
  for (const { selectable, dimensions, probeDimensions, ...family } of families) {
    for (const head of heads) {
      for (const dimension of head === 'zero-shot' ? dimensions : probeDimensions) {
        const alpha = head === 'wise' ? { alpha: wiseAlpha } : {};
        table.add({ ...family, head, dimension, ...alpha }, selectable);
      }
    }
  }
}
