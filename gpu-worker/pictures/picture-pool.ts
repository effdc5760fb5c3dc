// Picture threads behind one function: a few in the background; one in front that only waiting callers get, so that they never
// wait for bulk pictures, neither in the queue nor for a processor; and one for large pictures, so that nobody waits for those
// who sent none. A thread holds one picture at a time, so that decoded pixels in memory are bounded by the number of threads, and
// large ones by one. Who waits is served in turn over the tenants, waiting callers first; while callers are about, one thread in the
// background stays idle, so that what they need next finds a processor. Pictures waiting for a thread are dropped when their
// caller leaves, and a picture that takes too long ends together with its thread.

import type { AppError } from '#shared/app-error.ts';
import { type Callers, createCallers } from '#shared/callers.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import { err, type Result } from '#shared/result.ts';
import { createFairQueue, type FairQueue, nobody, type Party } from '../fairness/fair-queue.ts';
import { openThread, type ThreadClient } from '../threads/thread-client.ts';
import { tooSlow } from './decode.ts';
import type { PictureAnswer, PictureRequest } from './picture-thread.ts';
import type { PreparedViews, ViewPlan } from './prepare-views.ts';

export type Urgency = {
  readonly lane: 'interactive' | 'bulk';
  readonly party?: Party | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told where a picture turns out to be large, and will take long. */
  readonly onLarge?: (() => void) | undefined;
  /** The bytes are nobody else's, and all of their memory: it goes over to the thread. Default: they are copied. */
  readonly ownsBytes?: boolean | undefined;
};

export type PicturePool = {
  /** Rejects with the signal's reason where the caller leaves first. */
  readonly prepare: (
    bytes: Uint8Array,
    plan: ViewPlan,
    urgency: Urgency,
  ) => Promise<Result<PreparedViews, AppError<PictureFailureCode>>>;
  readonly close: () => Promise<void>;
};

type Waiting = Required<Pick<Urgency, 'lane'>> & {
  readonly request: PictureRequest;
  readonly party: Party;
  readonly signal: AbortSignal | undefined;
  readonly onLarge: (() => void) | undefined;
  /** Known once a thread has looked at it and found it large. */
  readonly estimateMs?: number;
  readonly resolve: (answer: Result<PreparedViews, AppError<PictureFailureCode>>) => void;
  readonly reject: (reason: unknown) => void;
};

export type PictureThread = ThreadClient<PictureRequest, PictureAnswer>;

export type PicturePoolOptions = {
  readonly callers?: Callers;
  readonly open?: (inBackground: boolean) => PictureThread;
  /** Of this process so far. */
  readonly cpuMs?: () => number;
};

/** Pictures that will take longer by estimate have a thread of their own. */
const largeFromMs = 250;
/**
 * Who gives way to others takes a multiple of its own time on a busy machine: threads in the background, and the whole process where
 * others have the processors. That is no fault of a picture.
 */
const patience = 6;

