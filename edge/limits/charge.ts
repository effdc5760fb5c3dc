// Work at the cost of a plan: what it takes is taken first, given back where nothing was done for it, and what it came to beyond
// that is entered afterwards. Knows no counters but through what it is given.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { QuotaEntries } from './quota-entries.ts';
import type { ChargedWork, ChargeOptions, Quota, QuotaAmounts, QuotaTenant } from './quota-types.ts';
import { utcDay } from './utc-day.ts';

type Books = { readonly quota: Pick<Quota, 'consume' | 'refund'>; readonly entries: QuotaEntries };

type Cost = {
  readonly tenant: QuotaTenant;
  readonly amounts: QuotaAmounts;
  readonly nowMs: number;
  /** Whether the work begins while the plan is asked. */
  readonly isAhead: boolean;
};

export async function chargeFor<T, Code extends AppErrorCode>(
  { quota, entries }: Books,
  { tenant, amounts, nowMs, isAhead }: Cost,
  work: ChargedWork<T, Code>,
  { name, told, assumed, counted = nobody, later }: ChargeOptions<T>,
): Promise<Result<T, AppError<Code | 'quota-exceeded'>>> {
  const asked = quota.consume(tenant, amounts, nowMs, name);
  const begun = isAhead ? begin(work) : undefined;
  const granted = await asked.catch((thrown: unknown) => {
    begun?.refuse();
    throw thrown;
  });
  if (!granted.ok) {
    begun?.refuse();
    return granted;
  }
  const day = utcDay(nowMs);
  if (granted.value.isRepeated !== true) await counted(amounts, day);
  let isDone = false;
  try {
    const outcome = await (begun?.outcome ?? work());
    isDone = outcome.ok || outcome.error.worked === true;
    const extra = outcome.ok ? told?.(outcome.value) : isDone ? assumed : undefined;
    if (extra !== undefined && Object.values(extra).some((amount) => amount > 0)) {
      // An entry that fails costs us some pixels of one day, and must not cost the tenant its answer.
      await entries.add(tenant.id, day, extra, later).catch(() => undefined);
      await counted(extra, day);
    }
    return outcome;
  } finally {
    // A refund that fails costs the tenant something of one day, and must not cost it the answer.
    if (!isDone) {
      const givenBackTo = await quota.refund(tenant, amounts, nowMs, name).catch(() => undefined);
      if (givenBackTo !== undefined) await counted(negative(amounts), givenBackTo);
    }
  }
}

const nobody = async () => undefined;

function negative(amounts: QuotaAmounts): QuotaAmounts {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, -amount]));
}

function begin<T, Code extends AppErrorCode>(work: ChargedWork<T, Code>) {
  const refused = new AbortController();
  const outcome = work(refused.signal);
  // Nobody waits for it where the plan refuses.
  outcome.catch(() => undefined);
  return { outcome, refuse: () => refused.abort(new Error('the plan does not have what this costs')) };
}
