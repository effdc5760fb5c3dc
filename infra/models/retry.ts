// How often, and after which pause, a failed request to a hub is tried again.

import { setTimeout as sleep } from 'node:timers/promises';
import { backoffMs } from '#shared/backoff.ts';

export type RetryPolicy = {
  /** Failures in a row, without a byte gained, after which the attempt is given up. */
  readonly maxFailures: number;
  /** Resolves when the next attempt may start; `failures` counts from 1. */
  readonly pause: (failures: number) => Promise<void>;
};

/** Five failures in a row; pauses of 0.5, 1, 2, 4 seconds, each shortened by up to half so that callers spread out. */
export const defaultRetryPolicy: RetryPolicy = {
  maxFailures: 5,
  pause: async (failures) => {
    await sleep(backoffMs(failures - 1, { baseMs: 500, maxMs: 4000 }));
  },
};

/** Statuses after which the same request may well succeed. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
