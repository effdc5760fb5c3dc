// Decides whether an endpoint may be called: closed (yes), open (no, for a while), half-open (one trial).
// Pure state and arithmetic: the clock is passed in, and nothing here does I/O.

import { backoffMs } from '#shared/backoff.ts';

export type CircuitBreaker = {
  /** False while open. In half-open, true for one caller, until `succeeded` or `failed` is told. */
  mayCall(nowMs: number): boolean;
  /** Tells that a call is going out, so that a half-open breaker lets no second one through. */
  calling(nowMs: number): void;
  succeeded(): void;
  failed(nowMs: number): void;
};

export type CircuitBreakerOptions = {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** How long it stays open at first; doubles with each failed trial. */
  readonly openMs: number;
  readonly maxOpenMs: number;
};

const defaults: CircuitBreakerOptions = { threshold: 3, openMs: 1000, maxOpenMs: 30_000 };

/** A trial whose outcome is never told (its caller went away) blocks others no longer than this. */
const trialMs = 10_000;

export function createCircuitBreaker(options: Partial<CircuitBreakerOptions> = {}): CircuitBreaker {
  const { threshold, openMs, maxOpenMs } = { ...defaults, ...options };
  let failures = 0;
  let openUntilMs = 0;
  let trialUntilMs = 0;
  const isClosed = () => failures < threshold;
  return {
    mayCall: (nowMs) => isClosed() || (nowMs >= openUntilMs && nowMs >= trialUntilMs),
    calling(nowMs) {
      if (!isClosed()) trialUntilMs = nowMs + trialMs;
    },
    succeeded() {
      failures = 0;
      trialUntilMs = 0;
    },
    failed(nowMs) {
      failures += 1;
      trialUntilMs = 0;
      if (isClosed()) return;
      // Without jitter: each isolate has its own, and they do not fail together.
      const random = () => 1;
      openUntilMs = nowMs + backoffMs(failures - threshold, { baseMs: openMs, maxMs: maxOpenMs, random });
    },
  };
}
