// Counts what tenants use, in the isolate's memory, and writes the sums behind the answers: at most one write every
// few seconds an isolate, none on the way of a request. An isolate that is evicted takes its last seconds of counts
// with it: these are statistics; what must be exact is the quota's (quota.ts).

import type { UsageCounter } from '#shared/contracts/usage-counters.ts';
import { createDelayedFlush } from '../delayed-flush.ts';
import type { UsageStore } from '../stores/usage-store.ts';
import { utcDay } from './utc-day.ts';

export type UsageRecorder = {
  readonly count: (tenantId: string, counter: UsageCounter, amount: number, nowMs: number) => void;
  /** One request of a route by a key. `status` from 400 on counts as an error too. */
  readonly request: (use: {
    tenantId: string;
    keyId: string;
    route: string;
    status: number;
    nowMs: number;
  }) => void;
  /** Writes all that is pending. */
  readonly flush: () => Promise<void>;
  /** Starts a delayed flush, kept alive by `waitUntil`, unless one is under way. */
  readonly scheduleFlush: (waitUntil: (promise: Promise<unknown>) => void) => void;
};

type Collaborators = {
  readonly usage: Pick<UsageStore, 'add'>;
  readonly touchKeys: (lastUsed: ReadonlyMap<string, number>) => Promise<void>;
  readonly flushAfterMs: number;
};

export function createUsageRecorder({ usage, touchKeys, flushAfterMs }: Collaborators): UsageRecorder {
  let counts = new Map<string, Map<string, number>>();
  let lastUsed = new Map<string, number>();

  const bump = (tenantId: string, counter: UsageCounter, route: string, amount: number, nowMs: number) => {
    const tenant = counts.get(tenantId) ?? new Map<string, number>();
    counts.set(tenantId, tenant);
    const slot = `${utcDay(nowMs)}|${counter}|${route}`;
    tenant.set(slot, (tenant.get(slot) ?? 0) + amount);
  };

  const flush = async () => {
    const [pendingCounts, pendingKeys] = [counts, lastUsed];
    counts = new Map();
    lastUsed = new Map();
    const increments = [...pendingCounts].flatMap(([tenantId, slots]) =>
      [...slots].map(([slot, amount]) => {
        const [day = '', counter = '', route = ''] = slot.split('|');
        return { tenantId, day, counter, route, amount };
      }),
    );
    await usage.add(increments);
    await touchKeys(pendingKeys);
  };

  return {
    count: (tenantId, counter, amount, nowMs) => bump(tenantId, counter, '', amount, nowMs),
    request: ({ tenantId, keyId, route, status, nowMs }) => {
      bump(tenantId, 'requests', route, 1, nowMs);
      if (status >= 400) bump(tenantId, 'errors', route, 1, nowMs);
      lastUsed.set(keyId, nowMs);
    },
    flush,
    scheduleFlush: createDelayedFlush(flush, flushAfterMs, 'usage-flush'),
  };
}
