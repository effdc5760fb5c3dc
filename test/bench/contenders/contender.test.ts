import { expect, test } from 'vitest';
import { inLoop } from './contender.ts';

test('a closed loop does everything once, so many at a time, and times each', async () => {
  const done: number[] = [];
  let [underWay, most] = [0, 0];
  const { latenciesMs } = await inLoop(20, 3, async (index) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    done.push(index);
  });
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBe(3);
  expect(latenciesMs).toHaveLength(20);
});

test('a closed loop fails as soon as one of its tasks does', async () => {
  const failing = inLoop(20, 3, async (index) => {
    if (index === 5) throw new Error('refused');
  });
  await expect(failing).rejects.toThrow('refused');
});
