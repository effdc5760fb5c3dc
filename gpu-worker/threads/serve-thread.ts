// The other end of thread-client.ts: answers requests inside a worker thread.

import { parentPort, type Transferable } from 'node:worker_threads';
import type { ThreadAnswer, ThreadRequest } from './thread-client.ts';

export type Served<Answer> = { readonly answer: Answer; readonly transfer?: readonly Transferable[] };

/** Throws where it is not called in a worker thread. */
export function serveThread<Request, Answer>(
  handle: (request: Request) => Served<Answer> | Promise<Served<Answer>>,
): void {
  if (parentPort === null) throw new Error('serveThread is for worker threads');
  const port = parentPort;
  port.on('message', async ({ id, request }: ThreadRequest<Request>) => {
    try {
      const { answer, transfer = [] } = await handle(request);
      const message: ThreadAnswer<Answer> = { id, answer };
      port.postMessage(message, transfer);
    } catch (error) {
      const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ id, failure } satisfies ThreadAnswer<Answer>);
    }
  });
}
