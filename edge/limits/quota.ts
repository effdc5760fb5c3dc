// Daily quotas as the rest of the edge sees them: finds the tenant's Durable Object and words the refusal.
// A call is a round trip, so only tenants with a finite quota pay it.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { err, ok, type Result } from '#shared/result.ts';

/** What a tenant has a daily quota of. */
export const quotaNames = ['requests', 'pictures', 'pixels', 'texts', 'fetches'] as const;
export type QuotaName = (typeof quotaNames)[number];
export type QuotaAmounts = Partial<Record<QuotaName, number>>;

export type QuotaOutcome =
  | { readonly granted: true; readonly remaining: QuotaAmounts }
  | { readonly granted: false; readonly exceeded: QuotaName; readonly remaining: number };

/** The tenant's counters as their Durable Object offers them (quota-object.ts) to other machines. */
type QuotaCounters = {
  readonly consume: (
    day: string,
    amounts: QuotaAmounts,
    limits: QuotaAmounts,
    work?: string,
  ) => Promise<QuotaOutcome>;
  readonly used: (day: string) => Promise<Record<QuotaName, number>>;
  readonly refund: (day: string, amounts: QuotaAmounts, work?: string) => Promise<void>;
  readonly spend: (day: string, amounts: QuotaAmounts) => Promise<void>;
  readonly forget: () => Promise<void>;
};

/** How what a piece of work costs is told. */
export type ChargeOptions<T> = {
  /** Under it the work is charged once, also where a crash has kept it from being told done and it is done again. */
  readonly name?: string;
  /** What it came to beyond what was taken before: added even where that passes the limit, which ends the tenant's day. */
  readonly told?: (value: T) => QuotaAmounts;
  /** Taken for what `told` would have said, where the work was done and its answer lost. */
  readonly assumed?: QuotaAmounts;
  /** Lets the answer not wait for its last entry in the books. */
  readonly later?: (work: Promise<unknown>) => void;
};

/** Work of one tenant at the cost of its plan. */
export type Charge = <T, Code extends AppErrorCode>(
  amounts: QuotaAmounts,
  work: () => Promise<Result<T, AppError<Code>>>,
  options?: ChargeOptions<T>,
) => Promise<Result<T, AppError<Code | 'quota-exceeded'>>>;

/** As much of the binding as is used here: the object's class exists in the Workers runtime alone. */
export type QuotaNamespace = { readonly getByName: (name: string) => QuotaCounters };

export type QuotaTenant = { readonly id: string; readonly limits: PlanLimits };

export type Quota = {
  /**
   * All or nothing, and for the same named `work` only once. The refusal says which, and when the day ends (UTC).
   */
  readonly consume: (
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    work?: string,
  ) => Promise<Result<QuotaAmounts, AppError<'quota-exceeded'>>>;
  /** What is left of today; no `requests` where the plan has no such quota. */
  readonly remaining: (
    tenant: QuotaTenant,
    nowMs: number,
  ) => Promise<Readonly<Record<Exclude<QuotaName, 'requests'>, number>> & { readonly requests?: number }>;
  readonly refund: (
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    work?: string,
  ) => Promise<void>;
  /** Takes the tenant's counters away. */
  readonly forget: (tenantId: string) => Promise<void>;
  /**
   * Runs `work` at the cost of amounts of the tenant's day. They are given back where it fails without having been done, so that
   * an outage and the retries of it cost nothing; what was worked on is charged, whoever gave up waiting for it. An amount of 0
   * asks whether anything is left.
   */
  readonly charge: <T, Code extends AppErrorCode>(
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    work: () => Promise<Result<T, AppError<Code>>>,
    options?: ChargeOptions<T>,
  ) => Promise<Result<T, AppError<Code | 'quota-exceeded'>>>;
};

const nouns: Record<QuotaName, string> = {
  requests: 'requests',
  pictures: 'encoded pictures',
  pixels: 'pixels of pictures',
  texts: 'encoded texts',
  fetches: 'fetched addresses',
};

