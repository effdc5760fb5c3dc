// Follows a job to its end: by its event stream while that works, by looking at it now and then where it does not.

import type { Job } from '#shared/contracts/job.ts';
import { path, read } from './resource.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import type { CallOptions, Transport } from './transport.ts';

export type FollowOptions = CallOptions & {
  /** Between two looks where events cannot be streamed; default 1 s. */
  readonly pollIntervalMs?: number;
};

/** Streams that end early are opened again; after this many failures in a row, only polling is left. */
const maxStreamFailures = 3;

/** A connection that has died without a word looks like this; the service sends heartbeats more often. */
const maxSilenceMs = 60_000;

const endStatuses: ReadonlySet<Job['status']> = new Set(['succeeded', 'failed', 'cancelled']);

/** Every state of the job that differs from the one before, the last of them a final one. */
export async function* followJob(
  transport: Transport,
  id: string,
  options: FollowOptions = {},
): AsyncGenerator<Job, void, undefined> {
  let seen = '';
  for await (const job of jobStates(transport, id, options)) {
    const state = JSON.stringify(job);
    if (state === seen) continue;
    seen = state;
    yield job;
    if (endStatuses.has(job.status)) return;
  }
}

/** States for as long as somebody asks for more; equal ones may follow each other. */
async function* jobStates(
  transport: Transport,
  id: string,
  { pollIntervalMs = 1000, ...call }: FollowOptions,
): AsyncGenerator<Job, never, undefined> {
  for (let failures = 0; ; ) {
    if (failures < maxStreamFailures) {
      failures += 1;
      for await (const job of streamJob(transport, id, call)) {
        failures = 0;
        yield job;
      }
    }
    yield await read<Job>(transport, path`/v1/jobs/${id}`, call);
    await transport.sleep(pollIntervalMs, call.signal);
  }
}

/** The states one event stream carries; ends where it ends or breaks, and is empty where none is offered. */
async function* streamJob(
  transport: Transport,
  id: string,
  call: Omit<FollowOptions, 'pollIntervalMs'>,
): AsyncGenerator<Job, void, undefined> {
  try {
    const response = await transport.send({
      ...call,
      method: 'GET',
      path: path`/v1/jobs/${id}/events`,
      headers: { accept: 'text/event-stream' },
      repeatable: false,
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!isStream || response.body === null) return;
    for await (const { data } of readServerSentEvents(response.body, maxSilenceMs)) {
      const job = parseJob(data);
      if (job !== undefined) yield job;
    }
  } catch {
    // Whatever went wrong here, the look at the job that follows will tell; only the caller's own wish to stop counts.
    call.signal?.throwIfAborted();
  }
}

/** Messages that are no job (a greeting, a heartbeat) are passed over. */
function parseJob(data: string): Job | undefined {
  try {
    const value: unknown = JSON.parse(data);
    const isJob = typeof value === 'object' && value !== null && 'id' in value && 'status' in value;
    return isJob ? (value as Job) : undefined;
  } catch {
    return undefined;
  }
}
