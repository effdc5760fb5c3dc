// A few tasks at once: their order, their number, and that a failure ends the rest.

import { expect, test } from 'vitest';
import { inTurn } from '#shared/in-turn.ts';

test('answers in the order of the items, however long each takes, and never runs more at once than allowed', async () => {
  let [running, most] = [0, 0];
  const answers = await inTurn([3, 1, 2, 0], 2, async (turns) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    running -= 1;
    return 10 * turns;
  });
  expect(answers).toEqual([30, 10, 20, 0]);
  expect(most).toBe(2);
});

test('starts no further task once one has thrown', async () => {
  const begun: number[] = [];
  const second = Promise.withResolvers<void>();
  const all = inTurn([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error('no');
    await second.promise;
  });
  await expect(all).rejects.toThrow('no');
  second.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([0, 1]);
});
