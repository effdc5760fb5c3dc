// An estimator that the caller fixed: P as asked, in both modes, with the same estimates as a choice of `auto`. What the caller
// left open of λ′ and k is searched for first.

import { err, ok, type Result } from '#shared/result.ts';
import type { HeadName } from '../answer/fitted-head.ts';
import type { MathError } from '../math-error.ts';
import { candidateFamilies } from './candidates.ts';
import { estimateOf } from './comparison.ts';
import { projectionOf } from './estimators.ts';
import { FamilySolver } from './family-solver.ts';
import type { FitInput } from './fit-input.ts';
import { fitMoments } from './folds.ts';
import type { Approach } from './head-builder.ts';
import { LeftOutEstimates, type Resolve } from './left-out-estimates.ts';
import { foldsOf, type HeadPlan, type ModePlan, type Plan } from './plan.ts';
import type { Solved } from './projected.ts';
import { reasonForFixed } from './reasons.ts';
import { type FixedEstimator, searchParameters } from './search.ts';
import type { SelectionReport } from './selection-report.ts';
import type { Vetting } from './vetting.ts';

type Parameters = {
  readonly estimator: FixedEstimator;
  readonly lambda?: number;
  readonly dimension: number;
};

/** Too few samples: the estimator needs pairs, and there are none to use. */
export function planFixed(
  input: FitInput,
  estimator: FixedEstimator,
  estimable: readonly number[],
  vetting: Vetting,
): Result<Plan, MathError> {
  const found = parametersOf(input, estimator, vetting);
  if (!found.ok) return found;
  const { parameters, search } = found.value;
  const solve = solverOf(input, parameters);
  const folds = foldsOf(input, estimable, () => vetting.used);
  const estimates = new LeftOutEstimates(folds, solve);
  const heads: HeadPlan[] = [];
  for (const head of input.options.heads) {
    const profiled = planMode(head, centred(input, 'own'), estimates, search !== undefined);
    if (!profiled.ok) return profiled;
    const centre = input.options.removeMean ? 'common' : 'none';
    const unprofiled = planMode(head, centred(input, centre), estimates, search !== undefined);
    if (!unprofiled.ok) return unprofiled;
    heads.push({ head, profiled: profiled.value, unprofiled: unprofiled.value, candidates: [] });
  }
  return ok({ heads, estimates, solve, ...(search === undefined ? {} : { search }) });
}

/** With one label there is no mean to take out of it. */
function centred({ classCount }: FitInput, centre: Approach['centre']): Approach {
  return { choice: 'fixed', centre: classCount < 2 ? 'none' : centre };
}

function planMode(
  head: HeadName,
  approach: Approach,
  estimates: LeftOutEstimates,
  searched: boolean,
): Result<ModePlan, MathError> {
  const comparison = estimates.compare(head, approach, { choice: 'plain', centre: 'none' });
  if (!comparison.ok) return comparison;
  return ok({
    approach,
    ...(comparison.value === undefined ? {} : { estimate: estimateOf(comparison.value) }),
    reason: reasonForFixed(head, comparison.value, searched),
  });
}

/** By head; a search only where more than one combination is left. */
function parametersOf(
  input: FitInput,
  estimator: FixedEstimator,
  vetting: Vetting,
): Result<{ parameters: ReadonlyMap<HeadName, Parameters>; search?: SelectionReport }, MathError> {
  const { heads } = input.options;
  const families = candidateFamilies(
    { ...input.options, estimator },
    {
      dimension: input.statistics.dimension,
      classCount: input.classCount,
      hasPairs: vetting.used.length > 0 || (input.textPairs?.count ?? 0) > 0,
    },
  ).filter(({ selectable }) => selectable);
  const [only] = families;
  if (only === undefined) {
    return err({ code: 'too-few-samples', detail: 'No intervention that may be used changed any picture.' });
  }
  const [dimension, ...more] = only.dimensions;
  if (families.length === 1 && dimension !== undefined && more.length === 0) {
    const { lambda } = only;
    const fixed = { estimator, ...(lambda === undefined ? {} : { lambda }), dimension };
    return ok({ parameters: new Map(heads.map((head) => [head, fixed])) });
  }
  const search = searchParameters(input, estimator, vetting);
  if (!search.ok) return search;
  const parameters = search.value.heads.map(({ head, chosen }): [HeadName, Parameters] => [
    head,
    {
      estimator,
      ...(chosen.lambda === undefined ? {} : { lambda: chosen.lambda }),
      dimension: chosen.dimension,
    },
  ]);
  return ok({ parameters: new Map(parameters), search: search.value });
}

function solverOf(input: FitInput, parameters: ReadonlyMap<HeadName, Parameters>): Resolve<Solved> {
  const { dimension } = input.statistics;
  return ({ environments, interventions }, choice, head) => {
    const asked = parameters.get(head);
    if (choice !== 'fixed' || asked === undefined || asked.estimator === 'identity') {
      return ok({ estimator: 'identity', dimension });
    }
    const moments = fitMoments(input, { environments, interventions });
    if (!moments.ok) return moments;
    const family = new FamilySolver(moments.value).solve(asked);
    if (!family.ok) return family;
    const { basis } = family.value;
    return ok({
      ...asked,
      projection: new Float32Array(projectionOf(family.value, asked.dimension)),
      // Only the rows of `gevd` are not orthonormal.
      ...(asked.estimator === 'gevd' ? {} : { basis }),
    });
  };
}
