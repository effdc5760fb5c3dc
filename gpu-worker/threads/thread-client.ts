// Calls functions that live in a worker thread: requests out, answers back in any order.
// It knows nothing of what is asked; a thread that dies rejects what it was asked, and is replaced by the next call.
//
// There are two ways to end one, because native code (ONNX Runtime's) that is interrupted takes the whole process down.

import { type Transferable, Worker } from 'node:worker_threads';

/** `undefined`: end, once what was asked before is answered. */
export type ThreadMessage<Request> = ThreadRequest<Request> | undefined;
type ThreadRequest<Request> = { readonly id: number; readonly request: Request };
export type ThreadAnswer<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: string };

export type ThreadClient<Request, Answer> = {
  /** Rejects where the handler threw or the thread died: both are bugs or lost memory, never expected failures. */
  readonly call: (request: Request, transfer?: readonly Transferable[]) => Promise<Answer>;
  /** Rejects what was asked, and resolves once the thread has come to the end of it all the same. */
  readonly close: () => Promise<void>;
  /** Ends the thread in the middle of what it does; only for threads that run nothing but JavaScript. */
  readonly interrupt: () => Promise<void>;
};

type Waiting<Answer> = { resolve: (answer: Answer) => void; reject: (reason: Error) => void };

export type ThreadOptions = {
  /** For work that nobody waits for: it gives way to all other threads of the machine. */
  readonly inBackground?: boolean;
};

export function openThread<Request, Answer>(
  entry: URL,
  { inBackground = false }: ThreadOptions = {},
): ThreadClient<Request, Answer> {
  const waiting = new Map<number, Waiting<Answer>>();
  let worker: Worker | undefined;
  let nextId = 0;

  function settle(message: ThreadAnswer<Answer>): void {
    const caller = waiting.get(message.id);
    waiting.delete(message.id);
    if (waiting.size === 0) worker?.unref();
    if ('failure' in message) caller?.reject(new Error(message.failure));
    else caller?.resolve(message.answer);
  }

  function abandon(reason: Error): void {
    worker = undefined;
    const callers = [...waiting.values()];
    waiting.clear();
    for (const caller of callers) caller.reject(reason);
  }

  function start(): Worker {
    const started = new Worker(entry, { workerData: { inBackground } satisfies ThreadOptions });
    started.on('message', settle);
    started.on('error', (error) => abandon(error instanceof Error ? error : new Error(String(error))));
    started.on('exit', (code) => {
      if (worker === started) abandon(new Error(`a thread ended with code ${code}`));
    });
    return started;
  }

  /** The thread there was, which no call reaches any more. */
  function letGo(): Worker | undefined {
    const ending = worker;
    abandon(new Error('the thread was closed'));
    return ending;
  }

  return {
    call(request, transfer = []) {
      worker ??= start();
      const id = nextId++;
      worker.ref();
      return new Promise<Answer>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        const message: ThreadMessage<Request> = { id, request };
        worker?.postMessage(message, transfer);
      });
    },
    async close() {
      const ending = letGo();
      if (ending === undefined) return;
      ending.ref();
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.postMessage(undefined satisfies ThreadMessage<Request>);
      await ended;
    },
    async interrupt() {
      await letGo()?.terminate();
    },
  };
}
