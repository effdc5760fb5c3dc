// How many bytes of bodies, or of files that are read whole, an isolate holds at once, and how many of them one caller may. What finds
// no room waits a little, without being read, and is then refused: memory is what all callers of an isolate share.
//
// What is held is let go of when its request ends. A request whose caller has gone may end without a word (the runtime drops
// it), so what has not been touched for a while counts as let go.

import { sleep } from '#shared/sleep.ts';

export type ByteBudget = {
  /** For one request. `owner`: the tenant, or what stands for it. */
  readonly open: (owner: string) => ByteAllowance;
};

export type ByteAllowance = {
  /** Takes so many more bytes if there is room now. */
  readonly tryTake: (bytes: number) => boolean;
  /** Waits for room for a moment. False: there was none. */
  readonly take: (bytes: number) => Promise<boolean>;
  readonly giveBack: (bytes: number) => void;
  /** Gives all back; whoever still waits for room, or asks for some, gets none. */
  readonly close: () => void;
};

type Options = {
  readonly maxBytes: number;
  /** The largest body that a route takes must fit into it. */
  readonly maxBytesOfOwner: number;
  readonly waitMs: number;
  readonly forgottenAfterMs: number;
  readonly now: () => number;
  readonly sleep: (durationMs: number) => Promise<void>;
};

type Lease = { readonly owner: string; bytes: number; touchedMs: number };

const lookEveryMs = 100;

export function createByteBudget(options: Options): ByteBudget {
  const leases = new Set<Lease>();
  let held = 0;

  const drop = (lease: Lease) => {
    if (leases.delete(lease)) held -= lease.bytes;
  };

  const forgetOld = () => {
    const beforeMs = options.now() - options.forgottenAfterMs;
    for (const lease of leases) if (lease.touchedMs < beforeMs) drop(lease);
  };

  const fits = (owner: string, bytes: number): boolean => {
    if (held + bytes > options.maxBytes) return false;
    let own = 0;
    for (const lease of leases) if (lease.owner === owner) own += lease.bytes;
    return own + bytes <= options.maxBytesOfOwner;
  };

  const hasRoom = (owner: string, bytes: number): boolean => {
    if (fits(owner, bytes)) return true;
    forgetOld();
    return fits(owner, bytes);
  };

  return {
    open: (owner) => {
      const lease: Lease = { owner, bytes: 0, touchedMs: options.now() };
      let isClosed = false;
      const tryTake = (bytes: number): boolean => {
        if (isClosed) return false;
        // Forgotten while it was still at work: what it holds counts anew.
        const again = leases.has(lease) ? 0 : lease.bytes;
        if (!hasRoom(owner, bytes + again)) return false;
        leases.add(lease);
        lease.bytes += bytes;
        lease.touchedMs = options.now();
        held += bytes + again;
        return true;
      };
      return {
        tryTake,
        take: async (bytes) => {
          for (let waitedMs = 0; !tryTake(bytes); waitedMs += lookEveryMs) {
            if (isClosed || waitedMs >= options.waitMs) return false;
            await options.sleep(lookEveryMs);
          }
          return true;
        },
        giveBack: (bytes) => {
          if (leases.has(lease)) held -= Math.min(bytes, lease.bytes);
          lease.bytes = Math.max(0, lease.bytes - bytes);
        },
        close: () => {
          isClosed = true;
          drop(lease);
          lease.bytes = 0;
        },
      };
    },
  };
}

/** Bodies of no more than this are held for nothing: a budget of large ones must not keep them out. */
export const freeBytes = 256 * 1024;

const mebibyte = 1024 * 1024;

/** What isolates are made with: an isolate has 128 MiB, and a body is there more than once while it is parsed. */
export const isolateBodies: Options = {
  maxBytes: 40 * mebibyte,
  maxBytesOfOwner: 32 * mebibyte,
  waitMs: 5_000,
  forgottenAfterMs: 60_000,
  now: () => Date.now(),
  sleep,
};
