// Tells a tenant that a daily limit is nearly or wholly used up, once a day for each limit and level.

import type { NearLimit } from '../../limits/quota-types.ts';
import { utcDay } from '../../limits/utc-day.ts';
import { isoTime } from '../present.ts';
import { type EventSources, publishEvent } from './publish-event.ts';

export function publishQuotaNear(
  tenantId: string,
  near: NearLimit,
  sources: EventSources,
  nowMs: number,
): Promise<void> {
  const day = utcDay(nowMs);
  const subject = `${day} ${near.quota} ${near.level}`;
  const timestamp = isoTime(nowMs);
  return publishEvent(tenantId, subject, { type: 'quota.near', timestamp, data: { ...near, day } }, sources);
}
