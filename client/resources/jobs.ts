// /v1/jobs: look at one, follow it, wait for its end, cancel it.

import type { Job } from '#shared/contracts/job.ts';
import type { ReleaseWish } from '#shared/contracts/release.ts';
import { ClipIcmJobError } from '../errors.ts';
import { type FollowOptions, followJob } from '../follow-job.ts';
import { change, type Listing, listing, path, read } from '../resource.ts';
import type { CallOptions, Transport } from '../transport.ts';

export type WaitOptions = FollowOptions & { readonly onProgress?: (job: Job) => void };

export type Jobs = Listing<Job> & {
  get(job: string, call?: CallOptions): Promise<Job>;
  /** The job as it is and after every change, up to its end. Streamed; polled where a stream breaks or is refused. */
  events(job: string, options?: FollowOptions): AsyncGenerator<Job, void, undefined>;
  /** The job once it has succeeded; throws `ClipIcmJobError` once it has failed or was cancelled. */
  wait(job: string, options?: WaitOptions): Promise<Job>;
  cancel(job: string, call?: CallOptions): Promise<Job>;
  /** What becomes of the version that a fit, refit or extension makes, while it is at work. */
  setRelease(job: string, release: ReleaseWish, call?: CallOptions): Promise<Job>;
};

export function jobs(transport: Transport): Jobs {
  const events: Jobs['events'] = (job, options) => followJob(transport, job, options);
  return {
    ...listing<Job>(transport, '/v1/jobs'),
    get: (job, call) => read(transport, path`/v1/jobs/${job}`, call),
    events,
    wait: async (job, { onProgress, ...options } = {}) => {
      let last: Job | undefined;
      for await (const state of events(job, options)) {
        onProgress?.(state);
        last = state;
      }
      if (last?.status === 'succeeded') return last;
      throw last === undefined
        ? new Error('The job was followed without ever being seen.')
        : new ClipIcmJobError(last);
    },
    setRelease: (job, release, call) => change(transport, 'PATCH', path`/v1/jobs/${job}`, { release }, call),
    cancel: (job, call = {}) =>
      transport.json<Job>({
        ...call,
        method: 'POST',
        path: path`/v1/jobs/${job}/cancel`,
        // Cancelling what is cancelled changes nothing.
        repeatable: true,
      }),
  };
}
