// When the next of a line may begin, so that they come no faster than a rate and its burst allow: by the theoretical arrival of each
// (the generic cell rate algorithm, ITU-T I.371). Counted in the isolate's memory; it waits for nothing itself.

import { createLru } from '#shared/lru.ts';

export type Cost = {
  /** How long the rate needs for this one. */
  readonly ms: number;
  /** What may come at once after a pause, as long as the rate needs for it. */
  readonly burstMs: number;
  readonly maxWaitMs: number;
};

export type Arrivals = {
  /** How long one that has come now is to wait, in ms; `undefined`: longer than it may, and it does not count. */
  readonly waitFor: (line: string, cost: Cost, nowMs: number) => number | undefined;
};

export function createArrivals(maxLines: number): Arrivals {
  const nextAtMs = createLru<number>({ maxWeight: maxLines });
  return {
    waitFor(line, { ms, burstMs, maxWaitMs }, nowMs) {
      const earliestMs = nowMs - burstMs;
      const atMs = Math.max(nextAtMs.get(line) ?? earliestMs, earliestMs) + ms;
      const waitMs = Math.max(0, atMs - nowMs);
      if (waitMs > maxWaitMs) return undefined;
      nextAtMs.set(line, atMs);
      return waitMs;
    },
  };
}
