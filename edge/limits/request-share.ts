// What one request may take of its isolate: bytes of bodies (body-budget.ts), and a place among the requests of its tenant that are
// at work at once (turns.ts). A place is asked for once the body has been read, so that a slow connection holds none, and before
// anything is parsed, looked up or asked of a worker.
//
// A tenant that is alone in the isolate may have nearly any number at work; it is while others are there too that its further
// requests wait in line, the large ones in a line of their own.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { type BodyAllowance, type BodyBudget, createBodyBudget, isolateBodies } from './body-budget.ts';
import type { Leave, Turns } from './turns.ts';

export type RequestShare = BodyAllowance & {
  /** Before work on a body of so many bytes; may be asked again. The refusal: too many of this tenant wait. */
  readonly enter: (bodyBytes: number) => Promise<AppError<'busy'> | undefined> | undefined;
};

export type ShareTenant = { readonly id: string; readonly limits: Pick<PlanLimits, 'weight'> };

export type RequestShares = {
  /** `signal` aborts where the caller leaves. */
  readonly ofTenant: (tenant: ShareTenant, signal: () => AbortSignal) => RequestShare;
  /** Of nobody or the operator: nothing waits. */
  readonly ofOther: (owner: string) => RequestShare;
};

type Options = {
  readonly bodies: BodyBudget;
  readonly turns: Turns;
  readonly now: () => number;
};

/** From so many bytes of body on a request is large: many pictures, or one of many megapixels. */
const largeBytes = 64 * 1024;
/** At work at once for a tenant of weight 1 while others are served too, and for one that is alone. */
export const atWork = { shared: { small: 6, large: 2 }, alone: { small: 256, large: 32 } } as const;
/** Of one tenant, of each kind. A client library opens fewer connections. */
const maxWaiting = 256;
const waitMs = 10_000;
/** So long after its last request a tenant counts as being served. */
const presentMs = 2_000;

const tooMany = appError(
  'busy',
  'Too many requests of this tenant are under way. Send fewer at once, or this one again in a moment.',
  { retryAfterSeconds: 2 },
);

export function createRequestShares({ bodies, turns, now }: Options): RequestShares {
  // Who came last, and who came last before them.
  let latest = { id: '', atMs: Number.NEGATIVE_INFINITY };
  let other = latest;

  const isAlone = (id: string): boolean => {
    const nowMs = now();
    if (latest.id === id) latest.atMs = nowMs;
    else {
      other = latest;
      latest = { id, atMs: nowMs };
    }
    return nowMs - other.atMs > presentMs;
  };

  return {
    ofOther: (owner) => ({ ...bodies.open(owner), enter: () => undefined }),
    ofTenant: ({ id, limits }, signal) => {
      const allowance = bodies.open(id);
      let leave: Leave | undefined;

      const enter = (bodyBytes: number): Promise<AppError<'busy'> | undefined> | undefined => {
        if (leave !== undefined) return undefined;
        const size = bodyBytes < largeBytes ? 'small' : 'large';
        const atOnce = isAlone(id)
          ? atWork.alone[size]
          : Math.min(atWork.shared[size] * limits.weight, atWork.alone[size]);
        const entered = turns.enter(`${size} ${id}`, { atOnce, maxWaiting, waitMs }, signal);
        if (typeof entered !== 'function') return waitFor(entered);
        leave = entered;
        return undefined;
      };
      const waitFor = async (entered: Promise<Leave | undefined> | undefined) => {
        leave = await entered;
        return leave === undefined ? tooMany : undefined;
      };

      return {
        ...allowance,
        enter,
        close: () => {
          allowance.close();
          leave?.();
        },
      };
    },
  };
}

/** What isolates are made with. */
export function isolateShares(turns: Turns): RequestShares {
  return createRequestShares({ bodies: createBodyBudget(isolateBodies), turns, now: () => Date.now() });
}
