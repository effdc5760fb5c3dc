// What was forgotten lately: a request that began before may still want to keep it. In memory, and for longer than a request takes.

import { createLru } from '#shared/lru.ts';

export type Forgotten = {
  readonly note: (names: readonly string[], nowMs: number) => void;
  /** Whether that was at a request's beginning or later. */
  readonly since: (name: string, beganMs: number) => boolean;
};

const keptMs = 120_000;
const maxNames = 20_000;

export function createForgotten(): Forgotten {
  const atMs = createLru<number>({ maxWeight: maxNames, ttlMs: keptMs });
  return {
    note: (names, nowMs) => {
      for (const name of names) atMs.set(name, nowMs, 1, nowMs);
    },
    since: (name, beganMs) => (atMs.get(name, beganMs) ?? Number.NEGATIVE_INFINITY) >= beganMs,
  };
}
