// What daily quotas are made of: names, amounts, the counters of a tenant, and work at the cost of a plan. Does nothing.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import type { quotaNames } from '#shared/contracts/names.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import type { Result } from '#shared/result.ts';

export type QuotaName = (typeof quotaNames)[number];
export type QuotaAmounts = Partial<Record<QuotaName, number>>;

/** A level of a limit that has been reached, in per cent; at 100 also by a call for more than is left. */
export type NearLimit = {
  readonly quota: QuotaName;
  readonly level: 80 | 100;
  readonly used: number;
  readonly limit: number;
};

/** `isRepeated`: this very work was charged before, and nothing was taken now. */
export type Granted = {
  readonly granted: true;
  readonly remaining: QuotaAmounts;
  readonly isRepeated?: boolean;
};

/** `near`: levels not told before, which may be told again. */
export type QuotaOutcome = { readonly near?: readonly NearLimit[] } & (
  | Granted
  | { readonly granted: false; readonly exceeded: QuotaName; readonly remaining: number }
);

/** The tenant's counters as their Durable Object offers them (quota-object.ts) to other machines. */
export type QuotaCounters = {
  readonly consume: (
    day: string,
    amounts: QuotaAmounts,
    limits: QuotaAmounts,
    work?: string,
    /** Of earlier work, entered before the rest is judged. */
    spent?: QuotaAmounts,
  ) => Promise<QuotaOutcome>;
  readonly used: (day: string) => Promise<Record<QuotaName, number>>;
  /** The day that it was given back to; `undefined` where the work was not charged. */
  readonly refund: (day: string, amounts: QuotaAmounts, work?: string) => Promise<string | undefined>;
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
  /** Told what was taken on which day, once for named work; below zero what was given back. */
  readonly counted?: (amounts: QuotaAmounts, day: string) => Promise<void>;
  /** Lets the answer not wait for its last entry in the books. */
  readonly later?: (work: Promise<unknown>) => void;
};

/** Ends as soon as its signal does, which fires where the plan turns out not to have what the work costs. */
export type ChargedWork<T, Code extends AppErrorCode> = (
  refused?: AbortSignal,
) => Promise<Result<T, AppError<Code>>>;

/** Work of one tenant at the cost of its plan. */
export type Charge = <T, Code extends AppErrorCode>(
  amounts: QuotaAmounts,
  work: ChargedWork<T, Code>,
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
  ) => Promise<Result<Pick<Granted, 'remaining' | 'isRepeated'>, AppError<'quota-exceeded'>>>;
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
  ) => Promise<string | undefined>;
  /** Takes the tenant's counters away. */
  readonly forget: (tenantId: string) => Promise<void>;
  /**
   * Runs `work` at the cost of amounts of the tenant's day. They are given back where it fails without having been done, so that
   * an outage and the retries of it cost nothing; what was worked on is charged, whoever gave up waiting for it. An amount of 0
   * asks whether anything is left. Where a caller waits (`later`) and the plan was far from its limits when last asked, the work
   * begins while it is asked, and nothing of it is answered before the plan has granted it.
   */
  readonly charge: <T, Code extends AppErrorCode>(
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    work: ChargedWork<T, Code>,
    options?: ChargeOptions<T>,
  ) => Promise<Result<T, AppError<Code | 'quota-exceeded'>>>;
};
