// The parts of a request's time, for `Server-Timing`. On the deployed platform clocks stand still between I/O, so
// these are waits on stores and workers, not CPU.

export type Timing = {
  readonly add: (name: string, durationMs: number, description?: string) => void;
  readonly measure: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** The header's value; empty where nothing was measured. */
  readonly header: () => string;
};

export function createTiming(): Timing {
  const entries: string[] = [];
  const add: Timing['add'] = (name, durationMs, description) => {
    const label = description === undefined ? '' : `;desc="${description}"`;
    entries.push(`${name}${label};dur=${Math.round(durationMs * 100) / 100}`);
  };
  return {
    add,
    measure: async (name, work) => {
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        add(name, performance.now() - startedMs);
      }
    },
    header: () => entries.join(', '),
  };
}
