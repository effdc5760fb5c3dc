// What turned out to have been used, on its way into a tenant's counters: with the next question about the same tenant, which goes
// there anyway, or by itself a moment later. So a picture costs one write of its counters and not two, and none that anybody waits
// for. An isolate that dies takes that moment with it, as it did while an entry was on its way.

import { quotaNames } from '#shared/contracts/names.ts';
import { sleep } from '#shared/sleep.ts';
import type { QuotaLeases } from './quota-leases.ts';
import type { QuotaAmounts, QuotaCounters } from './quota-types.ts';

export type QuotaEntries = {
  /** `later` gets the entry that is still to be made; without it the entry is made at once. */
  readonly add: (
    tenantId: string,
    day: string,
    amounts: QuotaAmounts,
    later: ((work: Promise<unknown>) => void) | undefined,
  ) => Promise<void>;
  /** What is to be entered on this day, for whoever goes there now; `undefined` where there is nothing. */
  readonly take: (tenantId: string, day: string) => QuotaAmounts | undefined;
  /** What was taken and has not arrived. */
  readonly putBack: (tenantId: string, day: string, amounts: QuotaAmounts | undefined) => void;
  /** All of this tenant that is to be entered, now. */
  readonly flush: (tenantId: string) => Promise<void>;
  /** A flush in a moment, unless there is to be one. */
  readonly schedule: (tenantId: string, later: (work: Promise<unknown>) => void) => void;
  readonly forget: (tenantId: string) => void;
};

/** Long enough that a busy tenant's next picture comes first. */
const flushAfterMs = 250;
/** An entry that has not been made by then never will be: its request's time was over. The next one is scheduled anew. */
const lostAfterMs = 5_000;

type Counters = Pick<QuotaCounters, 'spend'>;

/** `giveBack`: what else is to be entered of a tenant before its counters are right. */
export function createQuotaEntries(
  countersOf: (tenantId: string) => Counters,
  giveBack: QuotaLeases['giveBack'],
): QuotaEntries {
  const pending = new Map<string, Map<string, QuotaAmounts>>();
  const scheduledAtMs = new Map<string, number>();

  const put: QuotaEntries['putBack'] = (tenantId, day, amounts) => {
    if (amounts === undefined) return;
    const days = pending.get(tenantId) ?? new Map<string, QuotaAmounts>();
    pending.set(tenantId, days);
    days.set(day, sumOf(days.get(day) ?? {}, amounts));
  };

  const take: QuotaEntries['take'] = (tenantId, day) => {
    const days = pending.get(tenantId);
    const amounts = days?.get(day);
    days?.delete(day);
    if (days?.size === 0) pending.delete(tenantId);
    return amounts;
  };

  const flush: QuotaEntries['flush'] = async (tenantId) => {
    const held = giveBack(tenantId);
    if (held !== undefined) put(tenantId, held.day, { pictures: -held.pictures });
    for (const day of [...(pending.get(tenantId)?.keys() ?? [])]) {
      const amounts = take(tenantId, day);
      if (amounts !== undefined) await countersOf(tenantId).spend(day, amounts);
    }
  };

  const flushSoon = async (tenantId: string): Promise<void> => {
    await sleep(flushAfterMs);
    scheduledAtMs.delete(tenantId);
    await flush(tenantId);
  };

  const schedule: QuotaEntries['schedule'] = (tenantId, later) => {
    if (Date.now() - (scheduledAtMs.get(tenantId) ?? 0) < lostAfterMs) return;
    scheduledAtMs.set(tenantId, Date.now());
    later(flushSoon(tenantId).catch(() => undefined));
  };

  return {
    add: async (tenantId, day, amounts, later) => {
      put(tenantId, day, amounts);
      if (later === undefined) return flush(tenantId);
      schedule(tenantId, later);
    },
    schedule,
    take,
    putBack: put,
    flush,
    forget: (tenantId) => void pending.delete(tenantId),
  };
}

function sumOf(some: QuotaAmounts, more: QuotaAmounts): QuotaAmounts {
  return Object.fromEntries(
    quotaNames.flatMap((name) =>
      some[name] === undefined && more[name] === undefined
        ? []
        : [[name, (some[name] ?? 0) + (more[name] ?? 0)]],
    ),
  );
}
