// An environment's profile in the hands of a projection: the centre that answers take out, and whether its pictures show
// enough classes to be trusted. Both are found once for each state of a profile and remembered.

import { type AppError, appError } from '#shared/app-error.ts';
import type { AnsweredEnvironment } from '#shared/contracts/classification.ts';
import type { HeadReport } from '#shared/contracts/fit-report.ts';
import type { Lru } from '#shared/lru.ts';
import { centreOf } from '#shared/math/answer/compiled-head.ts';
import {
  classesExpected,
  effectiveClasses,
  skewedBelow,
  targetMean,
  unitRows,
} from '#shared/math/answer/profile.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { ReadyHead, ReadyMode, ReadyProjection } from '../cache/ready-projection.ts';
import { answeringMs } from '../limits/thread-work.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import type { Asking } from './asking.ts';
import type { FoundEnvironment } from './find-environment.ts';
import { keptRows } from './profile-content.ts';
import { answeredLabels } from './row-steps.ts';

export type AppliedProfile = {
  /** P μ [k]. */
  readonly centre: Float32Array;
  /** Effective number of classes that the profile's kept pictures are answered with; absent where it keeps none. */
  readonly answeredClasses?: number;
  /** What as many pictures of the sources would show. */
  readonly expectedClasses?: number;
  readonly skewed: boolean;
};

export type ProfileMemory = Lru<AppliedProfile>;

export function checkModel(
  environment: FoundEnvironment,
  model: { readonly id: string; readonly revision: string },
): Result<true, AppError<'model-mismatch'>> {
  const { model: own, name } = environment;
  if (own.id === model.id && own.revision === model.revision) return ok(true);
  const what = own.id === model.id ? 'another revision of the model' : own.id;
  return err(appError('model-mismatch', `The profile of ${name} is of ${what}, this is of ${model.id}.`));
}

/** What is remembered of a profile that this projection has met. */
export function appliedNow(
  { projection, head, environment, strength }: Meeting,
  memory: ProfileMemory,
  nowMs: number,
): AppliedProfile | undefined {
  return memory.get(memoryKey(projection, head, environment, strength), nowMs);
}

export type Meeting = {
  readonly projection: ReadyProjection;
  readonly head: ReadyHead;
  readonly environment: FoundEnvironment;
  readonly strength: number;
};

/** `mode` is the head's profiled one, and centred. */
export async function applyProfile(
  meeting: Meeting,
  mode: ReadyMode,
  { tenantId, nowMs, beforeWork }: Pick<Asking, 'tenantId' | 'nowMs' | 'beforeWork'>,
  sources: {
    readonly profileMemory: ProfileMemory;
    readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  },
): Promise<Result<AppliedProfile, AppError<'busy'>>> {
  const known = appliedNow(meeting, sources.profileMemory, nowMs);
  if (known !== undefined) return ok(known);
  const { projection, head, environment, strength } = meeting;
  const centre = centreOf(mode.compiled, meanOf(environment, projection, strength));
  const kept = environment.isSource
    ? undefined
    : await keptOf(tenantId, environment, sources.environmentStore);
  const count = (kept?.length ?? 0) / mode.compiled.embeddingDimension;
  const busy = await beforeWork(answeringMs(mode.compiled, count, 0));
  if (busy !== undefined) return err(busy);
  const answeredClasses = kept && effectiveClasses(await answeredLabels(mode.compiled, kept, centre));
  const shown = reportOf(projection, head)?.answeredClasses;
  const expectedClasses = shown === undefined || count === 0 ? undefined : classesExpected(shown, count);
  const applied: AppliedProfile = {
    centre,
    ...(answeredClasses === undefined ? {} : { answeredClasses }),
    ...(expectedClasses === undefined ? {} : { expectedClasses }),
    skewed:
      answeredClasses !== undefined &&
      expectedClasses !== undefined &&
      answeredClasses < skewedBelow * expectedClasses,
  };
  const key = memoryKey(projection, head, environment, strength);
  sources.profileMemory.set(key, applied, centre.byteLength + 2 * key.length + 200, nowMs);
  return ok(applied);
}

export function reportOf({ header }: ReadyProjection, { head }: ReadyHead): HeadReport | undefined {
  return header.format === 'icm/1'
    ? undefined
    : header.report.heads.find((candidate) => candidate.head === head);
}

export function answerOf(
  { name, revision, pictures }: FoundEnvironment,
  applied: AppliedProfile | undefined,
): AnsweredEnvironment {
  const mode = applied === undefined ? 'unused' : 'profiled';
  return { name, revision, pictures, mode, skewed: applied?.skewed ?? false };
}

/** A source's own mean is not shrunk: it stands in the artefact as the fit found it. */
export function meanOf(
  environment: FoundEnvironment,
  { mean }: Pick<ReadyProjection, 'mean'>,
  strength: number,
): Float32Array {
  if (!environment.isSource) return targetMean(environment, mean, strength);
  const own = targetMean(environment, undefined);
  return own.map((value, i) => (mean?.[i] ?? 0) + strength * (value - (mean?.[i] ?? 0)));
}

/** As the profile stands now, which may be a revision later: a hint of skew is worth no second attempt. */
async function keptOf(
  tenantId: string,
  { name, sum }: FoundEnvironment,
  store: Pick<EnvironmentStore, 'findWhole'>,
): Promise<Float32Array | undefined> {
  const whole = await store.findWhole(tenantId, name);
  if (whole === undefined || whole.kept.byteLength === 0) return undefined;
  return unitRows(keptRows(whole.kept, sum.length), sum.length);
}

function memoryKey(
  { id }: ReadyProjection,
  { head }: ReadyHead,
  { key }: FoundEnvironment,
  strength: number,
): string {
  return `${id} ${head} ${strength} ${key}`;
}
