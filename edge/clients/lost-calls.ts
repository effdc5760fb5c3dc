// Calls of pictures that ended with the worker that had them. Native code decodes a caller's bytes, and bytes that end one worker would
// end the next: so such a call is never given to the last worker that is left, nor is one of its pictures that is sent again. It waits
// for the worker that it broke to be back and is tried there once more, alone. A picture that ends a worker that had just been seen ready,
// twice, is remembered for a while, and refused; a worker that is simply not there is no fault of any picture.

import type { AppError } from '#shared/app-error.ts';
import { appError } from '#shared/app-error.ts';
import type { Lane } from '#shared/contracts/worker.ts';
import { createLru } from '#shared/lru.ts';
import { sleep } from '#shared/sleep.ts';
import type { Endpoint, EndpointPool } from './endpoint-pool.ts';
import type { Leave, Turns } from './turns.ts';
import type { CallContext, WorkerCall } from './worker-call.ts';

type Risky = Pick<WorkerCall<unknown>, 'decodes' | 'contentSha256'>;

export type LostCalls = {
  /** Whether this very call has ended a worker of late that was ready when it came. */
  readonly isRefused: (call: Risky, context: CallContext, nowMs: number) => boolean;
  /** Whether this picture did so by itself. */
  readonly endsWorkers: (pictureSha256: string, context: CallContext) => boolean;
  /** Where one of its pictures was lost, of which nothing is known since. */
  readonly suspectedAt: (call: Risky, context: CallContext, nowMs: number) => Endpoint | undefined;
  /** Whether the endpoint is there to be lost: asked where it was gone when last seen, so that its absence is held against no picture. */
  readonly isThere: (endpoint: Endpoint) => Promise<boolean>;
  /** Where a lost call may go next, seen ready just now, and what to do once it is over there. Nowhere: nobody came back. */
  readonly next: (
    context: CallContext,
    lostAt: Endpoint,
    how: { readonly isAskedAgain: boolean },
  ) => Promise<{ readonly endpoint: Endpoint; readonly leave: Leave } | undefined>;
  /** Notes another loss after so many; how many are now held against it, and whether that is one too many. */
  readonly lost: (
    call: Risky,
    context: CallContext,
    loss: { readonly endpoint: Endpoint; readonly losses: number },
  ) => { readonly losses: number; readonly isLast: boolean };
  /** Its pictures ended nothing after all. */
  readonly cleared: (call: Risky, context: CallContext) => void;
};

export type LostCallsOptions = {
  readonly pool: Pick<EndpointPool, 'usable'>;
  readonly turns: Turns;
  readonly isReady: (origin: string) => Promise<boolean>;
  readonly now: () => number;
  /** How long a call waits for its worker to be back. */
  readonly waitMs?: Record<Lane, number>;
};

export const endsWorkers: AppError<'invalid-request'> = appError(
  'invalid-request',
  'The encoder ended twice while it worked on this. It is not tried again for ten minutes.',
);

const rememberedMs = 10 * 60_000;
const maxRemembered = 1000;
/** Longer than a worker takes to load its model. */
const suspectedMs = 60_000;
const maxSuspected = 20_000;
const patienceMs = { interactive: 15_000, bulk: 20_000 } as const;
/** Whoever was told that nobody came back, and asks again, is told so sooner. */
const askedAgainMs = 5_000;
const lookEveryMs = 100;
/** Losses that are borne. Of bulk work one more: its calls are long, and whoever runs the workers may have ended them. */
const maxLosses = { interactive: 2, bulk: 3 } as const;

