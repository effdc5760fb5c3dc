// What this isolate has counted since it last told anybody: plain sums in memory, by series. Counting is a look into a map of few
// entries; nothing is awaited, and no clock is read.

import { secondBuckets, seriesOf } from './series.ts';

let pending = new Map<string, number>();

/** `series` as `seriesOf` makes it. */
export function count(series: string, amount = 1): void {
  pending.set(series, (pending.get(series) ?? 0) + amount);
}

/** Hands over what was counted, and begins anew. */
export function takeCounts(): ReadonlyMap<string, number> {
  const taken = pending;
  pending = new Map();
  return taken;
}

/** What could not be told is told the next time. */
export function putBackCounts(counts: ReadonlyMap<string, number>): void {
  for (const [series, amount] of counts) count(series, amount);
}

/** Counts one series of a family, whose text is made the first time that `key` comes. */
export function counterBy<Key extends string | number>(make: (key: Key) => string): (key: Key) => void {
  const known = new Map<Key, string>();
  return (key) => {
    let series = known.get(key);
    if (series === undefined) {
      series = make(key);
      known.set(key, series);
    }
    count(series);
  };
}

const countRefusalOf = counterBy<string>((code) => seriesOf('icm_edge_refusals_total', { code }));

/** An answer that is an error, by its code. */
export function countRefusal(code: string): void {
  countRefusalOf(code);
}

export type CacheName = 'projections' | 'prototypes' | 'embeddings';

/** Counts looks into one cache, by the tier that had what was looked for. */
export function lookupCounter(cache: CacheName): (tier: 'memory' | 'cache' | 'storage' | 'none') => void {
  return counterBy((tier) => seriesOf('icm_edge_cache_lookups_total', { cache, tier }));
}

/** Counts requests of one route, by status. */
export function requestCounter(route: string): (status: number) => void {
  return counterBy((status) => seriesOf('icm_edge_requests_total', { route, status }));
}

const name = 'icm_edge_worker_call_seconds';

/** Each bucket counts what fell into it alone; they are added up when they are told (metrics-text.ts). */
export function observeWorkerCall(path: string, outcome: string, durationMs: number): void {
  const seconds = durationMs / 1000;
  const le = secondBuckets.find((end) => seconds <= end) ?? '+Inf';
  count(seriesOf(`${name}_bucket`, { path, outcome, le }));
  count(seriesOf(`${name}_sum`, { path, outcome }), seconds);
}

const countAttempt = counterBy<string>((outcome) => seriesOf('icm_edge_webhook_attempts_total', { outcome }));

export function countWebhookAttempt(outcome: 'delivered' | 'refused' | 'unreachable'): void {
  countAttempt(outcome);
}
