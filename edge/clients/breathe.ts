// Turns for everybody else, in the middle of work that is long without being slow: storage that answers at once, as the local
// engine's does on the edge's own thread, keeps an event loop from looking at its sockets.

const turnMs = 5;

/** Lets everything that waits go first. */
export function takeTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** To be awaited at every step of such work: once in a while it takes a turn of the event loop. */
export function createBreather(): () => Promise<void> {
  let lastMs = performance.now();
  return async () => {
    if (performance.now() - lastMs < turnMs) return;
    await takeTurn();
    lastMs = performance.now();
  };
}