export function createLostCalls({
  pool,
  turns,
  isReady,
  now,
  waitMs = patienceMs,
}: LostCallsOptions): LostCalls {
  const ended = createLru<true>({ maxWeight: maxRemembered, ttlMs: rememberedMs });
  const suspects = createLru<Endpoint>({ maxWeight: maxSuspected, ttlMs: suspectedMs });
  // Of this tenant: what it did is not held against another who sends the same.
  const nameOf = (sha256: string, { tenant }: CallContext) => `${tenant?.id ?? ''} ${sha256}`;
  /** Where a part of a job is tried that was lost: what is lost beside it is not held against another. */
  const triedUntilMs = new Map<Endpoint, number>();
  /** Nearly always none are, and then no call is looked at. */
  let suspectedUntilMs = 0;

  const isBack = async (endpoint: Endpoint, signal: AbortSignal | undefined, untilMs: number) => {
    for (;;) {
      if (await isReady(endpoint.origin)) {
        endpoint.reachable = true;
        return true;
      }
      if (now() >= untilMs || signal?.aborted) return false;
      await sleep(lookEveryMs);
    }
  };

  /** A place in a line of one, held until the worker is back: what was at work beside the one that did it is not to be taken for it. */
  const turnIn = async (line: string, endpoint: Endpoint, { signal }: CallContext, untilMs: number) => {
    const limits = { atOnce: 1, maxWaiting: 64, waitMs: Math.max(0, untilMs - now()) };
    const leave = await turns.enter(`${line} ${endpoint.origin}`, limits);
    if (leave === undefined || (await isBack(endpoint, signal, untilMs))) return leave;
    leave();
    return undefined;
  };

  /** Who waits for an answer goes first, and for no part of a job: that may take minutes. */
  const turnAt = async (
    endpoint: Endpoint,
    context: CallContext,
    untilMs: number,
  ): Promise<Leave | undefined> => {
    const first = await turnIn('interactive', endpoint, context, untilMs);
    if (context.lane === 'interactive' || first === undefined) return first;
    first();
    const leave = await turnIn('bulk', endpoint, context, untilMs);
    if (leave === undefined) return undefined;
    triedUntilMs.set(endpoint, now() + suspectedMs);
    return () => {
      triedUntilMs.delete(endpoint);
      leave();
    };
  };

  return {
    isRefused: ({ decodes, contentSha256 }, context, nowMs) =>
      decodes !== undefined && ended.get(nameOf(contentSha256, context), nowMs) === true,
    endsWorkers: (sha256, context) => ended.get(nameOf(sha256, context), now()) === true,
    suspectedAt({ decodes = [] }, context, nowMs) {
      if (nowMs >= suspectedUntilMs) return undefined;
      for (const sha256 of decodes) {
        const endpoint = suspects.get(nameOf(sha256, context), nowMs);
        if (endpoint !== undefined) return endpoint;
      }
      return undefined;
    },
    async isThere(endpoint) {
      if (!endpoint.reachable) endpoint.reachable = await isReady(endpoint.origin);
      return endpoint.reachable;
    },
    next: async (context, lostAt, { isAskedAgain }) => {
      const others = pool.usable(now()).filter((endpoint) => endpoint !== lostAt);
      const [first] = others;
      if (first !== undefined && others.length > 1 && (await isReady(first.origin))) {
        return { endpoint: first, leave: () => undefined };
      }
      const patience = waitMs[context.lane];
      const isShort = isAskedAgain && context.lane === 'interactive';
      const untilMs = now() + (isShort ? Math.min(patience, askedAgainMs) : patience);
      const leave = await turnAt(lostAt, context, untilMs);
      if (leave === undefined) lostAt.reachable = false;
      return leave && { endpoint: lostAt, leave };
    },
    lost({ decodes = [], contentSha256 }, context, { endpoint, losses }) {
      const nowMs = now();
      // Nobody else is sent to it before it is back.
      endpoint.reachable = false;
      suspectedUntilMs = nowMs + suspectedMs;
      for (const sha256 of decodes) suspects.set(nameOf(sha256, context), endpoint, 1, nowMs);
      const isBesideTrial = context.lane === 'interactive' && nowMs < (triedUntilMs.get(endpoint) ?? 0);
      if (isBesideTrial && losses > 0) return { losses, isLast: false };
      if (losses + 1 < maxLosses[context.lane]) return { losses: losses + 1, isLast: false };
      const [alone, ...others] = decodes;
      if (alone !== undefined && others.length === 0) ended.set(nameOf(alone, context), true, 1, nowMs);
      // The parts of a job are tried again until there are workers that last.
      if (context.lane === 'interactive') ended.set(nameOf(contentSha256, context), true, 1, nowMs);
      return { losses: losses + 1, isLast: true };
    },
    cleared({ decodes = [] }, context) {
      for (const sha256 of decodes) suspects.delete(nameOf(sha256, context));
    },
  };
}
