// The service leaves out days without use; a chart needs them.

import type { UsageDay, UsageResponse } from '#shared/contracts/usage.ts';

const dayMs = 86_400_000;
const nothing = {
  requests: 0,
  errors: 0,
  picturesEncoded: 0,
  pixelsDecoded: 0,
  textsEncoded: 0,
  urlsFetched: 0,
  cacheHits: 0,
};

export function fillDays({ from, to, days }: UsageResponse): Omit<UsageDay, 'routes'>[] {
  const known = new Map(days.map((day) => [day.day, day]));
  const count = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1;
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10);
    return known.get(day) ?? { day, ...nothing };
  });
}