/** `threadCount`: how many pictures of bulk work are prepared at once. `timeoutMs` of `ViewPlan.limits` is the time for one. */
export function openPicturePool(
  threadCount: number,
  { callers = createCallers(), open = openPictureThread, cpuMs = processCpuMs }: PicturePoolOptions = {},
): PicturePool {
  const background = Array.from({ length: threadCount }, () => open(true));
  const front = open(false);
  const large = open(true);
  const threads = [front, ...background, large];
  const idle = new Set(threads);
  let bulkUnderWay = 0;
  const waiting = { interactive: createFairQueue<Waiting>(), bulk: createFairQueue<Waiting>() };
  const costOf = ({ estimateMs = largeFromMs }: Waiting) => estimateMs;
  const largeWaiting = {
    interactive: createFairQueue<Waiting>(costOf),
    bulk: createFairQueue<Waiting>(costOf),
  };

  /** The next task that somebody still waits for. */
  function take(queue: FairQueue<Waiting>): Waiting | undefined {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      if (!task.signal?.aborted) return task;
      task.reject(task.signal.reason);
    }
    return undefined;
  }

  /** A task and a thread for it now, callers first. */
  function next(): { readonly task: Waiting; readonly thread: PictureThread } | undefined {
    const inBackground = background.find((thread) => idle.has(thread));
    const forCallers = idle.has(front) ? front : inBackground;
    const caller = forCallers && take(waiting.interactive);
    if (caller !== undefined && forCallers !== undefined) return { task: caller, thread: forCallers };
    const patient = inBackground && hasBulkRoom() ? take(waiting.bulk) : undefined;
    if (patient !== undefined && inBackground !== undefined) return { task: patient, thread: inBackground };
    const big = idle.has(large) ? (take(largeWaiting.interactive) ?? take(largeWaiting.bulk)) : undefined;
    return big && { task: big, thread: large };
  }

  /** One is always under way where there are some, whose end is when this is asked again. */
  function hasBulkRoom(): boolean {
    return bulkUnderWay < (callers.areAbout() ? Math.max(1, threadCount - 1) : threadCount);
  }

  function work(): void {
    for (let found = next(); found !== undefined; found = next()) void run(found.task, found.thread);
  }

  async function run(task: Waiting, thread: PictureThread): Promise<void> {
    idle.delete(thread);
    const isCounted = task.lane === 'bulk' && thread !== large;
    if (isCounted) bulkUnderWay += 1;
    const { bytes, plan, ownsBytes } = task.request;
    const request = {
      ...task.request,
      plan: thread === large ? plan : { ...plan, maxEstimateMs: largeFromMs },
    };
    const transfer = ownsBytes ? [bytes.buffer as ArrayBuffer] : [];
    const { timeoutMs } = plan.limits;
    const mostMs = patience * timeoutMs;
    const leastMs = thread === front ? timeoutMs : mostMs;
    try {
      const answer = await answerWithin({ leastMs, mostMs, cpuMs }, thread.call(request, transfer));
      if (answer === undefined) {
        task.resolve(err(tooSlow(leastMs)));
        // Where libvips does not end what it does either, the thread is not missed before it has.
        await thread.interrupt();
      } else if ('ok' in answer) task.resolve(answer);
      else {
        const { bytes: returned = bytes, estimateMs } = answer;
        const again = { ...task, request: { ...task.request, bytes: returned }, estimateMs };
        largeWaiting[task.lane].push(again, task.party);
        task.onLarge?.();
      }
    } catch (error) {
      task.reject(error);
    }
    if (isCounted) bulkUnderWay -= 1;
    idle.add(thread);
    work();
  }

  return {
    prepare(bytes, plan, { lane, party = nobody, signal, onLarge, ownsBytes = false }) {
      return new Promise((resolve, reject) => {
        if (lane === 'interactive') callers.come();
        const task = { request: { bytes, plan, ownsBytes }, lane, party, signal, onLarge, resolve, reject };
        waiting[lane].push(task, party);
        work();
      });
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

function openPictureThread(inBackground: boolean): PictureThread {
  return openThread(new URL('./picture-thread.ts', import.meta.url), { inBackground });
}

type TimeLimit = {
  readonly leastMs: number;
  /** Where this process was given less than half of a processor meanwhile. */
  readonly mostMs: number;
  readonly cpuMs: () => number;
};

/** `undefined` where the time is over first. */
function answerWithin<T>({ leastMs, mostMs, cpuMs }: TimeLimit, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cpuBeforeMs = cpuMs();
    let waitedMs = leastMs;
    let timer = setTimeout(look, leastMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));

    function look(): void {
      const hadItsTime = cpuMs() - cpuBeforeMs >= leastMs / 2;
      if (hadItsTime || waitedMs >= mostMs) resolve(undefined);
      else {
        waitedMs += leastMs;
        timer = setTimeout(look, leastMs);
      }
    }
  });
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
