// The parts of a request's time, for `Server-Timing`. On the deployed platform clocks stand still between I/O, so
// these are waits on stores and workers, not CPU.

export type Timing = {
  /** When the request came, by `performance.now()`. */
  readonly startedMs: number;
  readonly add: (name: string, durationMs: number, description?: string) => void;
  /** Adds the time since then, and answers what time it is now. */
  readonly since: (name: string, fromMs: number) => number;
  /** Of all entries so far. */
  readonly sumMs: () => number;
  /** The header's value; empty where nothing was measured. */
  readonly header: () => string;
};

export function createTiming(): Timing {
  const entries: string[] = [];
  let sumMs = 0;
  const add: Timing['add'] = (name, durationMs, description) => {
    sumMs += durationMs;
    const label = description === undefined ? '' : `;desc="${description}"`;
    entries.push(`${name}${label};dur=${Math.round(durationMs * 100) / 100}`);
  };
  return {
    startedMs: performance.now(),
    add,
    since: (name, fromMs) => {
      const nowMs = performance.now();
      add(name, nowMs - fromMs);
      return nowMs;
    },
    sumMs: () => sumMs,
    header: () => entries.join(', '),
  };
}
