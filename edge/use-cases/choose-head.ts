// What a classification is answered by: a projection's head as fitted, the same projection with other labels, or plain
// CLIP with ad-hoc labels; with the profile of an environment or without. Finds it in the caches; classifies nothing.

import type { AppError } from '#shared/app-error.ts';
import type { AnsweredEnvironment, ClassificationResponse, Tier } from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Head } from '#shared/contracts/fit.ts';
import { defaultTemplates } from '#shared/contracts/names.ts';
import type { UsageCounter } from '#shared/contracts/usage-counters.ts';
import {
  type CompiledHead,
  centreOf,
  plainHead,
  project,
  withPrototypes,
} from '#shared/math/answer/classify.ts';
import { centreLabels } from '#shared/math/answer/profile.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../cache/environment-cache.ts';
import type { ModelDirectory } from '../cache/model-directory.ts';
import type { Found, ProjectionCache } from '../cache/projection-cache.ts';
import type { PrototypeCache, PrototypeFailure } from '../cache/prototype-cache.ts';
import type { ReadyHead, ReadyMode, ReadyProjection } from '../cache/ready-projection.ts';
import type { CallContext } from '../clients/worker-call.ts';
import type { Charge } from '../limits/quota-types.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import type { Timing } from '../timing.ts';
import {
  type AppliedProfile,
  answerOf,
  appliedNow,
  applyProfile,
  checkModel,
  type ProfileMemory,
} from './apply-profile.ts';
import {
  type FoundEnvironment,
  findEnvironment,
  findEnvironmentNow,
  fittedBeforeProfiles,
} from './find-environment.ts';
import { checkHeadOptions, type HeadOptions, invalid } from './head-options.ts';
import { centrePlainClip } from './plain-profile.ts';

export type HeadFailure = PrototypeFailure | 'not-found' | 'conflict' | 'model-mismatch' | 'too-few-samples';

export type ChosenHead = {
  readonly compiled: CompiledHead;
  readonly head: Head;
  readonly labels: readonly string[];
  readonly model: ModelReference;
  readonly servedBy: Tier;
  readonly projection: ClassificationResponse['projection'];
  /** What is taken out of projected pictures in place of the head's own centre [k]. */
  readonly centre: CompiledHead['centre'] | 'none';
  readonly environment: AnsweredEnvironment | undefined;
  /** What the pictures are watched as, where a profile was named. */
  readonly watched?: WatchedAs;
};

/** A profile's id, and the labels and templates that the question brought itself. */
type WatchedAs = {
  readonly environmentId: string;
  readonly ownLabels?: readonly string[];
  readonly templates?: readonly string[];
};

/** What every step of answering a request may need: whose it is, when it is, what may be done after it. */
export type Asking = {
  readonly tenantId: string;
  readonly nowMs: number;
  readonly later: (work: Promise<unknown>) => void;
  readonly context: CallContext;
  /** Runs what costs at the expense of the tenant's plan, or says why not. */
  readonly charge: Charge;
  readonly count: (counter: UsageCounter, amount: number) => void;
  /** Hears what a caller waits for. */
  readonly timing?: Timing;
};

export type HeadSources = {
  readonly projections: ProjectionCache;
  readonly prototypes: PrototypeCache;
  readonly modelDirectory: ModelDirectory;
  readonly defaultModel: string;
  readonly environments: EnvironmentCache;
  readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  readonly profileMemory: ProfileMemory;
};

