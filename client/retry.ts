// When a failed attempt is worth another one, and after how long. Decides only; transport.ts waits and repeats.

import { backoffMs } from '#shared/backoff.ts';
import { ClipIcmConnectionError, ClipIcmError } from './errors.ts';

export type RetryPolicy = {
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly baseDelayMs: number;
  /** A longer `Retry-After` (a quota that returns tomorrow) is handed to the caller instead of being waited for. */
  readonly maxDelayMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/**
 * Milliseconds to wait before attempt `attempt + 1` (the first attempt is 0), or `undefined` to give up.
 * Only for requests that may be repeated; the delay doubles, with full jitter over its upper half, and is never
 * shorter than the service's own `Retry-After`.
 */
export function retryDelayMs(error: unknown, attempt: number, policy: RetryPolicy): number | undefined {
  if (attempt >= policy.maxRetries || !isTransient(error)) return undefined;
  const { baseDelayMs: baseMs, maxDelayMs: maxMs, random } = policy;
  const jittered = backoffMs(attempt, { baseMs, maxMs, random });
  const askedMs = error instanceof ClipIcmError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  if (askedMs > policy.maxDelayMs) return undefined;
  // Everyone told to come back in 2 s must not come back at the same instant.
  return askedMs > 0 ? askedMs + jittered / 2 : jittered;
}

function isTransient(error: unknown): boolean {
  if (error instanceof ClipIcmConnectionError) return true;
  return error instanceof ClipIcmError && transientStatuses.has(error.status);
}
