// Brings what this isolate counted to where the sums are kept, behind the answers: one call every some seconds while there are
// requests. An isolate that is evicted takes its last seconds along.

import { createDelayedFlush } from '../delayed-flush.ts';
import { writeLog } from '../log.ts';
import { putBackCounts, takeCounts } from './counters.ts';

/** As much of the binding as is used here: the object's class exists in the Workers runtime alone. */
export type MetricsNamespace = {
  readonly getByName: (name: string) => {
    readonly add: (counts: Readonly<Record<string, number>>) => Promise<void>;
    readonly read: () => Promise<Readonly<Record<string, number>>>;
  };
};

export type MetricsSums = {
  /** Tells what is pending. Never rejects: counts that cannot be told stay. */
  readonly flush: () => Promise<void>;
  /** Starts a delayed flush, kept alive by `waitUntil`, unless one is under way. */
  readonly scheduleFlush: (waitUntil: (promise: Promise<unknown>) => void) => void;
  /** All isolates' sums, as far as they have told. */
  readonly read: () => Promise<Readonly<Record<string, number>>>;
};

export function createMetricsSums(namespace: MetricsNamespace, flushAfterMs: number): MetricsSums {
  const object = () => namespace.getByName('edge');
  const flush = async () => {
    const counts = takeCounts();
    if (counts.size === 0) return;
    try {
      await object().add(Object.fromEntries(counts));
    } catch (thrown) {
      putBackCounts(counts);
      writeLog({ level: 'warn', event: 'metrics-flush', requestId: undefined, thrown });
    }
  };
  return {
    flush,
    scheduleFlush: createDelayedFlush(flush, flushAfterMs, 'metrics-flush'),
    read: () => object().read(),
  };
}
