// Asks a worker now and then how far a request to it is. Whatever goes wrong with that is nobody's concern: the number on a
// screen moves a little later. Behind a balancer the question may meet another worker, which knows nothing of it.

import { TaskProgress } from '#shared/contracts/worker.ts';
import { startDeadline } from './deadline.ts';

export type ProgressOptions = {
  readonly origin: string;
  /** The request's name, as its header `x-icm-task` has it. */
  readonly task: string;
  readonly fetch: typeof globalThis.fetch;
  readonly everyMs: number;
  /** Told of each new number; the next is asked for once it is done. */
  readonly tell: (pictures: number) => Promise<void>;
};

/** So often that a person sees it move, and seldom enough that it costs nothing beside the encoding. */
export const askEveryMs = 1000;
/** Of one call: the platform grants a run so many requests, and whoever waits this long looks less often. */
const maxAsks = 300;

export function watchProgress(options: ProgressOptions): { stop(): void } {
  const { everyMs, tell } = options;
  let [isAsking, isStopped, asks, last] = [false, false, 0, 0];
  const ask = async () => {
    if (isAsking) return;
    if (++asks >= maxAsks) clearInterval(timer);
    isAsking = true;
    const pictures = await askWorker(options);
    if (pictures > last && !isStopped) {
      last = pictures;
      await tell(pictures).catch(() => undefined);
    }
    isAsking = false;
  };
  const timer = setInterval(() => void ask(), everyMs);
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

/** 0 where it is not known. */
async function askWorker({ origin, task, fetch, everyMs }: ProgressOptions): Promise<number> {
  const deadline = startDeadline(everyMs);
  try {
    const response = await fetch(`${origin}/tasks/${task}`, { signal: deadline.signal });
    if (!response.ok) {
      await response.body?.cancel();
      return 0;
    }
    return TaskProgress.parse(await response.json()).pictures;
  } catch {
    return 0;
  } finally {
    deadline.clear();
  }
}
