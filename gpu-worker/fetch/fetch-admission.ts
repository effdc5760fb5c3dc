// The room for fetches, apart from the encoder's: a hanging address holds up nobody who sent pictures. Of it a tenant holds a part at
// most; its further fetches wait in turn, so that whoever comes next finds room.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Party } from '../fairness/fair-queue.ts';

export type FetchPlace = { readonly release: () => void };

export type FetchAdmission = {
  /** Resolves when it may begin; rejects with the signal's reason where the caller leaves first. */
  readonly enter: (
    party: Party,
    signal: AbortSignal | undefined,
  ) => Promise<Result<FetchPlace, AppError<'worker-overloaded'>>>;
  readonly depth: () => number;
};

export type FetchRoom = {
  /** Under way at once. */
  readonly limit: number;
  /** Of one tenant under way at once. */
  readonly perParty: number;
  /** Of one tenant waiting; beyond it they are refused. */
  readonly maxWaiting: number;
};

type Waiting = { readonly begin: () => void };

export function createFetchAdmission({ limit, perParty, maxWaiting }: FetchRoom): FetchAdmission {
  const underWay = new Map<string, number>();
  /** By tenant, in the order in which they are served next. */
  const waiting = new Map<string, Set<Waiting>>();
  let total = 0;

  const mayBegin = (tag: string) => total < limit && (underWay.get(tag) ?? 0) < perParty;

  function begin(tag: string): FetchPlace {
    total++;
    underWay.set(tag, (underWay.get(tag) ?? 0) + 1);
    let isHeld = true;
    return {
      release() {
        if (!isHeld) return;
        isHeld = false;
        total--;
        const left = (underWay.get(tag) ?? 1) - 1;
        if (left > 0) underWay.set(tag, left);
        else underWay.delete(tag);
        serve();
      },
    };
  }

  /** One of each tenant in turn: whoever was served goes to the end. */
  function serve(): void {
    for (const [tag, line] of waiting) {
      const [next] = line;
      if (next === undefined || !mayBegin(tag)) continue;
      line.delete(next);
      waiting.delete(tag);
      if (line.size > 0) waiting.set(tag, line);
      next.begin();
      return;
    }
  }

  function wait(tag: string, signal: AbortSignal | undefined): Promise<FetchPlace> {
    const line = waiting.get(tag) ?? new Set();
    waiting.set(tag, line);
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.delete(entry);
        if (line.size === 0) waiting.delete(tag);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        begin() {
          signal?.removeEventListener('abort', leave);
          resolve(begin(tag));
        },
      };
      line.add(entry);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    async enter({ tag }, signal) {
      signal?.throwIfAborted();
      if (mayBegin(tag)) return ok(begin(tag));
      if ((waiting.get(tag)?.size ?? 0) >= maxWaiting) {
        const detail = 'Too many addresses of this tenant wait to be fetched.';
        return err(appError('worker-overloaded', detail, { retryAfterSeconds: 5 }));
      }
      return ok(await wait(tag, signal));
    },
    depth: () => total,
  };
}
