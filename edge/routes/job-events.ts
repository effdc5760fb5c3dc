// A job's states as a stream of server-sent events, by looking at it now and then: a job changes at most a few times a
// second, and whoever follows it is one person. Ends with the job, or after some minutes so that no stream lives for ever.

import type { Job } from '#shared/contracts/job.ts';

const lookEveryMs = 500;
const heartbeatEveryMs = 10_000;
const maxStreamMs = 4 * 60_000;

const isOver = ({ status }: Job) => status === 'succeeded' || status === 'failed' || status === 'cancelled';

/** `mayGoOn` is asked before each look, and ends the stream; `revive` is called with each heartbeat: a job that makes no progress may have lost its run. */
export function jobEvents(
  first: Job,
  look: () => Promise<Job | undefined>,
  revive: () => Promise<void>,
  mayGoOn: () => Promise<boolean>,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const states = jobStates(first, look, revive, mayGoOn, signal);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await states.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await states.return(undefined);
    },
  });
}

async function* jobStates(
  first: Job,
  look: () => Promise<Job | undefined>,
  revive: () => Promise<void>,
  mayGoOn: () => Promise<boolean>,
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
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
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
