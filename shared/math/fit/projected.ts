// The projection of a choice from some sources, by the policy or as the caller fixed it.

import { ok, type Result } from '#shared/result.ts';
import type { ModeChoice } from '../answer/fitted-head.ts';
import type { MathError } from '../math-error.ts';
import type { Projected } from './head-builder.ts';
import { leadingRows, type Sources, solveSubspace } from './policy-projections.ts';

/** With an orthonormal basis [d, d] of which the first k rows span P's, where one came with P. */
export type Solved = Projected & { readonly basis?: Float64Array };

/** What a choice of the policy is called among the estimators: all are `icm` with the λ′ that it stands for, or the identity. */
export function solveChoice(sources: Sources, choice: ModeChoice): Result<Solved, MathError> {
  const { dimension } = sources.input.statistics;
  if (choice !== 'edits' && choice !== 'environments' && choice !== 'dimension') {
    return ok({ estimator: 'identity', dimension });
  }
  const subspace = solveSubspace(choice, sources);
  if (!subspace.ok) return subspace;
  return ok({
    estimator: 'icm',
    lambda: choice === 'dimension' ? 0 : 1,
    dimension: subspace.value.dimension,
    projection: leadingRows(subspace.value),
    basis: subspace.value.basis,
  });
}
