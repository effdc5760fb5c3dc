// A breather: work that never waits still lets timers and sockets have their turn.

import { expect, test } from 'vitest';
import { createBreather } from '../../../edge/clients/breathe.ts';

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
