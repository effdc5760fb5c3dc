// Where the time of work at a worker went, told as parts that add up: what the plan was waited for, the way there and back, and what
// the worker says of itself.

import type { WorkerTimes } from '../clients/worker-answers.ts';
import type { Timing } from '../timing.ts';

export type WorkClock = {
  /** The work, which may begin later than the clock and end before it is read. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  readonly tell: (timing: Timing, took: WorkerTimes | undefined) => void;
};

export function startWorkClock(): WorkClock {
  const startedMs = performance.now();
  let [begunMs, doneMs] = [startedMs, startedMs];
  return {
    run: async (work) => {
      begunMs = performance.now();
      try {
        return await work();
      } finally {
        doneMs = performance.now();
      }
    },
    tell: (timing, took) => {
      timing.add('plan', begunMs - startedMs + (performance.now() - doneMs));
      const { totalMs = 0, decodeMs = 0, modelMs = 0 } = took ?? {};
      timing.add('hop', Math.max(0, doneMs - begunMs - totalMs));
      if (took === undefined) return;
      timing.add('worker', Math.max(0, totalMs - decodeMs - modelMs));
      if (took.decodeMs !== undefined) timing.add('decode', took.decodeMs);
      if (took.modelMs !== undefined) timing.add('model', took.modelMs);
    },
  };
}
