// An environment's watched days as a report: series by series, days that are over as they were judged, those still open as they
// look now, and whether there is a drift.

import type { AppError } from '#shared/app-error.ts';
import { driftThreshold } from '#shared/contracts/limits.ts';
import type { Watch, WatchedDay, WatchedSeries } from '#shared/contracts/watch.ts';
import { topK } from '#shared/math/linear/top-k.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { isolateGarbage } from '../../limits/collect-garbage.ts';
import { summingMs } from '../../limits/thread-work.ts';
import { dayBefore, utcDay } from '../../limits/utc-day.ts';
import type { WatchRecorder } from '../../limits/watch-recorder.ts';
import type { WholeEnvironment } from '../../stores/environment-record.ts';
import type { EnvironmentStore } from '../../stores/environment-store.ts';
import type { WatchStore } from '../../stores/watch-store.ts';
import type { DayKey, DayRecord, OpenDay } from '../../stores/watched-day-record.ts';
import { noEnvironment } from '../find-environment.ts';
import { judgeAsking, type WatchAsking } from './judge-asking.ts';
import { driftOfDay, isOver, isRaised, type JudgeSources, judgeDay } from './judge-day.ts';

export type ReadWatchSources = JudgeSources & {
  readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  readonly watchStore: Pick<WatchStore, 'list' | 'openDays' | 'findOpen'>;
  readonly watchRecorder: Pick<WatchRecorder, 'flush'>;
};

export type WatchRequest = {
  readonly name: string;
  readonly days: number;
  readonly projection: string | undefined;
};

export async function readWatch(
  { name, days, projection }: WatchRequest,
  caller: WatchAsking,
  sources: ReadWatchSources,
): Promise<Result<Watch, AppError<'not-found' | 'busy'>>> {
  const { tenantId, nowMs } = caller;
  const { environmentStore, watchStore, watchRecorder, heads } = sources;
  const profile = await environmentStore.findWhole(tenantId, name);
  if (profile === undefined) return err(noEnvironment);
  await watchRecorder.flush();
  const asking = judgeAsking(caller);
  const open: DayKey[] = [];
  for (const day of await watchStore.openDays(tenantId, profile.id)) {
    if (isOver(day.day, nowMs)) await judgeDay(day, asking, sources);
    else open.push(day);
  }
  const fromDay = dayBefore(utcDay(nowMs), days - 1);
  const shown: Shown[] = [];
  for await (const record of watchStore.list(tenantId, profile.id, fromDay)) {
    if (!isOf(record, projection)) continue;
    const busy = await caller.beforeWork(summingMs(record.labels.length));
    if (busy !== undefined) return err(busy);
    isolateGarbage.received(record.labels.length * bytesOfLabel);
    const isOpen = open.some(({ series, day }) => series === record.series && day === record.day);
    const still = isOpen ? await watchStore.findOpen(record) : undefined;
    const day = await presentDay(record, still, profile, (one) => driftOfDay(one, profile, asking, heads));
    const { series, question, labels } = record;
    shown.push({ series, question, labelCount: labels.length, day });
  }
  const groups = Map.groupBy(shown, ({ series }) => series);
  const series = [...groups.values()]
    .map((own) => presentSeries(own, profile))
    .toSorted((a, b) => picturesOf(b) - picturesOf(a));
  const drifted = series.filter(({ state }) => state === 'drifted');
  const since = drifted.map((one) => one.since ?? '').toSorted()[0];
  return ok({
    environment: name,
    profileRevision: profile.revision,
    threshold: driftThreshold,
    state: drifted.length > 0 ? 'drifted' : series.length > 0 ? 'steady' : 'unwatched',
    ...(since === undefined ? {} : { since }),
    series,
  });
}

/** What is kept of a day while the others are read. */
type Shown = Pick<DayRecord, 'series' | 'question'> & {
  readonly labelCount: number;
  readonly day: WatchedDay;
};

/** What reading a day leaves behind for each of its labels. */
const bytesOfLabel = 100;

/** `name` means all its versions. */
function isOf({ question: { projection } }: DayRecord, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  if (projection === undefined) return false;
  const { id, name, version } = projection;
  return wanted === id || wanted === name || wanted === `${name}@${version}`;
}

async function presentDay(
  record: DayRecord,
  open: OpenDay | undefined,
  profile: WholeEnvironment,
  judge: (day: OpenDay) => ReturnType<typeof driftOfDay>,
): Promise<WatchedDay> {
  const judged = open === undefined ? record.drift : await judge(open);
  const drift = judged === 'not-now' ? undefined : judged;
  const profileRevision = open === undefined ? record.profileRevision : profile.revision;
  const { day, pictures, abstained, answered, labels } = record;
  const topLabels = topK(answered, Math.min(labels.length, topLabelsShown)).map((index) => ({
    label: labels[index] ?? '',
    share: (answered[index] ?? 0) / pictures,
  }));
  return {
    day,
    pictures,
    abstained: abstained / pictures,
    topLabels,
    open: open !== undefined,
    ...(profileRevision === undefined ? {} : { profileRevision }),
    ...(drift === undefined ? {} : { drift }),
    raised: open === undefined ? record.raised : isRaised(drift),
  };
}

const topLabelsShown = 5;

function presentSeries(own: readonly Shown[], { revision }: WholeEnvironment): WatchedSeries {
  const { question, labelCount } = own.at(-1) as Shown;
  const { projection, head } = question;
  const judged = own
    .map(({ day }) => day)
    .filter((day) => !day.open && day.drift !== undefined && day.profileRevision === revision);
  const since = judged.slice(judged.findLastIndex(({ raised }) => !raised) + 1)[0]?.day;
  return {
    ...(projection === undefined ? {} : { projection }),
    head,
    labels: labelCount,
    ownLabels: question.labels !== undefined,
    state: since === undefined ? 'steady' : 'drifted',
    ...(since === undefined ? {} : { since }),
    days: own.map(({ day }) => day),
  };
}

function picturesOf({ days }: WatchedSeries): number {
  return days.reduce((sum, { pictures }) => sum + pictures, 0);
}
