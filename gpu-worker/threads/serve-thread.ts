// The other end of thread-client.ts: answers requests inside a worker thread.

import { getPriority, setPriority } from 'node:os';
import { parentPort, type Transferable, workerData } from 'node:worker_threads';
import type { ThreadAnswer, ThreadMessage, ThreadOptions } from './thread-client.ts';

export type Served<Answer> = { readonly answer: Answer; readonly transfer?: readonly Transferable[] };

/**
 * Beyond that of the process, which on a local stack is not 0: the scheduler gives a thread nine times as much as one that is nicer
 * by so much and competes with it.
 */
const backgroundNiceness = 10;
const mostNiceness = 19;

/** Throws where it is not called in a worker thread. */
export function serveThread<Request, Answer>(
  handle: (request: Request) => Served<Answer> | Promise<Served<Answer>>,
): void {
  if (parentPort === null) throw new Error('serveThread is for worker threads');
  const port = parentPort;
  const { inBackground }: ThreadOptions = workerData;
  if (inBackground) giveWay();
  let underWay = 0;
  let isClosing = false;
  const closeWhenDone = () => {
    // With its port the thread loses the last thing that keeps it going.
    if (isClosing && underWay === 0) port.close();
  };

  async function answerTo(id: number, request: Request): Promise<void> {
    try {
      const { answer, transfer = [] } = await handle(request);
      const message: ThreadAnswer<Answer> = { id, answer };
      port.postMessage(message, transfer);
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ id, failure } satisfies ThreadAnswer<Answer>);
    }
  }

  port.on('message', async (message: ThreadMessage<Request>) => {
    if (message === undefined) isClosing = true;
    else {
      underWay += 1;
      await answerTo(message.id, message.request);
      underWay -= 1;
    }
    closeWhenDone();
  });
}

/** On Linux 0 is the calling thread; elsewhere priority is the whole process's, and is left alone. */
function giveWay(): void {
  if (process.platform === 'linux')
    setPriority(0, Math.min(getPriority(0) + backgroundNiceness, mostNiceness));
}
