// Counts how candidates would have answered, in the isolate's memory, and writes the sums behind the answers: at most one write
// every few seconds an isolate. As with usage, an isolate that is evicted takes its last seconds of counts with it.

import { writeLog } from '../log.ts';
import type { ShadowCount, Shadowing, ShadowStore } from '../stores/shadow-store.ts';

export type ShadowRecorder = {
  /** `''` for an answer that was withheld. */
  readonly count: (shadowing: Shadowing, label: string, shadowLabel: string) => void;
  /** Writes all that is pending. */
  readonly flush: () => Promise<void>;
  /** Resolves when what was counted is written, after a delay that gathers more; one at a time. */
  readonly flushLater: () => Promise<void>;
};

export function createShadowRecorder(
  shadows: Pick<ShadowStore, 'add'>,
  flushAfterMs: number,
): ShadowRecorder {
  let counts = new Map<string, ShadowCount>();
  let pending: Promise<void> | undefined;
  const flush = async () => {
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
    flushLater() {
      pending ??= new Promise((resolve) => setTimeout(resolve, flushAfterMs)).then(async () => {
        pending = undefined;
        await flush().catch((thrown: unknown) => {
          writeLog({ level: 'error', event: 'shadow-flush', requestId: undefined, thrown });
        });
      });
      return pending;
    },
  };
}
