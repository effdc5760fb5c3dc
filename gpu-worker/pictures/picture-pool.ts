// A few picture threads behind one function, and one more that only waiting callers get, so that they never wait for bulk
// pictures. A thread holds one picture at a time, so that decoded pixels in memory are bounded by the number of threads;
// pictures waiting for a thread are dropped when their caller leaves.

import type { AppError } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import { openThread, type ThreadClient } from '../threads/thread-client.ts';
import type { PictureAnswer, PictureRequest } from './picture-thread.ts';
import type { PreparedViews, ViewPlan } from './prepare-views.ts';

export type Urgency = { readonly lane: 'interactive' | 'bulk'; readonly signal?: AbortSignal | undefined };

export type PicturePool = {
  /** Rejects with the signal's reason where the caller leaves first. */
  readonly prepare: (
    bytes: Uint8Array,
    plan: ViewPlan,
    urgency: Urgency,
  ) => Promise<Result<PreparedViews, AppError>>;
  readonly close: () => Promise<void>;
};

type Waiting = {
  readonly request: PictureRequest;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: PictureAnswer) => void;
  readonly reject: (reason: unknown) => void;
};

type PictureThread = ThreadClient<PictureRequest, PictureAnswer>;

/** `threadCount`: how many pictures of bulk work are prepared at once. */
export function openPicturePool(threadCount: number): PicturePool {
  const idle: PictureThread[] = Array.from({ length: threadCount + 1 }, () =>
    openThread(new URL('./picture-thread.ts', import.meta.url)),
  );
  const threads = [...idle];
  const waiting = { interactive: [] as Waiting[], bulk: [] as Waiting[] };

  /** The task to begin now, if there is one and a thread for it. */
  function next(): Waiting | undefined {
    if (idle.length === 0) return undefined;
    return waiting.interactive.shift() ?? (idle.length > 1 ? waiting.bulk.shift() : undefined);
  }

  function work(): void {
    for (let task = next(); task !== undefined; task = next()) {
      if (task.signal?.aborted) task.reject(task.signal.reason);
      else void run(task, idle.pop() as PictureThread);
    }
  }

  async function run({ request, resolve, reject }: Waiting, thread: PictureThread): Promise<void> {
    await thread.call(request).then(resolve, reject);
    idle.push(thread);
    work();
  }

  return {
    prepare(bytes, plan, { lane, signal }) {
      return new Promise((resolve, reject) => {
        waiting[lane].push({ request: { bytes, plan }, signal, resolve, reject });
        work();
      });
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
