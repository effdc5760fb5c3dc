import { expect, test } from 'vitest';
import { createEnvironmentCache, environmentTtlMs } from '../../../edge/cache/environment-cache.ts';
import type { EnvironmentMean } from '../../../edge/stores/environment-record.ts';

const profile = (revision: number): EnvironmentMean => ({
  id: 'env_1',
  name: 'gate',
  model: { id: 'nano-clip', revision: 'c'.repeat(64) },
  pictures: revision,
  revision,
  createdAtMs: 0,
  updatedAtMs: 0,
  sum: Float64Array.of(revision, 0),
});

test('two isolates agree on a profile, and on its end, within the time that a look-up is trusted', async () => {
  let stored: EnvironmentMean | undefined = profile(1);
  const store = { find: async () => stored, otherMeans: async () => [] };
  const [here, there] = [createEnvironmentCache(store), createEnvironmentCache(store)];
  const later: Promise<unknown>[] = [];
  const ask = (cache: typeof here, nowMs: number) =>
    cache.get('ten_1', 'gate', (work) => void later.push(work), nowMs);
  expect((await ask(there, 0))?.revision).toBe(1);
  stored = profile(2);
  here.forget('ten_1', 'gate');
  expect((await ask(here, 1))?.revision).toBe(2);
  expect(there.peek('ten_1', 'gate', 1)?.revision).toBe(1);
  // Past half its time it is answered once more, and looked up behind the answer.
  expect(there.peek('ten_1', 'gate', 3000)).toBeUndefined();
  expect((await ask(there, 3000))?.revision).toBe(1);
  await Promise.all(later);
  expect(there.peek('ten_1', 'gate', 3001)?.revision).toBe(2);
  stored = undefined;
  expect((await ask(there, 3000 + environmentTtlMs))?.revision).toBeUndefined();
});

test('a profile of one tenant is not that of another', async () => {
  const cache = createEnvironmentCache({
    find: async (tenantId) => (tenantId === 'ten_1' ? profile(1) : undefined),
    otherMeans: async () => [],
  });
  const later = () => undefined;
  expect((await cache.get('ten_1', 'gate', later, 0))?.revision).toBe(1);
  expect(cache.peek('ten_2', 'gate', 0)).toBeUndefined();
  expect(await cache.get('ten_2', 'gate', later, 0)).toBeUndefined();
});

test('what a profile is compared with is looked up once in that time, not for every answer', async () => {
  let looks = 0;
  const otherMeans = async () => {
    looks += 1;
    return [profile(2), { ...profile(2), sum: Float64Array.of(0, 4) }];
  };
  const cache = createEnvironmentCache({ find: async () => undefined, otherMeans });
  const { model } = profile(1);
  for (const nowMs of [0, 1, environmentTtlMs - 1]) {
    expect([...((await cache.meanOfOthers('ten_1', model, 'gate', nowMs)) ?? [])]).toEqual([0.5, 1]);
  }
  expect(looks).toBe(1);
  await cache.meanOfOthers('ten_1', model, 'gate', environmentTtlMs);
  await cache.meanOfOthers('ten_2', model, 'gate', environmentTtlMs);
  expect(looks).toBe(3);
});
