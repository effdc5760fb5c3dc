// Randomness for interventions: a stream from a digest, so that the same picture gets the same intervention wherever it
// is computed. Does no hashing: each runtime has its own.

/** Uniform in [0, 1), 32 bits. */
export type Random = () => number;

/** What a stream is hashed from (SHA-256): a stream of its own for every seed, picture and purpose. */
export function streamName(seed: number, contentSha256: string, purpose: string): string {
  return `${seed}\n${contentSha256}\n${purpose}`;
}

/** Chris Doty-Humphrey's sfc32 (PractRand) from the first 16 bytes of a digest; a hash needs no warming up. */
export function randomFromDigest(digest: Uint8Array): Random {
  const words = new DataView(digest.buffer, digest.byteOffset, 16);
  let first = words.getInt32(0, true);
  let second = words.getInt32(4, true);
  let third = words.getInt32(8, true);
  let count = words.getInt32(12, true);
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