export function createQuota(namespace: QuotaNamespace): Quota {
  const objectOf = (tenant: Pick<QuotaTenant, 'id'>) => namespace.getByName(tenant.id);
  const quota: Quota = {
    consume: async (tenant, amounts, nowMs, work) => {
      const limits = finiteLimits(tenant.limits);
      const outcome = await objectOf(tenant).consume(utcDay(nowMs), amounts, limits, work);
      if (outcome.granted) return ok(outcome.remaining);
      const { exceeded, remaining } = outcome;
      const noun = nouns[exceeded];
      return err(
        appError(
          'quota-exceeded',
          `The plan allows ${limits[exceeded]} ${noun} a day; ${remaining} are left.`,
          {
            retryAfterSeconds: secondsToMidnight(nowMs),
          },
        ),
      );
    },
    remaining: async ({ id, limits }, nowMs) => {
      const used = await objectOf({ id }).used(utcDay(nowMs));
      const left = (name: QuotaName, limit: number) => Math.max(0, limit - used[name]);
      const { requestsPerDay } = limits;
      return {
        pictures: left('pictures', limits.picturesPerDay),
        pixels: left('pixels', limits.pixelsPerDay),
        texts: left('texts', limits.textsPerDay),
        fetches: left('fetches', limits.fetchesPerDay),
        ...(requestsPerDay === 'unlimited' ? {} : { requests: left('requests', requestsPerDay) }),
      };
    },
    forget: async (tenantId) => {
      await objectOf({ id: tenantId }).forget();
    },
    refund: async (tenant, amounts, nowMs, work) => {
      await objectOf(tenant).refund(utcDay(nowMs), amounts, work);
    },
    charge: (tenant, amounts, nowMs, work, options = {}) => {
      const charged = chargeFor(quota, objectOf(tenant), { tenant, amounts, nowMs }, work, options);
      // A caller who leaves ends the work, and not the books of it.
      options.later?.(charged.catch(() => undefined));
      return charged;
    },
  };
  return quota;
}

type Cost = { readonly tenant: QuotaTenant; readonly amounts: QuotaAmounts; readonly nowMs: number };

async function chargeFor<T, Code extends AppErrorCode>(
  quota: Pick<Quota, 'consume' | 'refund'>,
  counters: Pick<QuotaCounters, 'spend'>,
  { tenant, amounts, nowMs }: Cost,
  work: () => Promise<Result<T, AppError<Code>>>,
  { name, told, assumed, later }: ChargeOptions<T>,
): Promise<Result<T, AppError<Code | 'quota-exceeded'>>> {
  const granted = await quota.consume(tenant, amounts, nowMs, name);
  if (!granted.ok) return granted;
  let isDone = false;
  try {
    const outcome = await work();
    isDone = outcome.ok || outcome.error.worked === true;
    const extra = outcome.ok ? told?.(outcome.value) : isDone ? assumed : undefined;
    if (extra !== undefined && Object.values(extra).some((amount) => amount > 0)) {
      // An entry that fails costs us some pixels of one day, and must not cost the tenant its answer.
      const entered = counters.spend(utcDay(nowMs), extra).catch(() => undefined);
      if (later === undefined) await entered;
      else later(entered);
    }
    return outcome;
  } finally {
    // A refund that fails costs the tenant something of one day, and must not cost it the answer.
    if (!isDone) await quota.refund(tenant, amounts, nowMs, name).catch(() => undefined);
  }
}

function finiteLimits(limits: PlanLimits): QuotaAmounts {
  const { requestsPerDay, picturesPerDay, pixelsPerDay, textsPerDay, fetchesPerDay } = limits;
  return {
    pictures: picturesPerDay,
    pixels: pixelsPerDay,
    texts: textsPerDay,
    fetches: fetchesPerDay,
    ...(requestsPerDay === 'unlimited' ? {} : { requests: requestsPerDay }),
  };
}

export function utcDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

export function secondsToMidnight(nowMs: number): number {
  const dayMs = 86_400_000;
  return Math.ceil((dayMs - (nowMs % dayMs)) / 1000);
}
