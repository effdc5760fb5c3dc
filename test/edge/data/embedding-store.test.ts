// Stored embeddings, in the Durable Objects of the real runtime: what is kept, for whom, for how long, and what goes with a picture.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddingCache } from '../../../edge/cache/embedding-cache.ts';
import {
  createEmbeddingStore,
  type EmbeddingOwner,
  type EmbeddingRows,
  type EmbeddingStore,
} from '../../../edge/stores/embedding-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { type EmbeddingObjects, openEmbeddingObjects } from '../../support/embedding-objects.ts';

const dayMs = 24 * 3600 * 1000;
/** The first day of thirty that share a table. */
const startMs = 30 * dayMs * 700;

let edge: Edge;
let namespace: EmbeddingObjects;

beforeAll(async () => {
  edge = await openEdge();
  namespace = await openEmbeddingObjects(edge);
});
afterAll(() => edge?.close());

const openStore = () => createEmbeddingStore(namespace);

const hashOf = (digit: string, rest: number) => `${digit}${String(rest).padStart(63, '0')}`;
type Key = EmbeddingOwner & { readonly sha256: string };
const keyOf = (tenantId: string, sha256: string, revision = 'one'): Key => ({ tenantId, sha256, revision });
const put = (store: EmbeddingStore, { sha256, ...owner }: Key, row: Float32Array, nowMs: number) =>
  store.put(owner, new Map([[sha256, row]]), [sha256], nowMs);
const get = async (store: EmbeddingStore, { sha256, ...owner }: Key) =>
  (await store.some(owner, [sha256])).get(sha256);
/** Everything at once. */
const atOnce = <T>(work: () => Promise<T>) => work();
const rowOf = (value: number) => Float32Array.of(value, -value, 1 / 3, value / 7);

describe('an embedding', () => {
  test('comes back to the bit, to its tenant and for its model alone', async () => {
    const store = openStore();
    const key = keyOf('owner', hashOf('a', 1));
    await put(store, key, rowOf(0.1), startMs);
    expect(await get(store, key)).toEqual(rowOf(0.1));
    expect(await get(store, keyOf('other', key.sha256))).toBeUndefined();
    expect(await get(store, { ...key, revision: 'two' })).toBeUndefined();
    expect(await get(store, keyOf('owner', hashOf('a', 2)))).toBeUndefined();
  });

  test('that is a piece of a longer array is stored without the rest', async () => {
    const store = openStore();
    const key = keyOf('piece', hashOf('b', 1));
    await put(store, key, Float32Array.of(1, 2, 3, 4).subarray(1, 3), startMs);
    expect(await get(store, key)).toEqual(Float32Array.of(2, 3));
  });

  test('is found among many others, whatever object each of them is in', async () => {
    const store = openStore();
    const hashes = [...'0123456789abcdef'].flatMap((digit) => [1, 2, 3].map((rest) => hashOf(digit, rest)));
    const stored = hashes.filter((_, index) => index % 2 === 0);
    await Promise.all(
      stored.map((sha256, index) => put(store, keyOf('many', sha256), rowOf(index), startMs)),
    );
    const found = await store.some({ tenantId: 'many', revision: 'one' }, [...hashes, ...hashes]);
    expect([...found].sort()).toEqual(stored.map((sha256, index) => [sha256, rowOf(index)] as const).sort());
  });

  test('of a thousand of one object comes in several answers', async () => {
    const asked: number[] = [];
    const store = createEmbeddingStore({
      getByName: () =>
        ({
          read: async (_revision: string, hashes: readonly string[]) => {
            asked.push(hashes.length);
            return [];
          },
        }) as Partial<EmbeddingRows> as EmbeddingRows,
    });
    const hashes = Array.from({ length: 1100 }, (_, rest) => hashOf('c', rest));
    await store.some({ tenantId: 'any', revision: 'one' }, hashes);
    expect(asked).toEqual([500, 500, 100]);
  });

  test('is found beside others that are older than the table they are stored in', async () => {
    const store = openStore();
    const [older, newer] = [hashOf('d', 2), hashOf('d', 3)];
    const owner = { tenantId: 'ages', revision: 'one' };
    await put(store, { ...owner, sha256: older }, rowOf(1), startMs);
    await put(store, { ...owner, sha256: newer }, rowOf(2), startMs + 40 * dayMs);
    const found = await store.some(owner, [older, newer, hashOf('d', 4)]);
    expect([...found].sort()).toEqual([
      [older, rowOf(1)],
      [newer, rowOf(2)],
    ]);
  });

  test('is replaced by one that is stored later', async () => {
    const store = openStore();
    const key = keyOf('twice', hashOf('d', 1));
    await put(store, key, rowOf(1), startMs);
    await put(store, key, rowOf(2), startMs + 40 * dayMs);
    expect(await get(store, key)).toEqual(rowOf(2));
  });
});

