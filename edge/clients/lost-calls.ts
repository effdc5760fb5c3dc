// Calls of pictures that ended with the worker that had them. Native code decodes a caller's bytes, and bytes that end one worker would
// end the next: so such a call is never given to the last worker that is left. It waits for the one that it broke to come back and is
// tried there once more, alone. What is lost by a worker that had just been seen alive is remembered for a while, and refused; a
// worker that is simply not there is no fault of any picture.

import type { AppError } from '#shared/app-error.ts';
import { appError } from '#shared/app-error.ts';
import { createLru } from '#shared/lru.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';
import type { Leave, Turns } from './turns.ts';
import type { CallContext, WorkerCall } from './worker-call.ts';

type Risky = Pick<WorkerCall<unknown>, 'isRisky' | 'contentSha256'>;

export type LostCalls = {
  /** Whether this has ended a worker of late that was alive when it came. */
  readonly isRefused: (call: Risky, context: CallContext, nowMs: number) => boolean;
  /** Whether the endpoint is there to be lost: asked where it was gone when last seen, so that its absence is held against no picture. */
  readonly isThere: (endpoint: Endpoint) => Promise<boolean>;
  /** Where a lost call may go next, seen alive just now, and what to do once it is over there. Nowhere: nobody came back. */
  readonly next: (
    context: CallContext,
    lostAt: Endpoint,
  ) => Promise<{ readonly endpoint: Endpoint; readonly leave: Leave } | undefined>;
  /** Notes a loss where `next` had sent the call. */
  readonly lostAgain: (call: Risky, context: CallContext) => void;
};

export type LostCallsOptions = {
  readonly pool: Pick<EndpointPool, 'usable'>;
  readonly turns: Turns;
  readonly isAlive: (origin: string) => Promise<boolean>;
  readonly now: () => number;
};

export const endsWorkers: AppError<'invalid-request'> = appError(
  'invalid-request',
  'The encoder ended twice while it worked on this. It is not tried again for ten minutes.',
);

const rememberedMs = 10 * 60_000;
const maxRemembered = 1000;
/** How long a call waits for its worker to be back. */
const waitMs = { interactive: 5_000, bulk: 20_000 } as const;
const lookEveryMs = 100;

export function createLostCalls({ pool, turns, isAlive, now }: LostCallsOptions): LostCalls {
  const ended = createLru<true>({ maxWeight: maxRemembered, ttlMs: rememberedMs });
  // Of this tenant: what it did is not held against another who sends the same.
  const nameOf = (call: Risky, { tenant }: CallContext) => `${tenant?.id ?? ''} ${call.contentSha256}`;

  const isBack = async (endpoint: Endpoint, { lane, signal }: CallContext): Promise<boolean> => {
    const untilMs = now() + waitMs[lane];
    for (;;) {
      if (await isAlive(endpoint.origin)) return true;
      if (now() >= untilMs || signal?.aborted) return false;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  };

  return {
    isRefused: (call, context, nowMs) =>
      call.isRisky === true && ended.get(nameOf(call, context), nowMs) === true,
    async isThere(endpoint) {
      if (!endpoint.reachable) endpoint.reachable = await isAlive(endpoint.origin);
      return endpoint.reachable;
    },
    next: async (context, lostAt) => {
      const others = pool.usable(now()).filter((endpoint) => endpoint !== lostAt);
      const [first] = others;
      if (first !== undefined && others.length > 1 && (await isAlive(first.origin))) {
        return { endpoint: first, leave: () => undefined };
      }
      if (!(await isBack(lostAt, context))) {
        lostAt.reachable = false;
        return undefined;
      }
      // One after the other: what was at work beside the one that did it is not to be taken for it.
      const line = { atOnce: 1, maxWaiting: 64, waitMs: waitMs[context.lane] };
      const leave = await turns.enter(`lost ${lostAt.origin}`, line);
      return leave && { endpoint: lostAt, leave };
    },
    lostAgain: (call, context) => {
      // Bulk work has a plan of its own for what fails again and again, and its workers may be ended by whoever runs them.
      if (context.lane === 'interactive') ended.set(nameOf(call, context), true, 1, now());
    },
  };
}
