// Daily quotas as the rest of the edge sees them: finds the tenant's Durable Object and words the refusal.
// A call is a round trip, so only tenants with a finite quota pay it.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { err, ok, type Result } from '#shared/result.ts';

/** What a tenant has a daily quota of. */
export type QuotaName = 'requests' | 'pictures';
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
};

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
  ) => Promise<{ readonly pictures: number; readonly requests?: number }>;
  readonly refund: (
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    work?: string,
  ) => Promise<void>;
  /**
   * Runs `work` that encodes pictures, at the cost of as many of the tenant's day; they are given back where it fails, so that
   * an outage and the retries of it cost nothing. Work with a `name` is charged once, also where a crash has kept it from being
   * told done and it is done again.
   */
  readonly charge: <T, Code extends AppErrorCode>(
    tenant: QuotaTenant,
    pictures: number,
    nowMs: number,
    work: () => Promise<Result<T, AppError<Code>>>,
    name?: string,
  ) => Promise<Result<T, AppError<Code | 'quota-exceeded'>>>;
};

const nouns: Record<QuotaName, string> = { requests: 'requests', pictures: 'encoded pictures' };

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
      const pictures = Math.max(0, limits.picturesPerDay - used.pictures);
      if (limits.requestsPerDay === 'unlimited') return { pictures };
      return { pictures, requests: Math.max(0, limits.requestsPerDay - used.requests) };
    },
    refund: async (tenant, amounts, nowMs, work) => {
      await objectOf(tenant).refund(utcDay(nowMs), amounts, work);
    },
    charge: async (tenant, pictures, nowMs, work, name) => {
      const granted = await quota.consume(tenant, { pictures }, nowMs, name);
      if (!granted.ok) return granted;
      let isDone = false;
      try {
        const outcome = await work();
        isDone = outcome.ok;
        return outcome;
      } finally {
        // A refund that fails costs the tenant some pictures of one day, and must not cost it the answer.
        if (!isDone) await quota.refund(tenant, { pictures }, nowMs, name).catch(() => undefined);
      }
    },
  };
  return quota;
}

function finiteLimits(limits: PlanLimits): QuotaAmounts {
  const { requestsPerDay, picturesPerDay } = limits;
  return {
    pictures: picturesPerDay,
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