describe('the embeddings of a request', () => {
  /** What objects are asked for, in turn; `fails` says which of them throw. */
  function openObserved(fails: (name: string) => boolean = () => false) {
    const rows = new Map<string, ArrayBuffer>();
    const asked: [how: 'read' | 'write', count: number][] = [];
    const store = createEmbeddingStore({
      getByName: (name) =>
        ({
          read: async (_revision, hashes) => {
            asked.push(['read', hashes.length]);
            if (fails(name)) throw new Error(`${name} is away`);
            return hashes.flatMap((sha256) => {
              const row = rows.get(sha256);
              return row === undefined ? [] : [[sha256, row] as const];
            });
          },
          write: async (_revision, written) => {
            asked.push(['write', written.length]);
            for (const [sha256, row] of written) rows.set(sha256, new Uint8Array(row).buffer);
          },
        }) as Partial<EmbeddingRows> as EmbeddingRows,
    });
    return { cache: createEmbeddingCache(store), asked };
  }
  const owner = { tenantId: 'many', revision: 'one' };
  const hashes = [...'0123456789abcdef'].flatMap((digit) => [1, 2, 3, 4].map((rest) => hashOf(digit, rest)));
  const embeddings = new Map(hashes.map((sha256, index) => [sha256, rowOf(index)]));

  test('are looked up and stored sixteen at a time, each sixteen in a step of their own', async () => {
    const { cache, asked } = openObserved();
    let steps = 0;
    const inStep = <T>(work: () => Promise<T>) => {
      steps += 1;
      return work();
    };
    expect((await cache.find(owner, hashes, startMs, inStep)).known.size).toBe(0);
    await cache.put(owner, embeddings, startMs, inStep);
    expect(asked).toEqual([...new Array(4).fill(['read', 16]), ...new Array(4).fill(['write', 16])]);
    expect(steps).toBe(8);
  });

  test('come from memory, and from storage for what memory has forgotten', async () => {
    const { cache } = openObserved();
    await cache.put(owner, embeddings, startMs, atOnce);
    const tiersAt = async (nowMs: number) => {
      const { known } = await cache.find(owner, hashes, nowMs, atOnce);
      expect(new Map([...known].map(([sha256, { embedding }]) => [sha256, embedding]))).toEqual(embeddings);
      return new Set([...known.values()].map(({ tier }) => tier));
    };
    expect(await tiersAt(startMs)).toEqual(new Set(['memory']));
    expect(await tiersAt(startMs + dayMs)).toEqual(new Set(['storage']));
    expect(await tiersAt(startMs + dayMs)).toEqual(new Set(['memory']));
  });

  test('are known in part where an object is away: of its own nobody knows', async () => {
    const { cache } = openObserved((name) => name === 'many/1');
    await cache.put(owner, embeddings, startMs, atOnce);
    const { known, failed } = await cache.find(owner, hashes, startMs + dayMs, atOnce);
    const lost = hashes.filter((sha256) => '4567'.includes(sha256.charAt(0)));
    expect([...failed.keys()].sort()).toEqual(lost.sort());
    expect([...known.keys()].sort()).toEqual(hashes.filter((sha256) => !lost.includes(sha256)).sort());
  });

  test('are neither there nor missing where their turn never came', async () => {
    const { cache, asked } = openObserved();
    const found = await cache.find(owner, hashes, startMs, async () => undefined);
    expect([found.known.size, found.failed.size, asked]).toEqual([0, 0, []]);
    expect([...found.notAsked].sort()).toEqual([...hashes].sort());
  });
});

