// What a watched day says of its environment: how far its pictures have moved from the profile, seen through what answered them;
// and, once the day is over, whether that is raised. A drift is told once, on its first day.

import type { ModelReference } from '#shared/contracts/common.ts';
import { driftThreshold } from '#shared/contracts/limits.ts';
import type { EnvironmentDrifted } from '#shared/contracts/webhook.ts';
import { unitRows } from '#shared/math/answer/profile.ts';
import {
  type DayDrift,
  dayDrift,
  type Projecting,
  type WatchedProfile,
} from '#shared/math/watch/day-drift.ts';
import { isPassing } from '../../clients/worker-call.ts';
import { answeringMs, multiplyingMs } from '../../limits/thread-work.ts';
import { utcDay } from '../../limits/utc-day.ts';
import type { WholeEnvironment } from '../../stores/environment-record.ts';
import type { EnvironmentStore } from '../../stores/environment-store.ts';
import type { WatchStore } from '../../stores/watch-store.ts';
import type { DayKey, OpenDay, WatchedQuestion } from '../../stores/watched-day-record.ts';
import type { Asking } from '../asking.ts';
import { chooseHead } from '../choose-head.ts';
import type { ChosenHead, HeadSources } from '../chosen-head.ts';
import { scalesDirections } from '../describe-environment.ts';
import { isoTime } from '../present.ts';
import { keptRows, maxKept } from '../profile-content.ts';
import { answeredLabels } from '../row-steps.ts';
import { type EventSources, publishEvent } from '../webhooks/publish-event.ts';

export type JudgeSources = EventSources & {
  readonly watchStore: Pick<WatchStore, 'findOpen' | 'judge' | 'wasRaised'>;
  readonly environmentStore: Pick<EnvironmentStore, 'findById'>;
  readonly heads: HeadSources;
};

/** `undefined` for too few pictures, and for a profile of another model; `not-now` where what answered cannot be had just now. */
export async function driftOfDay(
  day: OpenDay,
  profile: WholeEnvironment,
  asking: Asking,
  heads: HeadSources,
): Promise<DayDrift | undefined | 'not-now'> {
  if (!isSameModel(day.model, profile.model)) return undefined;
  // What cannot be asked any more (a deleted projection) tells no labels and has no directions: all that is left is the mean.
  const chosen = await chooseHead(optionsOf(day, profile.name), asking, heads);
  if (!chosen.ok && isPassing(chosen.error) && mayWait(day.day, asking.nowMs)) return 'not-now';
  const head = chosen.ok && chosen.value.labels.length === day.labels.length ? chosen.value : undefined;
  const kept = profile.kept.byteLength === 0 ? 0 : maxKept;
  const busy = head && (await asking.beforeWork(judgingMs(head, kept)));
  if (busy !== undefined) return 'not-now';
  return dayDrift(day.sums, await watchedProfile(day, profile, head), head && projectingOf(head));
}

/** What is projected, and each compared with each other: at most 64 sums of labels and 32 of blocks, and what the profile keeps. */
const mostSums = 64 + 32;

function judgingMs({ compiled }: ChosenHead, kept: number): number {
  const { dimension, embeddingDimension } = compiled;
  const vectors = mostSums + kept;
  const products = vectors * embeddingDimension * (dimension + vectors);
  return answeringMs(compiled, kept, 0) + multiplyingMs(products);
}

export function isRaised(drift: DayDrift | undefined): boolean {
  if (drift === undefined) return false;
  return Math.max(drift.kept.drift, drift.dropped?.drift ?? 0) > driftThreshold;
}

/** What isolates still held of a day's pictures at its end has been added by then. */
const graceMs = 10 * 60_000;

export function isOver(day: string, nowMs: number): boolean {
  return day < utcDay(nowMs - graceMs);
}

/** For what answered its pictures to be there again; then it is judged by the mean, and keeps no other day waiting. */
const patienceMs = 3 * 24 * 3_600_000;

function mayWait(day: string, nowMs: number): boolean {
  return day >= utcDay(nowMs - patienceMs);
}

