// The bound on what a worker takes on: pictures and texts of requests that were let in and are not done. Beyond it a request is
// refused at once, so that its caller can go elsewhere. Bulk work may fill half of it: there is always room for waiting callers.
//
// No tenant fills it alone: while others come too it holds half of a lane's room at most, and a waiting caller who comes after a
// while finds an eighth kept free. Who is nobody (an edge that names no tenants) is bound by the limits alone.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { nobody, type Party } from '../fairness/fair-queue.ts';
import type { QueueLane } from './batch-queue.ts';

export type Admitted = { readonly release: () => void };

export type Admission = {
  /** `cost`: how many items the request keeps in flight. The refusal says when to try again. */
  readonly admit: (
    lane: QueueLane,
    cost: number,
    party?: Party,
  ) => Result<Admitted, AppError<'worker-overloaded'>>;
  readonly depth: () => number;
  /** Milliseconds since the oldest request still going was let in; 0 when idle. */
  readonly oldestMs: (nowMs: number) => number;
  readonly limit: number;
  /** What bulk work may fill of it. */
  readonly bulkLimit: number;
};

const retryAfterSeconds = 1;
/** Of a lane's room, for one tenant while others want some of it. */
const partyShare = 1 / 2;
/** Of waiting callers' room, for one tenant whoever else there is: what is left is for the first request of the next. */
const loneShare = 7 / 8;
/** So long after it came last (of bulk work: was refused last), a tenant is taken to want more. */
const wantsForMs = 15_000;

export function createAdmission(limit: number, now: () => number): Admission {
  const bulkLimit = Math.max(1, Math.floor(limit / 2));
  const depths = { interactive: 0, bulk: 0 };
  const held = { interactive: new Map<string, number>(), bulk: new Map<string, number>() };
  const wanting = { interactive: new Map<string, number>(), bulk: new Map<string, number>() };
  const startedMs = new Set<{ readonly atMs: number }>();

  function hasRoom(lane: QueueLane, cost: number): boolean {
    const used = depths.interactive + depths.bulk;
    // A request larger than the limit is let in when nothing else is there: it would otherwise never be.
    if (lane === 'bulk')
      return depths.bulk === 0 ? used < limit : depths.bulk + cost <= bulkLimit && used + cost <= limit;
    return used === 0 || used + cost <= limit;
  }

  function hasShare(lane: QueueLane, cost: number, { tag }: Party): boolean {
    const holds = held[lane].get(tag) ?? 0;
    if (tag === nobody.tag || holds === 0) return true;
    if (lane === 'bulk') return !othersWant(lane, tag) || holds + cost <= bulkLimit * partyShare;
    return holds + cost <= limit * (othersWant(lane, tag) ? partyShare : loneShare);
  }

  function othersWant(lane: QueueLane, tag: string): boolean {
    const tags = wanting[lane];
    for (const [other, sinceMs] of tags) if (now() - sinceMs > wantsForMs) tags.delete(other);
    return tags.size > (tags.has(tag) ? 1 : 0);
  }

  function hold(lane: QueueLane, tag: string, cost: number): void {
    const holds = (held[lane].get(tag) ?? 0) + cost;
    if (holds > 0) held[lane].set(tag, holds);
    else held[lane].delete(tag);
    depths[lane] += cost;
  }

  return {
    limit,
    bulkLimit,
    admit(lane, cost, party = nobody) {
      const isSomebody = party.tag !== nobody.tag;
      if (isSomebody && lane === 'interactive') wanting.interactive.set(party.tag, now());
      if (!hasRoom(lane, cost) || !hasShare(lane, cost, party)) {
        if (isSomebody && lane === 'bulk') wanting.bulk.set(party.tag, now());
        return err(appError('worker-overloaded', 'The encoder has its hands full.', { retryAfterSeconds }));
      }
      if (lane === 'bulk') wanting.bulk.delete(party.tag);
      hold(lane, party.tag, cost);
      const started = { atMs: now() };
      startedMs.add(started);
      return ok({
        release() {
          if (startedMs.delete(started)) hold(lane, party.tag, -cost);
        },
      });
    },
    depth: () => depths.interactive + depths.bulk,
    oldestMs(nowMs) {
      const [oldest] = startedMs;
      return oldest === undefined ? 0 : nowMs - oldest.atMs;
    },
  };
}
