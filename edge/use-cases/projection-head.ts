// The head of a projection: as it was fitted, or with other labels; with the profile of an environment or without.

import type { AppError } from '#shared/app-error.ts';
import type { ClassificationResponse } from '#shared/contracts/classification.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { project } from '#shared/math/answer/classify.ts';
import { centreOf, withPrototypes } from '#shared/math/answer/compiled-head.ts';
import { centreLabels } from '#shared/math/answer/profile.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Found } from '../cache/projection-cache.ts';
import type { ReadyHead, ReadyMode, ReadyProjection } from '../cache/ready-projection.ts';
import { multiplyingMs } from '../limits/thread-work.ts';
import { type AppliedProfile, answerOf, applyProfile, checkModel } from './apply-profile.ts';
import type { Asking } from './asking.ts';
import { type ChosenHead, type HeadFailure, type HeadSources, watchedAs } from './chosen-head.ts';
import { type FoundEnvironment, findEnvironment, fittedBeforeProfiles } from './find-environment.ts';
import { type HeadOptions, invalid } from './head-options.ts';
import { inSteps } from './row-steps.ts';

/** The environment of a request, and what its profile comes to; nothing applied where the head does without one. */
export type Profile = {
  readonly environment: FoundEnvironment;
  readonly applied: AppliedProfile | undefined;
};

export async function profileFor(
  { environment: name, strength = 1 }: HeadOptions,
  projection: ReadyProjection,
  head: ReadyHead | undefined,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<Profile | undefined, AppError<'not-found' | 'conflict' | 'busy' | 'model-mismatch'>>> {
  if (name === undefined) return ok(undefined);
  if (projection.sources === undefined) return err(fittedBeforeProfiles);
  const found = await findEnvironment(name, asking, sources);
  if (!found.ok) return found;
  const environment = found.value;
  const fits = checkModel(environment, projection.header.model);
  if (!fits.ok) return fits;
  const mode = (head ?? projection.heads[0])?.profiled;
  if (mode === undefined || !mode.centred || environment.pictures === 0) {
    return ok({ environment, applied: undefined });
  }
  const meeting = { projection, head: head ?? (projection.heads[0] as ReadyHead), environment, strength };
  const applied = await applyProfile(meeting, mode, asking, sources);
  return applied.ok ? ok({ environment, applied: applied.value }) : applied;
}

/** Without a wish: the first that was fitted. */
export function headOf({ heads }: ReadyProjection, head: Head | undefined): ReadyHead | undefined {
  return head === undefined ? heads[0] : heads.find((candidate) => candidate.head === head);
}

/** With an environment the profiled mode answers, also where that takes no mean out; an empty profile is none. */
function modeOf(head: ReadyHead, profile: Profile | undefined): ReadyMode {
  const isProfiled = profile !== undefined && profile.environment.pictures > 0;
  return (isProfiled ? head.profiled : undefined) ?? head.unprofiled;
}

export function asFitted(
  { head: wanted }: HeadOptions,
  { projection, tier }: Found,
  profile: Profile | undefined,
): Result<ChosenHead, AppError<'invalid-request'>> {
  const head = headOf(projection, wanted);
  if (head === undefined) return err(invalid('/head', `The projection has no ${wanted} head.`));
  const mode = modeOf(head, profile);
  const { labels, model } = projection.header;
  return ok({
    compiled: mode.compiled,
    head: head.head,
    labels,
    model,
    servedBy: tier,
    projection: describe(projection, mode),
    centre: profile?.applied?.centre ?? mode.compiled.centre,
    environment: profile && answerOf(profile.environment, profile.applied),
    ...(profile === undefined ? {} : watchedAs(profile.environment, {})),
  });
}

export async function withOtherLabels(
  options: HeadOptions,
  projection: ReadyProjection,
  profile: Profile | undefined,
  asking: Asking,
  { prototypes }: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  const { header } = projection;
  const head = headOf(projection, 'zero-shot') ?? projection.heads[0];
  if (head === undefined) throw new Error(`projection ${projection.id} has no head`);
  const mode = modeOf(head, profile);
  const labels = options.labels ?? header.labels;
  const templates = options.templates ?? header.templates;
  const request = { tenantId: asking.tenantId, model: header.model, labels, templates };
  const texts = await prototypes.get(request, asking);
  if (!texts.ok) return texts;
  const rows = await projectedTexts(mode, projection, texts.value.rows, asking);
  if (!rows.ok) return rows;
  // A temperature is fitted for the labels of the fit; the first format has always used it for others too.
  const temperature = header.format === 'icm/1' ? mode.temperature : 1;
  const isCentred = labels.length > 1;
  return ok({
    compiled: withPrototypes(mode.compiled, rows.value, mode.logitScale / temperature),
    head: 'zero-shot',
    labels,
    model: header.model,
    servedBy: texts.value.tier,
    projection: describe(projection, mode),
    centre: isCentred ? (profile?.applied?.centre ?? mode.compiled.centre) : 'none',
    environment: profile && answerOf(profile.environment, isCentred ? profile.applied : undefined),
    ...(profile === undefined ? {} : watchedAs(profile.environment, { ...options, labels: [...labels] })),
  });
}

/** What labels came to by the head that was asked last, as long as their texts are in memory: 1,000 labels are 100 ms of work. */
const lately = new WeakMap<Float32Array, { readonly by: ReadyMode; readonly rows: Float32Array }>();

async function projectedTexts(
  mode: ReadyMode,
  projection: ReadyProjection,
  texts: Float32Array,
  { beforeWork }: Pick<Asking, 'beforeWork'>,
): Promise<Result<Float32Array, AppError<'busy'>>> {
  const known = lately.get(texts);
  if (known?.by === mode) return ok(known.rows);
  const busy = await beforeWork(multiplyingMs(texts.length * mode.compiled.dimension));
  if (busy !== undefined) return err(busy);
  const rows = await projectTexts(mode, projection, texts);
  lately.set(texts, { by: mode, rows });
  return ok(rows);
}

/** normalise(P (t − t̄)) of each row where the mode is centred, by the mean of these very labels; the first format has its own. */
async function projectTexts(
  { compiled, centred }: ReadyMode,
  { textMean }: ReadyProjection,
  texts: Float32Array,
): Promise<Float32Array> {
  const { dimension, embeddingDimension: width } = compiled;
  const hasOwnMean = centred && textMean !== undefined;
  const centre = hasOwnMean ? centreOf(compiled, textMean) : 'none';
  const given = centred && !hasOwnMean ? centreLabels(texts, width) : texts;
  const rows = new Float32Array((texts.length / width) * dimension);
  for await (const { from, to } of inSteps(texts.length / width, dimension * width)) {
    const some = given.subarray(from * width, to * width);
    rows.set(project(compiled, some, to - from, centre), from * dimension);
  }
  return rows;
}

function describe(
  { id, name, version }: ReadyProjection,
  { estimator, dimension }: ReadyMode,
): ClassificationResponse['projection'] {
  return { id, name, version, estimator, dimension };
}
