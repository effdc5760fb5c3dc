// Randomness that depends on nothing but a seed and names: the same picture gets the same intervention whatever shard,
// batch or order it comes in.

import { createHash } from 'node:crypto';

/** Uniform in [0, 1), 32 bits. */
export type Random = () => number;

/** A stream of its own for every (seed, content hash, purpose). */
export function seededRandom(seed: number, contentSha256: string, purpose: string): Random {
  const digest = createHash('sha256').update(`${seed}\n${contentSha256}\n${purpose}`).digest();
  return smallFastCounter(
    digest.readUInt32LE(0),
    digest.readUInt32LE(4),
    digest.readUInt32LE(8),
    digest.readUInt32LE(12),
  );
}

/** Chris Doty-Humphrey's sfc32 (PractRand); seeded by a hash, so it needs no warming up. */
function smallFastCounter(a: number, b: number, c: number, counter: number): Random {
  let [first, second, third, count] = [a | 0, b | 0, c | 0, counter | 0];
  return () => {
    const output = (((first + second) | 0) + count) | 0;
    count = (count + 1) | 0;
    first = second ^ (second >>> 9);
    second = (third + (third << 3)) | 0;
    third = (((third << 21) | (third >>> 11)) + output) | 0;
    return (output >>> 0) / 2 ** 32;
  };
}

export function uniform(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random();
}

/** Fisher and Yates; a new array. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
