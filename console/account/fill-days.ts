// The service leaves out days without use; a chart needs them.

import type { UsageDay, UsageResponse } from '#shared/contracts/usage.ts';
import { noUsage } from '#shared/contracts/usage-counters.ts';

const dayMs = 86_400_000;

export function fillDays({ from, to, days }: UsageResponse): Omit<UsageDay, 'routes'>[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const count = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10);
    return known.get(day) ?? { day, ...noUsage() };
  });
}
