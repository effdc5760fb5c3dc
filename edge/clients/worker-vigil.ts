// Looks after a worker while a call to it is under way that may rightly take very long (a shard of pictures on a slow
// machine, a large solve): the call is not ended by a clock but by the worker no longer answering GET /healthz.

import { startDeadline } from './deadline.ts';

export type VigilOptions = {
  readonly everyMs: number;
  /** Looks without an answer in a row, after which the worker counts as gone. */
  readonly misses: number;
};

export type Vigil = {
  /** Fires once the worker is gone. */
  readonly gone: AbortSignal;
  stop(): void;
};

export const defaultVigil: VigilOptions = { everyMs: 15_000, misses: 3 };

export function keepVigil(
  origin: string,
  fetch: typeof globalThis.fetch,
  { everyMs, misses }: VigilOptions,
): Vigil {
  const gone = new AbortController();
  let missed = 0;
  const look = async () => {
    missed = (await isAlive(origin, fetch, everyMs)) ? 0 : missed + 1;
    if (missed >= misses) gone.abort();
  };
  const timer = setInterval(() => void look(), everyMs);
  return { gone: gone.signal, stop: () => clearInterval(timer) };
}

/** Whether the worker says so in time. Never throws. */
export const isAlive = (origin: string, fetch: typeof globalThis.fetch, withinMs: number) =>
  answersWell(`${origin}/healthz`, fetch, withinMs);

/** Whether it would also take work: a worker that has just been started lives before it has its model. */
export const isReady = (origin: string, fetch: typeof globalThis.fetch, withinMs: number) =>
  answersWell(`${origin}/readyz`, fetch, withinMs);

function answersWell(url: string, fetch: typeof globalThis.fetch, withinMs: number): Promise<boolean> {
  const deadline = startDeadline(withinMs);
  return fetch(url, { signal: deadline.signal })
    .then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    )
    .finally(() => deadline.clear());
}
