// Days as quotas count them: of UTC.

export function utcDay(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

export function secondsToMidnight(nowMs: number): number {
  const dayMs = 86_400_000;
  return Math.ceil((dayMs - (nowMs % dayMs)) / 1000);
}

/** So many days before one. */
export function dayBefore(day: string, days: number): string {
  return utcDay(Date.parse(day) - days * 86_400_000);
}
