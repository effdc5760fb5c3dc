// Daily quotas as the rest of the edge sees them: finds the tenant's Durable Object and words the refusal.
// A call is a round trip, so only tenants with a finite quota pay it.

import { appError } from '#shared/app-error.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import { err, ok } from '#shared/result.ts';
import { writeLog } from '../log.ts';
import { chargeFor } from './charge.ts';
import { createQuotaEntries } from './quota-entries.ts';
import { createQuotaLeases } from './quota-leases.ts';
import { createQuotaOutlook } from './quota-outlook.ts';
import type {
  NearLimit,
  Quota,
  QuotaAmounts,
  QuotaName,
  QuotaNamespace,
  QuotaTenant,
} from './quota-types.ts';
import { secondsToMidnight, utcDay } from './utc-day.ts';

const nouns: Record<QuotaName, string> = {
  requests: 'requests',
  pictures: 'encoded pictures',
  pixels: 'pixels of pictures',
  texts: 'encoded texts',
  fetches: 'fetched addresses',
};

/** Tells the tenant; a level may come more than once. */
export type OnNear = (tenantId: string, near: NearLimit, nowMs: number) => Promise<void>;

export function createQuota(namespace: QuotaNamespace, onNear: OnNear = async () => undefined): Quota {
  const objectOf = (tenant: Pick<QuotaTenant, 'id'>) => namespace.getByName(tenant.id);
  // Whoever is being charged is not to suffer from it.
  const tell: OnNear = (tenantId, near, nowMs) =>
    onNear(tenantId, near, nowMs).catch((thrown: unknown) => {
      writeLog({ level: 'error', event: 'quota-near-not-told', requestId: undefined, thrown });
    });
  const leases = createQuotaLeases();
  const entries = createQuotaEntries((id) => objectOf({ id }), leases.giveBack);
  const outlook = createQuotaOutlook();
  /** As `consume`, for whom a caller waits: out of what is held for the tenant, or with some more that is. */
  const consumeHeld = async (
    tenant: QuotaTenant,
    amounts: QuotaAmounts,
    nowMs: number,
    later: (work: Promise<unknown>) => void,
  ) => {
    const day = utcDay(nowMs);
    if (leases.take(tenant.id, day, amounts)) return ok({ remaining: {} });
    const extra = leases.extraFor(tenant.id, amounts, nowMs);
    if (extra === 0 || !outlook.isFar(tenant.id, { ...amounts, pictures: extra }, nowMs)) {
      return quota.consume(tenant, amounts, nowMs);
    }
    const more = { ...amounts, pictures: (amounts.pictures ?? 0) + extra };
    const granted = await quota.consume(tenant, more, nowMs);
    if (!granted.ok) return quota.consume(tenant, amounts, nowMs);
    leases.hold(tenant.id, day, extra);
    entries.schedule(tenant.id, later);
    return granted;
  };
  const quota: Quota = {
    consume: async (tenant, amounts, nowMs, work) => {
      const limits = finiteLimits(tenant.limits);
      const day = utcDay(nowMs);
      const spent = entries.take(tenant.id, day);
      const outcome = await objectOf(tenant)
        .consume(day, amounts, limits, work, spent)
        .catch((thrown: unknown) => {
          entries.putBack(tenant.id, day, spent);
          throw thrown;
        });
      outlook.note(tenant.id, outcome, limits, nowMs);
      for (const near of outcome.near ?? []) await tell(tenant.id, near, nowMs);
      if (outcome.granted) return ok(outcome);
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
      await entries.flush(id);
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
      entries.forget(tenantId);
      await objectOf({ id: tenantId }).forget();
    },
    refund: (tenant, amounts, nowMs, work) => objectOf(tenant).refund(utcDay(nowMs), amounts, work),
    charge: (tenant, amounts, nowMs, work, options = {}) => {
      const isAhead = options.later !== undefined && outlook.isFar(tenant.id, amounts, nowMs);
      const { later, name } = options;
      const consume: Quota['consume'] =
        later === undefined || name !== undefined
          ? quota.consume
          : (subject, cost, atMs) => consumeHeld(subject, cost, atMs, later);
      const books = { quota: { consume, refund: quota.refund }, entries };
      const charged = chargeFor(books, { tenant, amounts, nowMs, isAhead }, work, options);
      // A caller who leaves ends the work, and not the books of it.
      options.later?.(charged.catch(() => undefined));
      return charged;
    },
  };
  return quota;
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