/** The common case, a projection as it was fitted and in memory, without waiting for anything. */
export function chooseHeadNow(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Result<ChosenHead, AppError<'invalid-request'>> | undefined {
  const { projection: selector, environment: name, strength = 1 } = options;
  if (selector === undefined || options.labels !== undefined || options.templates !== undefined) {
    return undefined;
  }
  const found = sources.projections.peek(asking.tenantId, selector, asking.nowMs);
  if (found === undefined) return undefined;
  if (name === undefined) return asFitted(options, found, undefined);
  const environment = findEnvironmentNow(name, asking, sources);
  const head = headOf(found.projection, options.head);
  if (environment === undefined || head === undefined) return undefined;
  if (head.profiled?.centred !== true) return undefined;
  const meeting = { projection: found.projection, head, environment, strength };
  const applied = appliedNow(meeting, sources.profileMemory, asking.nowMs);
  return applied && asFitted(options, found, { environment, applied });
}

export async function chooseHead(
  options: HeadOptions,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<ChosenHead, AppError<HeadFailure>>> {
  const fits = checkHeadOptions(options);
  if (!fits.ok) return fits;
  if (options.projection === undefined) return choosePlainClip(options, asking, sources);
  const { tenantId, later, nowMs } = asking;
  const found = await sources.projections.get(tenantId, options.projection, later, nowMs);
  if (!found.ok) return found;
  const withOthers = options.labels !== undefined || options.templates !== undefined;
  const head = headOf(found.value.projection, withOthers ? 'zero-shot' : options.head);
  const profile = await profileFor(options, found.value.projection, head, asking, sources);
  if (!profile.ok) return profile;
  return withOthers
    ? withOtherLabels(options, found.value.projection, profile.value, asking, sources)
    : asFitted(options, found.value, profile.value);
}

/** The environment of a request, and what its profile comes to; nothing applied where the head does without one. */
type Profile = { readonly environment: FoundEnvironment; readonly applied: AppliedProfile | undefined };

async function profileFor(
  { environment: name, strength = 1 }: HeadOptions,
  projection: ReadyProjection,
  head: ReadyHead | undefined,
  asking: Asking,
  sources: HeadSources,
): Promise<Result<Profile | undefined, AppError<'not-found' | 'conflict' | 'model-mismatch'>>> {
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
  const applied = await applyProfile(meeting, mode, asking.tenantId, sources, asking.nowMs);
  return ok({ environment, applied });
}

/** Without a wish: the first that was fitted. */
function headOf({ heads }: ReadyProjection, head: Head | undefined): ReadyHead | undefined {
  return head === undefined ? heads[0] : heads.find((candidate) => candidate.head === head);
}

/** With an environment the profiled mode answers, also where that takes no mean out; an empty profile is none. */
function modeOf(head: ReadyHead, profile: Profile | undefined): ReadyMode {
  const isProfiled = profile !== undefined && profile.environment.pictures > 0;
  return (isProfiled ? head.profiled : undefined) ?? head.unprofiled;
}

function asFitted(
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

async function withOtherLabels(
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
  const rows = projectTexts(mode, projection, texts.value.rows);
  // A temperature is fitted for the labels of the fit; the first format has always used it for others too.
  const temperature = header.format === 'icm/1' ? mode.temperature : 1;
  const isCentred = labels.length > 1;
  return ok({
    compiled: withPrototypes(mode.compiled, rows, mode.logitScale / temperature),
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

async function choosePlainClip(
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
  const { environment: name, strength = 1, reference: towards = 'profiles' } = options;
  if (name === undefined) return ok(plain);
  const found = await findEnvironment(name, asking, sources);
  if (!found.ok) return found;
  const fits = checkModel(found.value, reference);
  if (!fits.ok) return fits;
  const question = {
    environment: found.value,
    towards,
    strength,
    tenantId,
    rows: texts.value.rows,
    logitScale,
    scoring,
  };
  const centred = await centrePlainClip(question, sources.environments, asking.nowMs);
  return centred.ok ? ok({ ...plain, ...centred.value, ...watchedAs(found.value, options) }) : centred;
}

/** Nothing for a projection's own source, which is what it was fitted from. */
function watchedAs(
  { id }: FoundEnvironment,
  { labels, templates }: Pick<HeadOptions, 'labels' | 'templates'>,
): { readonly watched?: WatchedAs } {
  if (id === undefined) return {};
  const own = labels === undefined ? {} : { ownLabels: labels };
  return { watched: { environmentId: id, ...own, ...(templates === undefined ? {} : { templates }) } };
}

/** normalise(P (t − t̄)) of each row where the mode is centred, by the mean of these very labels; the first format has its own. */
function projectTexts(
  { compiled, centred }: ReadyMode,
  { header, textMean }: ReadyProjection,
  rows: Float32Array,
): Float32Array {
  const dimension = header.embeddingDimension;
  const count = rows.length / dimension;
  if (!centred) return project(compiled, rows, count, 'none').slice();
  if (textMean !== undefined) return project(compiled, rows, count, centreOf(compiled, textMean)).slice();
  return project(compiled, centreLabels(rows, dimension), count, 'none').slice();
}

function describe(
  { id, name, version }: ReadyProjection,
  { estimator, dimension }: ReadyMode,
): ClassificationResponse['projection'] {
  return { id, name, version, estimator, dimension };
}
