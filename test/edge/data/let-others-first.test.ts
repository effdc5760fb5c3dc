// Stores of jobs: storage that answers at once would have one call follow on the other before anybody else's socket is looked at.

import { expect, test } from 'vitest';
import { lettingOthersFirst } from '../../../edge/jobs/let-others-first.ts';

/** How often others get their turn while 20 calls follow on each other. */
async function turnsDuring(call: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const others = async () => {
    for (; !isOver; turns++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const counting = others();
  for (let index = 0; index < 20; index++) await call();
  isOver = true;
  await counting;
  return turns;
}

test('a job’s store lets others go first before each call, and is else as it was', async () => {
  const store = {
    put: async (key: string, bytes: number) => `${key} ${bytes}`,
    find: async () => 'found',
    statement: () => 'a statement, at once',
  };
  const polite = lettingOthersFirst(store, ['put']);
  expect(await polite.put('a', 1)).toBe('a 1');
  expect(polite.statement()).toBe('a statement, at once');
  expect(polite.find).toBe(store.find);
  expect(await turnsDuring(() => polite.put('a', 1))).toBeGreaterThanOrEqual(20);
  expect(await turnsDuring(() => store.put('a', 1))).toBeLessThan(5);
});
