// Usage counters as a report by day. Counts of other isolates arrive with a few seconds' delay.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PlanLimits } from '#shared/contracts/tenant.ts';
import type { UsageDay, UsageQuery, UsageResponse } from '#shared/contracts/usage.ts';
import {
  noUsage,
  type UsageCounter,
  type UsageCounts,
  usageCounters,
} from '#shared/contracts/usage-counters.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { Quota, QuotaTenant } from '../limits/quota-types.ts';
import { maxRows } from '../limits/room.ts';
import type { UsageRecorder } from '../limits/usage-recorder.ts';
import { utcDay } from '../limits/utc-day.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { CountedKind, RoomStore } from '../stores/room-store.ts';
import type { UsageRow, UsageStore } from '../stores/usage-store.ts';

type Collaborators = {
  readonly usage: UsageStore;
  readonly items: Pick<ItemStore, 'storedBytes'>;
  readonly rooms: Pick<RoomStore, 'counts'>;
  readonly usageRecorder: Pick<UsageRecorder, 'flush'>;
  readonly quota: Quota;
};

const dayMs = 86_400_000;
const defaultDays = 30;
const maxDays = 366;

export async function readUsage(
  tenant: QuotaTenant,
  query: UsageQuery,
  { usage, usageRecorder, quota, items, rooms }: Collaborators,
  nowMs: number,
): Promise<Result<UsageResponse, AppError<'invalid-request'>>> {
  const to = query.to ?? utcDay(nowMs);
  const from = query.from ?? utcDay(Date.parse(to) - (defaultDays - 1) * dayMs);
  const span = (Date.parse(to) - Date.parse(from)) / dayMs;
  if (span < 0 || span >= maxDays) {
    const errors = [{ pointer: '/query/from', message: `at most ${maxDays} days, and not after \`to\`` }];
    return err(appError('invalid-request', 'The days asked for are not a range.', { errors }));
  }
  await usageRecorder.flush();
  const days = groupByDay(await usage.read(tenant.id, from, to));
  const [leftToday, storedBytes, counts] = await Promise.all([
    quota.remaining(tenant, nowMs),
    items.storedBytes(tenant.id),
    rooms.counts(tenant.id),
  ]);
  const room = (kind: CountedKind) => ({ used: counts[kind], limit: maxRows[kind] });
  return ok({
    from,
    to,
    totals: sum(days),
    days,
    perDay: perDay(tenant.limits),
    leftToday,
    stored: { used: storedBytes, limit: tenant.limits.storedBytes },
    rows: {
      datasets: room('datasets'),
      keys: room('keys'),
      projections: room('projections'),
      evaluations: room('evaluations'),
      batches: room('batches'),
      webhooks: room('webhooks'),
    },
  });
}

function perDay(limits: PlanLimits): UsageResponse['perDay'] {
  return {
    pictures: limits.picturesPerDay,
    pixels: limits.pixelsPerDay,
    texts: limits.textsPerDay,
    fetches: limits.fetchesPerDay,
    ...(limits.requestsPerDay === 'unlimited' ? {} : { requests: limits.requestsPerDay }),
  };
}

/** Rows come ordered by day, then by route. */
function groupByDay(rows: readonly UsageRow[]): UsageDay[] {
  const days = new Map<string, UsageDay>();
  for (const { day, counter, route, value } of rows) {
    const entry = days.get(day) ?? { day, ...noUsage(), routes: [] };
    days.set(day, entry);
    if (!isCounter(counter)) continue;
    entry[counter] += value;
    if (counter !== 'requests' && counter !== 'errors') continue;
    const last = entry.routes.at(-1);
    const slot = last?.route === route ? last : { route, requests: 0, errors: 0 };
    if (slot !== last) entry.routes.push(slot);
    slot[counter] += value;
  }
  return [...days.values()];
}

function sum(days: readonly UsageDay[]): UsageCounts {
  const totals = noUsage();
  for (const day of days) for (const counter of usageCounters) totals[counter] += day[counter];
  return totals;
}

function isCounter(name: string): name is UsageCounter {
  return (usageCounters as readonly string[]).includes(name);
}
