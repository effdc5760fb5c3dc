// Who is refused over and over is told so late: a loop that asks again at once is slowed by its own waiting, and nobody has to look
// at it a thousand times a second. Callers who heed `Retry-After` never meet it. Counted in the isolate's memory, by tenant or,
// where that is unknown, by address.

import { createLru, type Lru } from '#shared/lru.ts';

export type LateAnswers = {
  /** Counts a refusal; how long its answer is to be held back, in milliseconds. */
  readonly delayFor: (bucket: string, units: number, nowMs: number) => number;
};

export type LateAnswersOptions = {
  /** Of a bucket in a minute, that are answered at once. */
  readonly atOnce: number;
  readonly delayMs: number;
};

const windowMs = 60_000;
const maxBuckets = 20_000;
/** What is held back holds memory: beyond these, of a bucket and of all, answers go out at once. */
const maxHeld = { ofBucket: 256, ofAll: 1024 } as const;

type Held = { readonly bucket: string; readonly untilMs: number };

export function createLateAnswers({ atOnce, delayMs }: LateAnswersOptions): LateAnswers {
  let window = -1;
  let spent: Lru<number> = createLru({ maxWeight: maxBuckets });
  // In the order in which they end, since all take as long. Nobody has to say that an answer has gone out: who leaves never would.
  const held: Held[] = [];
  const heldOf = new Map<string, number>();

  const letGo = (nowMs: number) => {
    for (let first = held[0]; first !== undefined && first.untilMs <= nowMs; first = held[0]) {
      held.shift();
      const left = (heldOf.get(first.bucket) ?? 1) - 1;
      if (left > 0) heldOf.set(first.bucket, left);
      else heldOf.delete(first.bucket);
    }
  };

  const holdBack = (bucket: string, nowMs: number): number => {
    letGo(nowMs);
    const own = heldOf.get(bucket) ?? 0;
    if (own >= maxHeld.ofBucket || held.length >= maxHeld.ofAll) return 0;
    heldOf.set(bucket, own + 1);
    held.push({ bucket, untilMs: nowMs + delayMs });
    return delayMs;
  };

  return {
    delayFor: (bucket, units, nowMs) => {
      const current = Math.floor(nowMs / windowMs);
      if (current !== window) spent = createLru({ maxWeight: maxBuckets });
      window = current;
      const used = (spent.get(bucket) ?? 0) + units;
      spent.set(bucket, used);
      return used <= atOnce ? 0 : holdBack(bucket, nowMs);
    },
  };
}
