// A few picture threads behind one function. A thread holds one picture at a time, so that decoded pixels in memory are
// bounded by the number of threads; pictures waiting for a thread are dropped when their caller leaves.

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
  readonly resolve: (answer: PictureAnswer | Promise<PictureAnswer>) => void;
  readonly reject: (reason: unknown) => void;
};

export function openPicturePool(threadCount: number): PicturePool {
  const idle: ThreadClient<PictureRequest, PictureAnswer>[] = Array.from({ length: threadCount }, () =>
    openThread(new URL('./picture-thread.ts', import.meta.url)),
  );
  const threads = [...idle];
  const waiting = { interactive: [] as Waiting[], bulk: [] as Waiting[] };

  function next(): Waiting | undefined {
    return waiting.interactive.shift() ?? waiting.bulk.shift();
  }

  async function work(): Promise<void> {
    const thread = idle.pop();
    if (thread === undefined) return;
    for (let task = next(); task !== undefined; task = next()) {
      if (task.signal?.aborted) {
        task.reject(task.signal.reason);
        continue;
      }
      const answer = thread.call(task.request);
      task.resolve(answer);
      await answer.catch(() => undefined);
    }
    idle.push(thread);
  }

  return {
    prepare(bytes, plan, { lane, signal }) {
      return new Promise((resolve, reject) => {
        waiting[lane].push({ request: { bytes, plan }, signal, resolve, reject });
        void work();
      });
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
