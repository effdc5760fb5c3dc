// For the cron trigger: judges the days of watched environments that are over, and forgets those that are old.

import { watchedDaysKept } from '#shared/contracts/limits.ts';
import { headSources } from '../head-sources.ts';
import { keptWatchedDays } from '../limits/room.ts';
import { dayBefore, utcDay } from '../limits/utc-day.ts';
import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import { judgeAsking } from '../use-cases/watch/judge-asking.ts';
import { isOver, judgeDay } from '../use-cases/watch/judge-day.ts';

/** Each takes some tens of milliseconds. */
const judgedAtOnce = 200;

export async function judgeDays(services: Services, nowMs: number): Promise<void> {
  const { watchStore } = services;
  const sources = { ...services, heads: headSources(services) };
  for (const key of await watchStore.unjudged(utcDay(nowMs), judgedAtOnce)) {
    if (!isOver(key.day, nowMs)) continue;
    try {
      await judgeDay(
        key,
        judgeAsking({ tenantId: key.tenantId, nowMs, beforeWork: () => undefined }),
        sources,
      );
    } catch (thrown) {
      const about = { tenantId: key.tenantId, day: key.day };
      writeLog({ level: 'error', event: 'judge-day', requestId: undefined, about, thrown });
    }
  }
  const beforeDay = dayBefore(utcDay(nowMs), watchedDaysKept);
  await watchStore.prune({ beforeDay, rows: keptWatchedDays });
}
