// How long to wait before trying again: the one rule of the edge, the client, the downloads of models and the local stack.

export type Backoff = {
  /** Before the first retry, at most. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
};

/**
 * The ceiling doubles with every retry (the first is 0), up to `maxMs`; the wait is uniform in its upper half, so that callers
 * who failed together do not come back together, and none comes back at once.
 */
export function backoffMs(retry: number, { baseMs, maxMs, random = Math.random }: Backoff): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** retry);
  return ceiling / 2 + (random() * ceiling) / 2;
}
