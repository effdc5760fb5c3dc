// A job's states as a stream of server-sent events, by looking at it now and then: a job changes at most a few times a
// second, and whoever follows it is one person. Ends with the job, or after some minutes so that no stream lives for ever.

import type { Job } from '#shared/contracts/job.ts';
import { sleep } from '#shared/sleep.ts';

const lookEveryMs = 500;
const heartbeatEveryMs = 10_000;
const maxStreamMs = 4 * 60_000;

const isOver = ({ status }: Job) => status === 'succeeded' || status === 'failed' || status === 'cancelled';

export type Following = {
  readonly look: () => Promise<Job | undefined>;
  /** Called with each heartbeat: a job that makes no progress may have lost its run. */
  readonly revive: () => Promise<void>;
  /** Asked before each look; a no ends the stream. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Told however the stream ends, maybe more than once. */
  readonly onEnd: () => void;
};

export function jobEvents(first: Job, following: Following, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const states = jobStates(first, following, signal);
  const { onEnd } = following;
  signal.addEventListener('abort', onEnd, { once: true });
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await states.next();
        if (!done) return controller.enqueue(encoder.encode(value));
      } catch (thrown) {
        onEnd();
        throw thrown;
      }
      onEnd();
      controller.close();
    },
    async cancel() {
      onEnd();
      await states.return(undefined);
    },
  });
}

async function* jobStates(
  first: Job,
  { look, revive, mayGoOn }: Following,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield `retry: 1000\n\n${eventOf(first)}`;
  let [seen, silentMs] = [JSON.stringify(first), 0];
  let job: Job | undefined = first;
  for (
    let passedMs = 0;
    passedMs < maxStreamMs && job !== undefined && !isOver(job);
    passedMs += lookEveryMs
  ) {
    await sleep(lookEveryMs);
    if (signal.aborted || !(await mayGoOn())) return;
    job = await look();
    const state = JSON.stringify(job);
    silentMs = state === seen ? silentMs + lookEveryMs : 0;
    if (job !== undefined && silentMs === 0) yield eventOf(job);
    seen = state;
    if (silentMs > 0 && silentMs % heartbeatEveryMs === 0) {
      await revive();
      yield ': still there\n\n';
    }
  }
}

function eventOf(job: Job): string {
  return `event: job\ndata: ${JSON.stringify(job)}\n\n`;
}
