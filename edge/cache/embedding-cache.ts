// Embeddings of pictures seen before: memory -> Cache API -> R2, keyed by tenant, picture and model revision.
// The bytes are the row itself: d float32, little-endian, of unit length. Encodes nothing.

import { createLru } from '#shared/lru.ts';
import { lookupCounter } from '../metrics/counters.ts';
import { objectKeys } from '../stores/object-keys.ts';
import { asMissing, type StoredTier, type TieredBytes } from './tiered-bytes.ts';

export type CachedEmbedding = { readonly embedding: Float32Array; readonly tier: 'memory' | StoredTier };

export type EmbeddingKey = { readonly tenantId: string; readonly revision: string; readonly sha256: string };

export type EmbeddingCache = {
  get(
    key: EmbeddingKey,
    later: (work: Promise<unknown>) => void,
    nowMs: number,
  ): Promise<CachedEmbedding | undefined>;
  /** In memory at once; what it returns puts it into the other tiers, and never rejects. */
  put(key: EmbeddingKey, embedding: Float32Array, nowMs: number): () => Promise<void>;
  /** Of pictures that are no more. Other isolates and locations forget within `embeddingTtlSeconds`. */
  forget(tenantId: string, hashes: readonly string[], revisions: readonly string[]): Promise<void>;
};

export const embeddingTtlSeconds = 300;
const maxMemoryBytes = 8 * 1024 * 1024;

const countLookup = lookupCounter('embeddings');

export function createEmbeddingCache(bytes: TieredBytes): EmbeddingCache {
  const memory = createLru<Float32Array>({
    maxWeight: maxMemoryBytes,
    ttlMs: 1000 * embeddingTtlSeconds,
  });
  return {
    async get({ tenantId, sha256, revision }, later, nowMs) {
      const key = objectKeys.embedding(tenantId, sha256, revision);
      const known = memory.get(key, nowMs);
      if (known !== undefined) {
        countLookup('memory');
        return { embedding: known, tier: 'memory' };
      }
      const stored = await bytes.get(key, later);
      countLookup(stored?.tier ?? 'none');
      if (stored === undefined || stored.bytes.byteLength % 4 !== 0) return undefined;
      const embedding = new Float32Array(stored.bytes.buffer);
      memory.set(key, embedding, embedding.byteLength, nowMs);
      return { embedding, tier: stored.tier };
    },
    put({ tenantId, sha256, revision }, embedding, nowMs) {
      const key = objectKeys.embedding(tenantId, sha256, revision);
      const row = new Float32Array(embedding);
      memory.set(key, row, row.byteLength, nowMs);
      return async () => void (await bytes.put(key, new Uint8Array(row.buffer)).catch(asMissing));
    },
    async forget(tenantId, hashes, revisions) {
      const keys = hashes.flatMap((sha256) =>
        revisions.map((revision) => objectKeys.embedding(tenantId, sha256, revision)),
      );
      for (const key of keys) memory.delete(key);
      await bytes.delete(keys);
    },
  };
}
