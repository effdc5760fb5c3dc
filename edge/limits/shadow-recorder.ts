// Counts how candidates would have answered, in the isolate's memory, and writes the sums behind the answers: at most one write
// every few seconds an isolate. As with usage, an isolate that is evicted takes its last seconds of counts with it.

import { createDelayedFlush } from '../delayed-flush.ts';
import type { ShadowCount, Shadowing, ShadowStore } from '../stores/shadow-store.ts';

export type ShadowRecorder = {
  /** `''` for an answer that was withheld. */
  readonly count: (shadowing: Shadowing, label: string, shadowLabel: string) => void;
  /** Writes all that is pending. */
  readonly flush: () => Promise<void>;
  /** Starts a delayed flush, kept alive by `waitUntil`, unless one is under way. */
  readonly scheduleFlush: (waitUntil: (promise: Promise<unknown>) => void) => void;
};

export function createShadowRecorder(
  shadows: Pick<ShadowStore, 'add'>,
  flushAfterMs: number,
): ShadowRecorder {
  let counts = new Map<string, ShadowCount>();
  const flush = async () => {
    if (counts.size === 0) return;
    const written = [...counts.values()];
    counts = new Map();
    await shadows.add(written);
  };
  return {
    count(shadowing, label, shadowLabel) {
      const { tenantId, name, version, shadow } = shadowing;
      const key = JSON.stringify([tenantId, name, version, shadow, label, shadowLabel]);
      const answers = (counts.get(key)?.answers ?? 0) + 1;
      counts.set(key, { ...shadowing, label, shadowLabel, answers });
    },
    flush,
    scheduleFlush: createDelayedFlush(flush, flushAfterMs, 'shadow-flush'),
  };
}
