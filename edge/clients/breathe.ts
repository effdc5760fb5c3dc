// Turns for everybody else, in the middle of work that is long without being slow: storage that answers at once, as the local
// engine's does on the edge's own thread, keeps an event loop from looking at its sockets.

import { sleep } from '#shared/sleep.ts';

const turnMs = 2;

/** Others were at work in a turn that took so long. */
const busyTurnMs = 2;
/** Then they get another, up to so many and for so long: who gives way slows down and never stops. */
const maxTurns = 8;
const maxMs = 10;

/** Lets everything that waits go first. */
export function takeTurn(): Promise<void> {
  return sleep(0);
}

export type Clockwork = {
  readonly turn: () => Promise<void>;
  readonly nowMs: () => number;
};

const isolateClockwork: Clockwork = { turn: takeTurn, nowMs: () => performance.now() };

/**
 * Lets others go first while they have something to do. A request needs a turn at each of its hops, so one turn at a time it would
 * have a piece of this work before each. Where work waits for a network instead of the thread, a turn is over at once.
 */
export async function giveWay({ turn, nowMs }: Clockwork = isolateClockwork): Promise<void> {
  const startedMs = nowMs();
  for (let turns = 0; turns < maxTurns; turns++) {
    const beganMs = nowMs();
    await turn();
    const endedMs = nowMs();
    if (endedMs - beganMs < busyTurnMs || endedMs - startedMs >= maxMs) return;
  }
}

/** To be awaited at every step of such work: once in a while it gives way. */
export function createBreather(clockwork: Clockwork = isolateClockwork): () => Promise<void> {
  let lastMs = clockwork.nowMs();
  return async () => {
    if (clockwork.nowMs() - lastMs < turnMs) return;
    await giveWay(clockwork);
    lastMs = clockwork.nowMs();
  };
}
