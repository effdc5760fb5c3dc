// The worker's streams of randomness: they depend on nothing but a seed and names, whatever shard, batch or order a
// picture comes in.

import { createHash } from 'node:crypto';
import { type Random, randomFromDigest, streamName } from '#shared/pixels/random.ts';

/** A stream of its own for every (seed, content hash, purpose). */
export function seededRandom(seed: number, contentSha256: string, purpose: string): Random {
  return randomFromDigest(
    createHash('sha256')
      .update(streamName(seed, contentSha256, purpose))
      .digest(),
  );
}
