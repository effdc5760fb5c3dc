// The bound on what a worker takes on: pictures and texts of requests that were let in and are not done. Beyond it a request is
// refused at once, so that its caller can go elsewhere. Bulk work may fill half of it: there is always room for waiting callers.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { QueueLane } from './batch-queue.ts';

export type Admitted = { readonly release: () => void };

export type Admission = {
  /** `cost`: how many items the request keeps in flight. The error says when to try again. */
  readonly admit: (lane: QueueLane, cost: number) => Result<Admitted, AppError<'worker-overloaded'>>;
  readonly depth: () => number;
  /** Milliseconds since the oldest request still going was let in; 0 when idle. */
  readonly oldestMs: (nowMs: number) => number;
  readonly limit: number;
  /** What bulk work may fill of it. */
  readonly bulkLimit: number;
};

const retryAfterSeconds = 1;

export function createAdmission(limit: number, now: () => number): Admission {
  const bulkLimit = Math.max(1, Math.floor(limit / 2));
  const depths = { interactive: 0, bulk: 0 };
  const startedMs = new Set<{ readonly atMs: number }>();

  function hasRoom(lane: QueueLane, cost: number): boolean {
    const used = depths.interactive + depths.bulk;
    // A request larger than the limit is let in when nothing else is there: it would otherwise never be.
    if (lane === 'bulk')
      return depths.bulk === 0 ? used < limit : depths.bulk + cost <= bulkLimit && used + cost <= limit;
    return used === 0 || used + cost <= limit;
  }

  return {
    limit,
    bulkLimit,
    admit(lane, cost) {
      if (!hasRoom(lane, cost)) {
        return err(appError('worker-overloaded', 'The encoder has its hands full.', { retryAfterSeconds }));
      }
      depths[lane] += cost;
      const started = { atMs: now() };
      startedMs.add(started);
      return ok({
        release() {
          if (startedMs.delete(started)) depths[lane] -= cost;
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
