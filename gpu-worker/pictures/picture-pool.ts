// A few picture threads in the background behind one function, and one more in front that only waiting callers get, so that
// they never wait for bulk pictures, neither in the queue nor for a processor. A thread holds one picture at a time, so that
// decoded pixels in memory are bounded by the number of threads; pictures waiting for a thread are dropped when their
// caller leaves.

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
  const open = (inBackground: boolean): PictureThread =>
    openThread(new URL('./picture-thread.ts', import.meta.url), { inBackground });
  const background = Array.from({ length: threadCount }, () => open(true));
  const front = open(false);
  const threads = [front, ...background];
  const idle = new Set(threads);
  const waiting = { interactive: [] as Waiting[], bulk: [] as Waiting[] };

  /** The lane with a task and a thread for it now, callers first. */
  function next(): { readonly task: Waiting; readonly thread: PictureThread } | undefined {
    const inBackground = background.find((thread) => idle.has(thread));
    const forCallers = idle.has(front) ? front : inBackground;
    const [lane, thread] =
      waiting.interactive.length > 0
        ? (['interactive', forCallers] as const)
        : (['bulk', inBackground] as const);
    const task = thread && waiting[lane].shift();
    return task && { task, thread };
  }

  function work(): void {
    for (let found = next(); found !== undefined; found = next()) {
      const { task, thread } = found;
      if (task.signal?.aborted) task.reject(task.signal.reason);
      else void run(task, thread);
    }
  }

  async function run({ request, resolve, reject }: Waiting, thread: PictureThread): Promise<void> {
    idle.delete(thread);
    await thread.call(request).then(resolve, reject);
    idle.add(thread);
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