/** Of a day that is over. Repeated it changes nothing, and what it tells it tells as the same event. */
export async function judgeDay(
  key: DayKey,
  asking: Asking,
  { watchStore, environmentStore, heads, ...events }: JudgeSources,
): Promise<void> {
  const day = await watchStore.findOpen(key);
  if (day === undefined) return;
  const profile = await environmentStore.findById(key.tenantId, key.environmentId);
  const drift = profile && (await driftOfDay(day, profile, asking, heads));
  // The day stays open, and housekeeping comes again.
  if (drift === 'not-now') return;
  const raised = isRaised(drift);
  const profileRevision = profile?.revision ?? 0;
  if (profile !== undefined && drift !== undefined && raised) {
    const isFirst = !(await watchStore.wasRaised(key, profileRevision));
    if (isFirst) await tell(day, profile.name, drift, asking.nowMs, events);
  }
  await watchStore.judge(key, day.revision, { drift, profileRevision, raised }, asking.nowMs);
}

function isSameModel(a: ModelReference, b: ModelReference): boolean {
  return a.id === b.id && a.revision === b.revision;
}

function optionsOf({ question, model }: OpenDay, environment: string) {
  const { projection, head, labels, templates } = question;
  return {
    ...(projection === undefined ? { model: model.id } : { projection: projection.id }),
    ...(labels === undefined ? { head } : { labels }),
    ...(templates === undefined ? {} : { templates }),
    environment,
  };
}

/** How its pictures were answered is what its kept ones are answered with, and what was known of adopted ones. */
async function watchedProfile(
  { series, labels }: OpenDay,
  { pictures, sum, kept, adopted }: WholeEnvironment,
  head: ChosenHead | undefined,
): Promise<WatchedProfile> {
  const rows = unitRows(keptRows(kept, sum.length), sum.length);
  const count = rows.length / sum.length;
  const keptLabels =
    head === undefined || count === 0
      ? new Int32Array(0)
      : await answeredLabels(head.compiled, rows, head.centre);
  const own = { pictures, sum, kept: head === undefined ? rows.subarray(0, 0) : rows, keptLabels };
  const known = adopted?.mixes[series];
  if ((adopted !== undefined && known === undefined) || (adopted === undefined && keptLabels.length === 0)) {
    return { ...own, mix: undefined, mixPictures: 0 };
  }
  const mix = new Map<number, number>();
  const adoptedPictures = Math.min(pictures, adopted?.pictures ?? 0);
  addShares(mix, new Map(indexed(labels, known ?? {})), adoptedPictures);
  const answered = new Map<number, number>();
  for (const label of keptLabels) answered.set(label, (answered.get(label) ?? 0) + 1);
  addShares(mix, answered, pictures - adoptedPictures);
  return { ...own, mix, mixPictures: adoptedPictures + keptLabels.length };
}

function indexed(labels: readonly string[], counts: Readonly<Record<string, number>>): [number, number][] {
  return labels.flatMap((label, index): [number, number][] => {
    const count = Object.hasOwn(counts, label) ? counts[label] : undefined;
    return count === undefined ? [] : [[index, count]];
  });
}

/** As many pictures in all, shared out as counted. */
function addShares(mix: Map<number, number>, counts: ReadonlyMap<number, number>, pictures: number): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  for (const [label, count] of counts) mix.set(label, (mix.get(label) ?? 0) + (pictures * count) / total);
}

function projectingOf({ compiled, projection }: ChosenHead): Projecting | undefined {
  const { projection: product } = compiled;
  if (product === undefined) return undefined;
  return {
    project: (rows) => product(rows),
    orthonormal: !scalesDirections(projection?.estimator ?? 'identity'),
  };
}

async function tell(
  { tenantId, environmentId, series, day, question, model }: OpenDay,
  environment: string,
  { kept, dropped }: DayDrift,
  nowMs: number,
  events: EventSources,
): Promise<void> {
  const { drift, standardError } = dropped !== undefined && dropped.drift > kept.drift ? dropped : kept;
  const data: EnvironmentDrifted = {
    environment,
    projection: nameOf(question, model),
    day,
    drift,
    standardError,
    threshold: driftThreshold,
  };
  const timestamp = isoTime(nowMs);
  const subject = `${environmentId} ${series} ${day}`;
  await publishEvent(tenantId, subject, { type: 'environment.drifted', timestamp, data }, events);
}

/** `name@version`; plain CLIP is called as its model. */
function nameOf({ projection }: WatchedQuestion, model: ModelReference): string {
  return projection === undefined ? model.id : `${projection.name}@${projection.version}`;
}
