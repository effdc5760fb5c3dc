// How fast an isolate begins a tenant's requests while others are served too: twice as fast as its plan allows by the minute. Who sends a
// minute's requests in five seconds would have the one thread for those seconds, and everybody else would wait behind each. Counted in
// the isolate's memory, as the theoretical arrival of a request (GCRA); it waits for nothing itself.

import { createLru } from '#shared/lru.ts';

export type Pace = {
  /** How long a request that has come now is to wait; `undefined`: too many wait already, and it does not count. */
  readonly waitFor: (tenantId: string, requestsPerMinute: number, nowMs: number) => number | undefined;
};

const timesPlan = 2;
/** Small plans are held by their rate alone. */
const leastPerSecond = 10;
/** At once after a pause: a page, a batch of a client library. */
const burst = 64;
const maxWaiting = 256;
const maxTenants = 20_000;

export function createPace(): Pace {
  const nextAtMs = createLru<number>({ maxWeight: maxTenants });
  return {
    waitFor(tenantId, requestsPerMinute, nowMs) {
      const everyMs = 1000 / Math.max(leastPerSecond, (timesPlan * requestsPerMinute) / 60);
      const earliestMs = nowMs - burst * everyMs;
      const atMs = Math.max(nextAtMs.get(tenantId) ?? earliestMs, earliestMs) + everyMs;
      const waitMs = Math.max(0, atMs - nowMs);
      if (waitMs > maxWaiting * everyMs) return undefined;
      nextAtMs.set(tenantId, atMs);
      return waitMs;
    },
  };
}
