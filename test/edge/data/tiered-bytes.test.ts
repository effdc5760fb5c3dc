import { expect, test } from 'vitest';
import { createTieredBytes, type EdgeCache } from '../../../edge/cache/tiered-bytes.ts';

function openTiers() {
  const stored = new Map<string, Uint8Array<ArrayBuffer>>();
  const cached = new Map<string, Uint8Array<ArrayBuffer>>();
  const asked: string[] = [];
  let answerCache = () => {};
  const cacheAnswers = new Promise<void>((resolve) => {
    answerCache = resolve;
  });
  const cache: EdgeCache = {
    match: async (url) => {
      asked.push('cache');
      await cacheAnswers;
      const bytes = cached.get(url);
      return bytes === undefined ? undefined : new Response(bytes);
    },
    put: async (url, response) => void cached.set(url, new Uint8Array(await response.arrayBuffer())),
    delete: async (url) => cached.delete(url),
  };
  const objects = {
    get: async (key: string) => {
      asked.push('storage');
      return stored.get(key);
    },
    put: async (key: string, bytes: Uint8Array | string) =>
      void stored.set(key, bytes as Uint8Array<ArrayBuffer>),
    remove: async (keys: readonly string[]) => {
      for (const key of keys) stored.delete(key);
    },
  };
  const bytes = createTieredBytes({ objects, cache: () => cache, maxAgeSeconds: 60 });
  const afterwards: Promise<unknown>[] = [];
  return {
    bytes,
    stored,
    cached,
    asked,
    answerCache,
    afterwards,
    get: (key: string) => bytes.get(key, (work) => void afterwards.push(work)),
  };
}

test('storage is asked only where the cache has it not', async () => {
  const { get, asked, answerCache } = openTiers();
  const looking = get('a');
  await Promise.resolve();
  expect(asked).toEqual(['cache']);
  answerCache();
  await looking;
  expect(asked).toEqual(['cache', 'storage']);
});

test('what storage alone has is in the cache when it is asked for again', async () => {
  const { get, stored, cached, answerCache, afterwards } = openTiers();
  answerCache();
  stored.set('a', Uint8Array.of(1, 2, 3, 4));
  expect((await get('a'))?.tier).toBe('storage');
  await Promise.all(afterwards);
  expect(cached.size).toBe(1);
  expect((await get('a'))?.tier).toBe('cache');
});
