// For tests of what is counted by the UTC day, by an edge whose clock is the machine's: none begins in one day and ends in the next.

import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll } from 'vitest';

const dayMs = 86_400_000;
/** What a file of tests may take on a machine that is busy with something else. */
const roomMs = 10 * 60_000;

/** How long to wait, at a time, for a day with so much room: mostly not at all, else until the next has begun. */
export function waitForRoomMs(nowMs: number): number {
  const leftMs = dayMs - (nowMs % dayMs);
  return leftMs < roomMs ? leftMs : 0;
}

/** Called once in a file, before its other hooks: the day that its tests begin in is the day that they end in. */
export function stayInOneDay(): void {
  beforeAll(async () => {
    const waitMs = waitForRoomMs(Date.now());
    if (waitMs === 0) return;
    console.info(`Waits ${Math.ceil(waitMs / 1000)} s for the next UTC day: this one ends too soon.`);
    await wait(waitMs);
  }, 2 * roomMs);
}
