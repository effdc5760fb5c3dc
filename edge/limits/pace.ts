// How fast an isolate begins a tenant's requests while others are served too. Who sends a minute's requests in five seconds would have
// the one thread for those seconds, and everybody else would wait behind each: so twice as fast as the plan allows by the minute. What
// reads or changes rows is begun more slowly: each is a statement of the database or several, with their garbage, and nobody lists
// items or makes keys by the hundred a second. And one request may ask for as much work as a hundred others: what takes the thread long
// is paced by how long that is, about (thread-work.ts).

import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { createArrivals } from './arrivals.ts';

/**
 * `pictures`: whatever is sent or fetched picture by picture. `jobs`: what a job makes, or is as much work as one. `changes`: what
 * makes, alters or deletes something else.
 */
export type PaceKind = 'pictures' | 'reads' | 'changes' | 'jobs';

export type PacedTenant = {
  readonly id: string;
  readonly limits: Pick<PlanLimits, 'weight' | 'requestsPerMinute'>;
};

/** All that bytes and work are paced by. */
type WeighedTenant = { readonly id: string; readonly limits: Pick<PlanLimits, 'weight'> };

export type Pace = {
  /** How long a request that has come now is to wait, in ms; `undefined`: too many wait already, and it does not count. */
  readonly waitFor: (kind: PaceKind, tenant: PacedTenant, nowMs: number) => number | undefined;
  /** The same of so many bytes that are to be sent from storage. */
  readonly waitForBytes: (bytes: number, tenant: WeighedTenant, nowMs: number) => number | undefined;
  /** The same of work that takes the thread for so many ms. */
  readonly waitForWork: (ms: number, tenant: WeighedTenant, nowMs: number) => number | undefined;
};

const timesPlan = 2;
/** Small plans are held by their rate alone. */
const leastPerSecond = 10;
/** Of a tenant of weight 1. */
const rowsPerSecond = { reads: 25, changes: 10, jobs: 3 } as const;
/** Of a tenant of weight 1: files are large, and some clients ask for many and read none. */
const sentBytes = { perMs: (16 * 1024 * 1024) / 1000, burst: 32 * 1024 * 1024 } as const;
/** At once after a pause: a page, a batch of a client library. */
const burst = 64;
/** Of each second of the thread, what a tenant of weight 1 may take by long work: beside 300 ms another's request seldom has to wait. */
const workShare = 0.3;
/** Of work: a request of the largest sort, or some tens of middling ones. */
const workBurstMs = 200;
const maxWaiting = 256;
const maxWaitMs = 10_000;
const maxTenants = 20_000;

export function createPace(): Pace {
  const arrivals = createArrivals(6 * maxTenants);
  return {
    waitFor(kind, tenant, nowMs) {
      const ms = 1000 / perSecond(kind, tenant);
      const cost = { ms, burstMs: burst * ms, maxWaitMs: Math.min(maxWaiting * ms, maxWaitMs) };
      return arrivals.waitFor(`${kind} ${tenant.id}`, cost, nowMs);
    },
    waitForBytes(bytes, { id, limits }, nowMs) {
      const perMs = sentBytes.perMs * limits.weight;
      const cost = { ms: bytes / perMs, burstMs: sentBytes.burst / perMs, maxWaitMs };
      return arrivals.waitFor(`sent ${id}`, cost, nowMs);
    },
    waitForWork(workMs, { id, limits }, nowMs) {
      const share = workShare * limits.weight;
      const cost = { ms: workMs / share, burstMs: workBurstMs / share, maxWaitMs };
      return arrivals.waitFor(`work ${id}`, cost, nowMs);
    },
  };
}

function perSecond(kind: PaceKind, { limits }: PacedTenant): number {
  const ofPlan = Math.max(leastPerSecond, (timesPlan * limits.requestsPerMinute) / 60);
  return kind === 'pictures' ? ofPlan : Math.min(ofPlan, rowsPerSecond[kind] * limits.weight);
}
