// A thread that, once asked, is held in one uninterrupted call as native code holds it, until the gate opens.

import { serveThread } from '../../../gpu-worker/threads/serve-thread.ts';

/** Cells: 0 is told when the call has begun, 1 is the gate, 2 counts calls that came to their end. */
export type Held = Int32Array<SharedArrayBuffer>;

serveThread<Held, number>((cells) => {
  Atomics.store(cells, 0, 1);
  Atomics.notify(cells, 0);
  Atomics.wait(cells, 1, 0);
  return { answer: Atomics.add(cells, 2, 1) + 1 };
});
