// Embeddings of pictures seen before: memory -> the tenant's Durable Objects, keyed by tenant, picture and model revision. Rows are of
// unit length. Encodes nothing.

import { createLru } from '#shared/lru.ts';
import { within } from '../clients/deadline.ts';
import { lookupCounter } from '../metrics/counters.ts';
import type { EmbeddingKey, EmbeddingStore } from '../stores/embedding-store.ts';
import { asMissing } from './tiered-bytes.ts';

export type CachedEmbedding = { readonly embedding: Float32Array; readonly tier: 'memory' | 'storage' };

export type EmbeddingCache = {
  /** Rejects where storage fails, or says nothing in time. */
  get(key: EmbeddingKey, nowMs: number): Promise<CachedEmbedding | undefined>;
  /** Those that are there, by hash, from storage alone: what jobs ask for would push callers' out of memory. */
  some: EmbeddingStore['some'];
  /** In memory at once; what it returns stores it, and never rejects. */
  put(key: EmbeddingKey, embedding: Float32Array, nowMs: number): () => Promise<void>;
  /** Of pictures that are no more. Other isolates forget within `embeddingTtlSeconds`. */
  forget(tenantId: string, hashes: readonly string[]): Promise<void>;
  forgetTenant: EmbeddingStore['forgetTenant'];
};

const embeddingTtlSeconds = 300;
/** Longer than from the other side of the world. Who has the picture at hand lets it be encoded again then. */
const lookUpTimeoutMs = 2_000;
/** Of many rows, and of a row that is kept, behind the answer: who waits for either holds a turn. */
const storeTimeoutMs = 10_000;
const maxMemoryBytes = 8 * 1024 * 1024;

const countLookup = lookupCounter('embeddings');

export function createEmbeddingCache(store: EmbeddingStore): EmbeddingCache {
  const memory = createLru<Float32Array>({ maxWeight: maxMemoryBytes, ttlMs: 1000 * embeddingTtlSeconds });
  return {
    async get(key, nowMs) {
      const name = nameOf(key);
      const known = memory.get(name, nowMs);
      if (known !== undefined) {
        countLookup('memory');
        return { embedding: known, tier: 'memory' };
      }
      const stored = await within(lookUpTimeoutMs, store.get(key));
      countLookup(stored === undefined ? 'none' : 'storage');
      if (stored === undefined) return undefined;
      memory.set(name, stored, stored.byteLength, nowMs);
      return { embedding: stored, tier: 'storage' };
    },
    some: (owner, hashes) => within(storeTimeoutMs, store.some(owner, hashes)),
    put(key, embedding, nowMs) {
      const row = new Float32Array(embedding);
      memory.set(nameOf(key), row, row.byteLength, nowMs);
      return async () => void (await within(storeTimeoutMs, store.put(key, row, nowMs)).catch(asMissing));
    },
    async forget(tenantId, hashes) {
      const pictures = new Set(hashes.map((sha256) => pictureOf(tenantId, sha256)));
      for (const [name] of memory.entries()) {
        if (pictures.has(name.slice(0, name.lastIndexOf('/')))) memory.delete(name);
      }
      await store.forget(tenantId, hashes);
    },
    forgetTenant: store.forgetTenant,
  };
}

const pictureOf = (tenantId: string, sha256: string) => `${tenantId}/${sha256}`;
const nameOf = ({ tenantId, sha256, revision }: EmbeddingKey) => `${pictureOf(tenantId, sha256)}/${revision}`;
