// Numbers and dates as the console writes them.

import { formatCount } from '#shared/figures/format.ts';
import { strings } from '../strings.ts';

export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`;
}

/** As a person says it: `880 million`, `1 000 billion`; up to a million in full. */
export function formatLarge(count: number): string {
  if (count < 1e6) return formatCount(count);
  const [unit, name] = count < 1e9 ? [1e6, 'million'] : [1e9, 'billion'];
  const value = count / unit;
  return `${value < 100 ? Number(value.toPrecision(3)) : formatCount(value)} ${name}`;
}

const dateFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const utcDayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const shortDayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const timeFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** `24 Nov 2026, 14:05`, in the reader's time zone. */
export function formatTime(timestamp: string): string {
  const date = new Date(timestamp);
  return `${dateFormat.format(date)}, ${timeFormat.format(date)}`;
}

export function formatDay(timestamp: string): string {
  return dateFormat.format(new Date(timestamp));
}

/** Of a UTC day such as `2026-10-28`, the same in every time zone. */
export function formatUtcDay(day: string): string {
  return utcDayFormat.format(new Date(`${day}T00:00:00Z`));
}

/** `28 Oct`, of a UTC day. */
export function formatShortDay(day: string): string {
  return shortDayFormat.format(new Date(`${day}T00:00:00Z`));
}

export function formatSeconds(seconds: number): string {
  if (seconds < 90) return strings.time.seconds(Math.max(1, Math.round(seconds)));
  if (seconds < 90 * 60) return strings.time.minutes(Math.round(seconds / 60));
  return strings.time.hours(Math.round(seconds / 3600));
}
