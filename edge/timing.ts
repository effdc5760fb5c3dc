// The parts of a request's time, for `Server-Timing`. On the deployed platform clocks stand still between I/O, so
// these are waits on stores and workers, not CPU.

export type Timing = {
  /** When the request came, by `performance.now()`. */
  readonly startedMs: number;
  add(name: string, durationMs: number, description?: string): void;
  /** Adds the time since then, and answers what time it is now. */
  since(name: string, fromMs: number): number;
  /** Of all entries so far. */
  sumMs(): number;
  /** The header's value; empty where nothing was measured. */
  header(): string;
};

/** A class: every request makes one, and few use all of it. */
class Entries implements Timing {
  readonly startedMs = performance.now();
  #header = '';
  #sumMs = 0;

  add(name: string, durationMs: number, description?: string): void {
    this.#sumMs += durationMs;
    const label = description === undefined ? '' : `;desc="${description}"`;
    const entry = `${name}${label};dur=${Math.round(durationMs * 100) / 100}`;
    this.#header = this.#header === '' ? entry : `${this.#header}, ${entry}`;
  }

  since(name: string, fromMs: number): number {
    const nowMs = performance.now();
    this.add(name, nowMs - fromMs);
    return nowMs;
  }

  sumMs(): number {
    return this.#sumMs;
  }

  header(): string {
    return this.#header;
  }
}

export function createTiming(): Timing {
  return new Entries();
}
