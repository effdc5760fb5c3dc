// Pictures of a busy tenant that its counters have granted and nobody has used yet: an isolate that asks for one of them every few
// milliseconds takes some more each time, and gives back what is left a moment later. No plan is passed by it, since what is held
// has been counted; an isolate that dies costs the tenant what it held.

import { createLru } from '#shared/lru.ts';
import type { QuotaAmounts } from './quota-types.ts';

export type QuotaLeases = {
  /** Whether this was held, and is taken of it. */
  readonly take: (tenantId: string, day: string, amounts: QuotaAmounts) => boolean;
  /** How many pictures to ask for beyond one that is asked for now. */
  readonly extraFor: (tenantId: string, amounts: QuotaAmounts, nowMs: number) => number;
  readonly hold: (tenantId: string, day: string, pictures: number) => void;
  /** What was held until now. */
  readonly giveBack: (tenantId: string) => { readonly day: string; readonly pictures: number } | undefined;
};

/** Of one tenant, in one isolate. */
export const leasedPictures = 15;
/** Who asked so lately is busy. */
const busyWithinMs = 250;
const maxTenants = 10_000;

export function createQuotaLeases(): QuotaLeases {
  const held = createLru<{ readonly day: string; pictures: number }>({ maxWeight: maxTenants });
  const askedAtMs = createLru<number>({ maxWeight: maxTenants });
  return {
    take: (tenantId, day, amounts) => {
      const lease = held.get(tenantId);
      if (lease?.day !== day || lease.pictures === 0 || !isOnePicture(amounts)) return false;
      lease.pictures -= 1;
      return true;
    },
    extraFor: (tenantId, amounts, nowMs) => {
      if (!isOnePicture(amounts)) return 0;
      const lastMs = askedAtMs.get(tenantId) ?? Number.NEGATIVE_INFINITY;
      askedAtMs.set(tenantId, nowMs);
      return nowMs - lastMs < busyWithinMs ? leasedPictures : 0;
    },
    hold: (tenantId, day, pictures) => {
      const lease = held.get(tenantId);
      // What was held of a day before goes with it: it is over.
      if (lease?.day === day) lease.pictures += pictures;
      else held.set(tenantId, { day, pictures });
    },
    giveBack: (tenantId) => {
      const lease = held.get(tenantId);
      held.delete(tenantId);
      return lease === undefined || lease.pictures === 0 ? undefined : lease;
    },
  };
}

/** A request with one picture, whose pixels are told later. */
function isOnePicture({ pictures, pixels, ...others }: QuotaAmounts): boolean {
  return pictures === 1 && pixels === 0 && Object.keys(others).length === 0;
}
