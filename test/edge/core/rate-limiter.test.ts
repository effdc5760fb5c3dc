// What plans become on bindings of fixed limits, counted by bindings that the test holds.

import { expect, test } from 'vitest';
import { createRateLimiter } from '../../../edge/limits/rate-limiter.ts';
import { fc } from '../../support/properties.ts';

/** One location: bindings that count a minute, shared by isolates. */
function openLocation() {
  let asked = 0;
  const tiers = [1, 10, 100, 1000].map((limit) => {
    const used = new Map<string, number>();
    const take = async ({ key }: { readonly key: string }) => {
      asked += 1;
      const count = (used.get(key) ?? 0) + 1;
      used.set(key, count);
      return { success: count <= limit };
    };
    return { limit, binding: { limit: take } };
  });
  return { tiers, asked: () => asked };
}

async function countGranted(isolates: number, perMinute: number, requests: number) {
  const { tiers, asked } = openLocation();
  const limiters = Array.from({ length: isolates }, () => createRateLimiter(tiers));
  let granted = 0;
  for (let i = 0; i < requests; i++) {
    if (await limiters[i % isolates]?.take('tenant', perMinute, 0)) granted += 1;
  }
  return { granted, asked: asked() };
}

test('grants exactly the plan to one isolate, whatever the number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20_000 }), async (perMinute) => {
      const { granted } = await countGranted(1, perMinute, perMinute + 50);
      expect(granted).toBe(perMinute);
    }),
    { numRuns: 20 },
  );
});

test('never grants more than the plan to several isolates of a location', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 2, max: 5 }), async (plan, n) => {
      const { granted } = await countGranted(n, plan, 2 * plan + 100);
      expect(granted).toBeLessThanOrEqual(plan);
    }),
    { numRuns: 20 },
  );
});

test('asks the platform once in a thousand requests of a plan of a million', async () => {
  expect((await countGranted(1, 1_000_000, 10_000)).asked).toBe(10);
});

test('starts anew with the next minute, and counts subjects apart', async () => {
  const { tiers } = openLocation();
  const limiter = createRateLimiter(tiers);
  expect(await limiter.take('a', 1, 0)).toBe(true);
  expect(await limiter.take('a', 1, 1)).toBe(false);
  expect(await limiter.take('b', 1, 1)).toBe(true);
});

test('asks the platform once a second at most for who is refused', async () => {
  const { tiers, asked } = openLocation();
  const limiter = createRateLimiter(tiers);
  const answers = [];
  for (let nowMs = 0; nowMs < 2000; nowMs += 10) answers.push(await limiter.take('a', 10, nowMs));
  expect(answers.filter(Boolean)).toHaveLength(10);
  expect(asked()).toBe(10 + 2);
});
