// Writes what an isolate has gathered some seconds after an answer, once for all answers until then.

import { sleep } from '#shared/sleep.ts';
import { writeLog } from './log.ts';

/** A flush that has not come by then never will: the request that was to keep it alive was cut off. */
const lostAfterMs = 30_000;

/** Starts a delayed flush, kept alive by `waitUntil`, unless one is under way. A fault is logged as `event`. */
export function createDelayedFlush(
  flush: () => Promise<void>,
  afterMs: number,
  event: string,
): (waitUntil: (promise: Promise<unknown>) => void) => void {
  let scheduledAtMs = Number.NEGATIVE_INFINITY;
  return (waitUntil) => {
    if (Date.now() - scheduledAtMs < lostAfterMs) return;
    scheduledAtMs = Date.now();
    waitUntil(
      sleep(afterMs)
        .then(() => {
          scheduledAtMs = Number.NEGATIVE_INFINITY;
          return flush();
        })
        .catch((thrown: unknown) => {
          writeLog({ level: 'error', event, requestId: undefined, thrown });
        }),
    );
  };
}
