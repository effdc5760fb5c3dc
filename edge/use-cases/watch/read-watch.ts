// An environment's watched days as a report: series by series, days that are over as they were judged, those still open as they
// look now, and whether there is a drift.

import type { AppError } from '#shared/app-error.ts';
import { driftThreshold } from '#shared/contracts/limits.ts';
import type { Watch, WatchedDay, WatchedSeries } from '#shared/contracts/watch.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { dayBefore, utcDay } from '../../limits/utc-day.ts';
import type { WatchRecorder } from '../../limits/watch-recorder.ts';
import type { WholeEnvironment } from '../../stores/environment-record.ts';
import type { EnvironmentStore } from '../../stores/environment-store.ts';
import type { WatchStore } from '../../stores/watch-store.ts';
import type { DayRecord, OpenDay } from '../../stores/watched-day-record.ts';
import { noEnvironment } from '../find-environment.ts';
import { judgeAsking } from './judge-asking.ts';
import { driftOfDay, isOver, isRaised, type JudgeSources, judgeDay } from './judge-day.ts';

export type ReadWatchSources = JudgeSources & {
  readonly environmentStore: Pick<EnvironmentStore, 'findWhole'>;
  readonly watchStore: Pick<WatchStore, 'list' | 'openDays'>;
  readonly watchRecorder: Pick<WatchRecorder, 'flush'>;
};

export type WatchRequest = {
  readonly name: string;
  readonly days: number;
  readonly projection: string | undefined;
};

export async function readWatch(
  { name, days, projection }: WatchRequest,
  { tenantId, nowMs }: { readonly tenantId: string; readonly nowMs: number },
  sources: ReadWatchSources,
): Promise<Result<Watch, AppError<'not-found'>>> {
  const { environmentStore, watchStore, watchRecorder, heads } = sources;
  const profile = await environmentStore.findWhole(tenantId, name);
  if (profile === undefined) return err(noEnvironment);
  await watchRecorder.flush();
  const asking = judgeAsking(tenantId, nowMs);
  const open: OpenDay[] = [];
  for (const day of await watchStore.openDays(tenantId, profile.id)) {
    if (isOver(day.day, nowMs)) await judgeDay(day, asking, sources);
    else open.push(day);
  }
  const fromDay = dayBefore(utcDay(nowMs), days - 1);
  const stored = await watchStore.list(tenantId, profile.id, fromDay);
  const shown: Shown[] = [];
  for (const day of stored) {
    if (!isOf(day, projection)) continue;
    const still = open.find(({ series, day: its }) => series === day.series && its === day.day);
    shown.push({
      record: day,
      day: await presentDay(day, still, profile, (one) => driftOfDay(one, profile, asking, heads)),
    });
  }
  const groups = Map.groupBy(shown, ({ record }) => record.series);
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

type Shown = { readonly record: DayRecord; readonly day: WatchedDay };

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
  const topLabels = labels
    .map((label, index) => ({ label, share: (answered[index] ?? 0) / pictures }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, topLabelsShown);
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
  const { question, labels } = (own.at(-1) as Shown).record;
  const { projection, head } = question;
  const judged = own
    .map(({ day }) => day)
    .filter((day) => !day.open && day.drift !== undefined && day.profileRevision === revision);
  const since = judged.slice(judged.findLastIndex(({ raised }) => !raised) + 1)[0]?.day;
  return {
    ...(projection === undefined ? {} : { projection }),
    head,
    labels: labels.length,
    ownLabels: question.labels !== undefined,
    state: since === undefined ? 'steady' : 'drifted',
    ...(since === undefined ? {} : { since }),
    days: own.map(({ day }) => day),
  };
}

function picturesOf({ days }: WatchedSeries): number {
  return days.reduce((sum, { pictures }) => sum + pictures, 0);
}
