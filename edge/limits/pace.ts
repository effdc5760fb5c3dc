// How fast an isolate begins a tenant's requests while others are served too. Who sends a minute's requests in five seconds would have
// the one thread for those seconds, and everybody else would wait behind each: so twice as fast as the plan allows by the minute. What
// changes something is begun more slowly: each is several statements of the database and their garbage, and nobody makes keys or
// datasets by the hundred a second. Counted in the isolate's memory, as the theoretical arrival of a request (GCRA); it waits for nothing itself.

import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { createLru } from '#shared/lru.ts';

/** `changes`: what makes, alters or deletes something, save what is sent picture by picture. */
export type PaceKind = 'requests' | 'changes';

export type PacedTenant = {
  readonly id: string;
  readonly limits: Pick<PlanLimits, 'weight' | 'requestsPerMinute'>;
};

export type Pace = {
  /** How long a request that has come now is to wait, in ms; `undefined`: too many wait already, and it does not count. */
  readonly waitFor: (kind: PaceKind, tenant: PacedTenant, nowMs: number) => number | undefined;
};

const timesPlan = 2;
/** Small plans are held by their rate alone. */
const leastPerSecond = 10;
/** Of a tenant of weight 1. */
const changesPerSecond = 10;
/** At once after a pause: a page, a batch of a client library. */
const burst = 64;
const maxWaiting = 256;
const maxWaitMs = 10_000;
const maxTenants = 20_000;

export function createPace(): Pace {
  const nextAtMs = createLru<number>({ maxWeight: 2 * maxTenants });
  return {
    waitFor(kind, tenant, nowMs) {
      const everyMs = 1000 / perSecond(kind, tenant);
      const line = `${kind} ${tenant.id}`;
      const earliestMs = nowMs - burst * everyMs;
      const atMs = Math.max(nextAtMs.get(line) ?? earliestMs, earliestMs) + everyMs;
      const waitMs = Math.max(0, atMs - nowMs);
      if (waitMs > Math.min(maxWaiting * everyMs, maxWaitMs)) return undefined;
      nextAtMs.set(line, atMs);
      return waitMs;
    },
  };
}

function perSecond(kind: PaceKind, { limits }: PacedTenant): number {
  const requests = Math.max(leastPerSecond, (timesPlan * limits.requestsPerMinute) / 60);
  return kind === 'requests' ? requests : Math.min(requests, changesPerSecond * limits.weight);
}
