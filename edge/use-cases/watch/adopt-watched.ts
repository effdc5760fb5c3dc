// Makes a profile's new content out of what was watched of its environment: the sums of some days take the place of what it was
// made of. Its kept embeddings, by which skew is judged, go: none of the watched pictures was kept.

import { type AppError, appError } from '#shared/app-error.ts';
import { watchedDaysKept } from '#shared/contracts/limits.ts';
import type { WatchAdopted, WatchAdoption } from '#shared/contracts/watch.ts';
import { leastWatched } from '#shared/math/watch/day-drift.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EnvironmentCache } from '../../cache/environment-cache.ts';
import { summingMs } from '../../limits/thread-work.ts';
import { dayBefore, utcDay } from '../../limits/utc-day.ts';
import type { Adopted, EnvironmentRecord } from '../../stores/environment-record.ts';
import type { EnvironmentStore } from '../../stores/environment-store.ts';
import type { WatchStore } from '../../stores/watch-store.ts';
import { noEnvironment } from '../find-environment.ts';
import type { WatchAsking } from './judge-asking.ts';
import { type ReadWatchSources, readWatch } from './read-watch.ts';

export type AdoptSources = ReadWatchSources & {
  readonly environmentStore: Pick<EnvironmentStore, 'findWhole' | 'adopt'>;
  readonly environments: Pick<EnvironmentCache, 'forget'>;
  readonly watchStore: Pick<WatchStore, 'sums'>;
};

type Adoption = { readonly environment: EnvironmentRecord; readonly adopted: WatchAdopted['adopted'] };

/** Without a drift the last week's pictures are taken. */
const defaultDays = 7;
/** Labels whose share is remembered, of each series. */
const maxMixLabels = 200;

export async function adoptWatched(
  { name, from, to }: { readonly name: string } & WatchAdoption,
  asking: WatchAsking,
  sources: AdoptSources,
): Promise<Result<Adoption, AppError<'not-found' | 'conflict' | 'busy'>>> {
  const { tenantId, nowMs } = asking;
  const { environmentStore, watchStore } = sources;
  const present = await environmentStore.findWhole(tenantId, name);
  if (present === undefined) return err(noEnvironment);
  const watch = await readWatch({ name, days: watchedDaysKept, projection: undefined }, asking, sources);
  if (!watch.ok) return watch;
  const last = to ?? utcDay(nowMs);
  const first = from ?? watch.value.since ?? dayBefore(last, defaultDays - 1);
  const days = watchStore.sums(tenantId, present.id, present.model.revision, first, last);
  const sum = new Float64Array(present.sum.length);
  let pictures = 0;
  const mixes = new Map<string, Map<string, number>>();
  for await (const day of days) {
    const busy = await asking.beforeWork(summingMs(day.labels.length));
    if (busy !== undefined) return err(busy);
    pictures += day.pictures;
    for (const [i, value] of day.sum.entries()) sum[i] = (sum[i] as number) + value;
    const mix = mixes.get(day.series) ?? new Map<string, number>();
    mixes.set(day.series, mix);
    for (const [index, label] of day.labels.entries()) {
      const count = day.counts[index] ?? 0;
      if (count > 0) mix.set(label, (mix.get(label) ?? 0) + count);
    }
  }
  if (pictures < leastWatched) return err(tooFew(name, first, last, pictures));
  const content = { pictures, sum, adopted: { pictures, mixes: mostFrequent(mixes) } };
  const { sum: _, kept: __, adopted: ___, ...record } = present;
  if (!(await environmentStore.adopt(tenantId, present, content, nowMs))) return err(changedMeanwhile(name));
  sources.environments.forget(tenantId, name);
  return ok({
    environment: { ...record, pictures, revision: record.revision + 1, updatedAtMs: nowMs },
    adopted: { from: first, to: last, pictures },
  });
}

function mostFrequent(mixes: ReadonlyMap<string, ReadonlyMap<string, number>>): Adopted['mixes'] {
  const cut = [...mixes].map(([series, mix]) => {
    const labels = [...mix].toSorted(([, a], [, b]) => b - a);
    return [series, Object.fromEntries(labels.slice(0, maxMixLabels))];
  });
  return Object.fromEntries(cut);
}

function tooFew(name: string, from: string, to: string, pictures: number): AppError<'conflict'> {
  const detail = `From ${from} to ${to} ${pictures} pictures of ${name} were watched; a profile needs ${leastWatched}.`;
  return appError('conflict', detail);
}

function changedMeanwhile(name: string): AppError<'conflict'> {
  return appError('conflict', `The profile of ${name} has just been changed: look at it, and ask again.`);
}
