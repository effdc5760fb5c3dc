// A breather: work that never waits still lets timers and sockets have their turn, and more than one while those have much to do.

import { expect, test } from 'vitest';
import { createBreather, giveWay } from '../../../edge/clients/breathe.ts';

function spin(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
}

test('lets others have turns in the middle of work that never waits', async () => {
  const breathe = createBreather();
  let isDone = false;
  let turns = 0;
  const others = async () => {
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
  };
  const waiting = others();
  for (let step = 0; step < 100; step++) {
    await breathe();
    spin(1);
  }
  isDone = true;
  await waiting;
  expect(turns).toBeGreaterThan(5);
});

/** Turns that take as long as listed, and 0 ms after that. */
function turnsOf(...durations: readonly number[]) {
  let [nowMs, taken] = [0, 0];
  const turn = async () => {
    nowMs += durations[taken++] ?? 0;
  };
  return { clockwork: { turn, nowMs: () => nowMs }, taken: () => taken };
}

test('takes one turn where nobody else has anything to do', async () => {
  const { clockwork, taken } = turnsOf(1);
  await giveWay(clockwork);
  expect(taken()).toBe(1);
});

test('takes turns until others are done', async () => {
  const { clockwork, taken } = turnsOf(3, 2, 3, 1, 50);
  await giveWay(clockwork);
  expect(taken()).toBe(4);
});

test('goes on in the end, however much others have to do', async () => {
  const many = turnsOf(...Array.from({ length: 100 }, () => 2));
  await giveWay(many.clockwork);
  expect(many.taken()).toBeLessThan(20);
  const long = turnsOf(30, 30, 30);
  await giveWay(long.clockwork);
  expect(long.taken()).toBe(1);
});

test('gives way again only after a while', async () => {
  const { clockwork, taken } = turnsOf();
  const breathe = createBreather(clockwork);
  for (let step = 0; step < 10; step++) await breathe();
  expect(taken()).toBe(0);
});