describe('what goes', () => {
  test('with a picture are its embeddings of every model, from memory and storage', async () => {
    const store = openStore();
    const cache = createEmbeddingCache(store);
    const [gone, kept] = [hashOf('e', 1), hashOf('e', 2)];
    const keys = [gone, kept].flatMap((sha256) => [
      keyOf('forgets', sha256),
      keyOf('forgets', sha256, 'two'),
    ]);
    for (const { sha256, ...owner } of keys) {
      await cache.put(owner, new Map([[sha256, rowOf(3)]]), startMs, atOnce);
    }
    await cache.forget('forgets', [gone]);
    const there = await Promise.all(
      keys.map(async ({ sha256, ...owner }) => {
        // Storage that says nothing of it, so that memory is seen by itself.
        const { known } = await cache.find(owner, [sha256], startMs, async () => undefined);
        return [known.get(sha256)?.tier, (await get(store, { sha256, ...owner })) !== undefined];
      }),
    );
    expect(there).toEqual([
      [undefined, false],
      [undefined, false],
      ['memory', true],
      ['memory', true],
    ]);
  });

  test('with a picture stays away from requests that began before, and comes again with later ones', async () => {
    const store = openStore();
    const cache = createEmbeddingCache(store);
    const owner = { tenantId: 'late', revision: 'one' };
    const sha256 = hashOf('6', 1);
    const keep = (beganMs: number) => cache.put(owner, new Map([[sha256, rowOf(1)]]), beganMs, atOnce);
    const tierAt = async (nowMs: number, inStep: typeof atOnce | (() => Promise<undefined>)) =>
      (await cache.find(owner, [sha256], nowMs, inStep)).known.get(sha256)?.tier;
    const onlyMemory = async () => undefined;
    const beganMs = Date.now() - 1000;
    await cache.forget('late', [sha256]);
    await keep(beganMs);
    expect(await tierAt(beganMs, onlyMemory)).toBeUndefined();
    expect(await tierAt(beganMs, atOnce)).toBeUndefined();
    const laterMs = Date.now() + 1000;
    await keep(laterMs);
    expect(await tierAt(laterMs, onlyMemory)).toBe('memory');
    expect(await get(store, { ...owner, sha256 })).toEqual(rowOf(1));
  });

  test('with a tenant is everything, and what it stores afterwards is kept', async () => {
    const store = openStore();
    const keys = ['0', '7', 'f'].map((digit) => keyOf('leaves', hashOf(digit, 1)));
    const other = keyOf('stays', hashOf('0', 1));
    for (const key of [...keys, other]) await put(store, key, rowOf(4), startMs);
    await store.forgetTenant('leaves');
    expect(await Promise.all(keys.map((key) => get(store, key)))).toEqual([undefined, undefined, undefined]);
    expect(await get(store, other)).toEqual(rowOf(4));
    const [first] = keys;
    if (first === undefined) throw new Error('three keys were made');
    await put(store, first, rowOf(5), startMs);
    expect(await get(store, first)).toEqual(rowOf(5));
  });

  test.each([
    [0, 59, true],
    [0, 91, false],
    [29, 59, true],
    [29, 91, false],
  ])('with time: stored on day %i it is there on day %i: %s', async (stored, asked, isThere) => {
    const store = openStore();
    const key = keyOf(`ages ${stored} ${asked}`, hashOf('9', 1));
    const later = keyOf(key.tenantId, hashOf('9', 2));
    await put(store, key, rowOf(6), startMs + stored * dayMs);
    await put(store, later, rowOf(7), startMs + 45 * dayMs);
    await namespace.getByName(`${key.tenantId}/2`).expire(startMs + asked * dayMs);
    expect((await get(store, key)) !== undefined).toBe(isThere);
    expect(await get(store, later)).toEqual(rowOf(7));
  });

  test('last of all is the object itself, which begins anew when it is needed', async () => {
    const store = openStore();
    const key = keyOf('empties', hashOf('8', 1));
    await put(store, key, rowOf(8), startMs);
    await namespace.getByName('empties/2').expire(startMs + 500 * dayMs);
    expect(await get(store, key)).toBeUndefined();
    await put(store, key, rowOf(9), startMs + 500 * dayMs);
    expect(await get(store, key)).toEqual(rowOf(9));
  });
});
