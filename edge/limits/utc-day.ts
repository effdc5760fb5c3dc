// Days as quotas count them: of UTC.

const dayMs = 86_400_000;

/** The one that was asked for last: a request asks several times, and it is nearly always today. */
let last = { number: Number.NaN, name: '' };

export function utcDay(nowMs: number): string {
  const number = Math.floor(nowMs / dayMs);
  if (number !== last.number) last = { number, name: new Date(nowMs).toISOString().slice(0, 10) };
  return last.name;
}

export function secondsToMidnight(nowMs: number): number {
  return Math.ceil((dayMs - (nowMs % dayMs)) / 1000);
}

/** So many days before one. */
export function dayBefore(day: string, days: number): string {
  return utcDay(Date.parse(day) - days * dayMs);
}
