// Embeddings of pictures seen before: memory -> the tenant's Durable Objects, keyed by tenant, picture and model revision. Rows are of
// unit length. Encodes nothing.

import { inTurn } from '#shared/in-turn.ts';
import { createLru } from '#shared/lru.ts';
import { within } from '../clients/deadline.ts';
import { lookupCounter } from '../metrics/counters.ts';
import {
  type EmbeddingOwner,
  type EmbeddingStore,
  type EmbeddingsByHash,
  piecesByObject,
} from '../stores/embedding-store.ts';
import { createForgotten } from '../stores/forgotten.ts';
import { asMissing } from './tiered-bytes.ts';

export type CachedEmbedding = { readonly embedding: Float32Array; readonly tier: 'memory' | 'storage' };

export type FoundEmbeddings = {
  /** Those that are there, by hash. */
  readonly known: ReadonlyMap<string, CachedEmbedding>;
  /** By hash, what was thrown where storage failed or said nothing in time: of these nobody knows. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Nor of these: their turn never came. */
  readonly notAsked: ReadonlySet<string>;
};

/** Does a piece of work with storage when it is its turn, or not at all: `undefined`. */
export type InStep = <T>(work: () => Promise<T>) => Promise<T | undefined>;

export type EmbeddingCache = {
  /** `hashes` of a request that began at `nowMs`; storage is asked for a few of them in each step. */
  find(
    owner: EmbeddingOwner,
    hashes: readonly string[],
    nowMs: number,
    inStep: InStep,
  ): Promise<FoundEmbeddings>;
  /** Those that are there, by hash, from storage alone: what jobs ask for would push callers' out of memory. */
  some: EmbeddingStore['some'];
  /** In memory at once; stored a few in each step, and what is not is made again one day. Never rejects. */
  put(owner: EmbeddingOwner, embeddings: EmbeddingsByHash, nowMs: number, inStep: InStep): Promise<void>;
  /** Of pictures that are no more. Other isolates forget within `embeddingTtlSeconds`. */
  forget(tenantId: string, hashes: readonly string[]): Promise<void>;
  forgetTenant: EmbeddingStore['forgetTenant'];
};

const embeddingTtlSeconds = 300;
/** Longer than from the other side of the world. Who has the picture at hand lets it be encoded again then. */
const lookUpTimeoutMs = 2_000;
/** Of many rows, and of rows that are kept, behind the answer: who waits for either holds a turn. */
const storeTimeoutMs = 10_000;
const maxMemoryBytes = 8 * 1024 * 1024;

/** A quarter of a millisecond of the thread where the objects are on the same one as all else; singly three times as long. */
const rowsInStep = 16;
/** Of one request: storage is asked for others in between. */
const stepsAtOnce = { lookUp: 6, write: 4 } as const;

const countLookup = lookupCounter('embeddings');

export function createEmbeddingCache(store: EmbeddingStore): EmbeddingCache {
  const memory = createLru<Float32Array>({ maxWeight: maxMemoryBytes, ttlMs: 1000 * embeddingTtlSeconds });
  const forgotten = createForgotten();
  const remember = (owner: EmbeddingOwner, sha256: string, embedding: Float32Array, nowMs: number) => {
    if (forgotten.since(pictureOf(owner.tenantId, sha256), nowMs)) return;
    memory.set(nameOf(owner, sha256), embedding, embedding.byteLength, nowMs);
  };
  return {
    async find(owner, hashes, nowMs, inStep) {
      const known = new Map<string, CachedEmbedding>();
      const failed = new Map<string, unknown>();
      const notAsked = new Set<string>();
      for (const sha256 of hashes) {
        const embedding = memory.get(nameOf(owner, sha256), nowMs);
        if (embedding !== undefined) known.set(sha256, { embedding, tier: 'memory' });
      }
      const missing = hashes.filter((sha256) => !known.has(sha256));
      await inTurn(piecesByObject(missing, rowsInStep), stepsAtOnce.lookUp, async (piece) => {
        try {
          const stored = await inStep(() => within(lookUpTimeoutMs, store.some(owner, piece)));
          if (stored === undefined) for (const sha256 of piece) notAsked.add(sha256);
          for (const [sha256, embedding] of stored ?? []) {
            remember(owner, sha256, embedding, nowMs);
            known.set(sha256, { embedding, tier: 'storage' });
          }
        } catch (thrown) {
          for (const sha256 of piece) failed.set(sha256, thrown);
        }
      });
      for (const sha256 of hashes) {
        if (!failed.has(sha256) && !notAsked.has(sha256)) countLookup(known.get(sha256)?.tier ?? 'none');
      }
      return { known, failed, notAsked };
    },
    some: (owner, hashes) => within(storeTimeoutMs, store.some(owner, hashes)),
    async put(owner, embeddings, nowMs, inStep) {
      for (const [sha256, embedding] of embeddings) remember(owner, sha256, embedding, nowMs);
      const pieces = piecesByObject([...embeddings.keys()], rowsInStep);
      await inTurn(pieces, stepsAtOnce.write, async (piece) => {
        const write = () => within(storeTimeoutMs, store.put(owner, embeddings, piece, nowMs));
        await inStep(write).catch(asMissing);
      });
    },
    async forget(tenantId, hashes) {
      const pictures = new Set(hashes.map((sha256) => pictureOf(tenantId, sha256)));
      for (const [name] of memory.entries()) {
        if (pictures.has(name.slice(0, name.lastIndexOf('/')))) memory.delete(name);
      }
      forgotten.note([...pictures], Date.now());
      await store.forget(tenantId, hashes);
    },
    forgetTenant: store.forgetTenant,
  };
}

const pictureOf = (tenantId: string, sha256: string) => `${tenantId}/${sha256}`;
const nameOf = ({ tenantId, revision }: EmbeddingOwner, sha256: string) =>
  `${pictureOf(tenantId, sha256)}/${revision}`;
