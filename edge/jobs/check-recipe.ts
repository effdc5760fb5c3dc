// What a fit is asked for, checked against its model and against itself when it is asked for, so that nothing fails after all
// pictures have been encoded that could have been known before.

import type { AppError } from '#shared/app-error.ts';
import type { SolveOptions } from '#shared/contracts/fit.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import { isWorkerAway } from '../clients/worker-call.ts';
import type { Recipe } from '../stores/projection-record.ts';
import { invalid } from '../use-cases/head-options.ts';

/** Where no worker can be asked for an unknown model the fit is taken: it will wait for one. */
export async function checkRecipe(
  { model, encode, solve }: Recipe,
  modelDirectory: Pick<ModelDirectory, 'describe'>,
  nowMs: number,
): Promise<Result<true, AppError<'invalid-request'>>> {
  const contradiction = contradictionIn(solve, encode.interventions.length > 0);
  if (contradiction !== undefined) return err(contradiction);
  const described = await modelDirectory.describe(model, nowMs);
  if (!described.ok) {
    const { error } = described;
    return isWorkerAway(error) ? ok(true) : err({ ...error, code: 'invalid-request' });
  }
  const { embeddingDimension } = described.value;
  if (typeof solve.dimension === 'number' && solve.dimension > embeddingDimension) {
    return err(invalid('/dimension', `The embeddings of ${model} have ${embeddingDimension} dimensions.`));
  }
  return ok(true);
}

function contradictionIn(
  { estimator, lambda, dimension, textInterventions }: SolveOptions,
  hasPictureInterventions: boolean,
): AppError<'invalid-request'> | undefined {
  if (estimator === 'auto' && lambda !== 'auto') {
    return invalid('/lambda', '`auto` sets λ itself: name an estimator to fix it.');
  }
  if (estimator === 'auto' && dimension !== 'auto') {
    return invalid('/dimension', '`auto` sets the dimension itself: name an estimator to fix it.');
  }
  const needsPairs =
    ['nap', 'soft', 'gevd'].includes(estimator) || (estimator === 'icm' && lambda !== 'auto' && lambda > 0);
  if (needsPairs && !hasPictureInterventions && textInterventions.length === 0) {
    return invalid('/interventions', `${estimator} is estimated from interventions: at least one is needed.`);
  }
  return undefined;
}
