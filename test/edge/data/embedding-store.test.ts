// Stored embeddings, in the Durable Objects of the real runtime: what is kept, for whom, for how long, and what goes with a picture.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddingCache } from '../../../edge/cache/embedding-cache.ts';
import {
  createEmbeddingStore,
  type EmbeddingKey,
  type EmbeddingRows,
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
const keyOf = (tenantId: string, sha256: string, revision = 'one'): EmbeddingKey => ({
  tenantId,
  sha256,
  revision,
});
const rowOf = (value: number) => Float32Array.of(value, -value, 1 / 3, value / 7);

describe('an embedding', () => {
  test('comes back to the bit, to its tenant and for its model alone', async () => {
    const store = openStore();
    const key = keyOf('owner', hashOf('a', 1));
    await store.put(key, rowOf(0.1), startMs);
    expect(await store.get(key)).toEqual(rowOf(0.1));
    expect(await store.get(keyOf('other', key.sha256))).toBeUndefined();
    expect(await store.get({ ...key, revision: 'two' })).toBeUndefined();
    expect(await store.get(keyOf('owner', hashOf('a', 2)))).toBeUndefined();
  });

  test('that is a piece of a longer array is stored without the rest', async () => {
    const store = openStore();
    const key = keyOf('piece', hashOf('b', 1));
    await store.put(key, Float32Array.of(1, 2, 3, 4).subarray(1, 3), startMs);
    expect(await store.get(key)).toEqual(Float32Array.of(2, 3));
  });

  test('is found among many others, whatever object each of them is in', async () => {
    const store = openStore();
    const hashes = [...'0123456789abcdef'].flatMap((digit) => [1, 2, 3].map((rest) => hashOf(digit, rest)));
    const stored = hashes.filter((_, index) => index % 2 === 0);
    await Promise.all(stored.map((sha256, index) => store.put(keyOf('many', sha256), rowOf(index), startMs)));
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

  test('is replaced by one that is stored later', async () => {
    const store = openStore();
    const key = keyOf('twice', hashOf('d', 1));
    await store.put(key, rowOf(1), startMs);
    await store.put(key, rowOf(2), startMs + 40 * dayMs);
    expect(await store.get(key)).toEqual(rowOf(2));
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
    for (const key of keys) await cache.put(key, rowOf(3), startMs)();
    await cache.forget('forgets', [gone]);
    const there = await Promise.all(
      keys.map(async (key) => [(await cache.get(key, startMs))?.tier, (await store.get(key)) !== undefined]),
    );
    expect(there).toEqual([
      [undefined, false],
      [undefined, false],
      ['memory', true],
      ['memory', true],
    ]);
  });

  test('with a tenant is everything, and what it stores afterwards is kept', async () => {
    const store = openStore();
    const keys = ['0', '7', 'f'].map((digit) => keyOf('leaves', hashOf(digit, 1)));
    const other = keyOf('stays', hashOf('0', 1));
    for (const key of [...keys, other]) await store.put(key, rowOf(4), startMs);
    await store.forgetTenant('leaves');
    expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual([undefined, undefined, undefined]);
    expect(await store.get(other)).toEqual(rowOf(4));
    const [first] = keys;
    if (first === undefined) throw new Error('three keys were made');
    await store.put(first, rowOf(5), startMs);
    expect(await store.get(first)).toEqual(rowOf(5));
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
    await store.put(key, rowOf(6), startMs + stored * dayMs);
    await store.put(later, rowOf(7), startMs + 45 * dayMs);
    await namespace.getByName(`${key.tenantId}/2`).expire(startMs + asked * dayMs);
    expect((await store.get(key)) !== undefined).toBe(isThere);
    expect(await store.get(later)).toEqual(rowOf(7));
  });

  test('last of all is the object itself, which begins anew when it is needed', async () => {
    const store = openStore();
    const key = keyOf('empties', hashOf('8', 1));
    await store.put(key, rowOf(8), startMs);
    await namespace.getByName('empties/2').expire(startMs + 500 * dayMs);
    expect(await store.get(key)).toBeUndefined();
    await store.put(key, rowOf(9), startMs + 500 * dayMs);
    expect(await store.get(key)).toEqual(rowOf(9));
  });
});
