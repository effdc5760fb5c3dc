// The head of plain CLIP: no projection, labels of the question's own, with the profile of an environment or without.

import type { AppError } from '#shared/app-error.ts';
import { defaultTemplates } from '#shared/contracts/names.ts';
import { plainHead } from '#shared/math/answer/compiled-head.ts';
import { ok, type Result } from '#shared/result.ts';
import { checkModel } from './apply-profile.ts';
import type { Asking } from './asking.ts';
import { type ChosenHead, type HeadFailure, type HeadSources, watchedAs } from './chosen-head.ts';
import { findEnvironment } from './find-environment.ts';
import type { HeadOptions } from './head-options.ts';
import { centrePlainClip } from './plain-profile.ts';

export async function choosePlainClip(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  const { tenantId } = asking;
  const { prototypes, modelDirectory, defaultModel } = sources;
  const { labels = [], templates = defaultTemplates } = options;
  const model = await modelDirectory.describe(options.model ?? defaultModel, asking.nowMs);
  if (!model.ok) return model;
  const { reference, embeddingDimension, logitScale, scoring } = model.value;
  const request = { tenantId, model: reference, labels, templates };
  const texts = await prototypes.get(request, asking);
  if (!texts.ok) {
    if (texts.error.code === 'model-mismatch') modelDirectory.forget(reference.id);
    return texts;
  }
  const plain = {
    compiled: plainHead(texts.value.rows, embeddingDimension, logitScale, scoring),
    head: 'zero-shot' as const,
    labels,
    model: reference,
    servedBy: texts.value.tier,
    projection: undefined,
    centre: undefined,
    environment: undefined,
  };
  if (options.environment === undefined) return ok(plain);
  const environment = await findEnvironment(options.environment, asking, sources);
  if (!environment.ok) return environment;
  const fits = checkModel(environment.value, reference);
  if (!fits.ok) return fits;
  const question = {
    environment: environment.value,
    towards: options.reference ?? 'profiles',
    strength: options.strength ?? 1,
    tenantId,
    rows: texts.value.rows,
    logitScale,
    scoring,
  };
  const centred = await centrePlainClip(question, sources.environments, asking.nowMs);
  if (!centred.ok) return centred;
  return ok({ ...plain, ...centred.value, ...watchedAs(environment.value, options) });
}
