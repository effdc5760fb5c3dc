// How many event streams a tenant has open: each is looked at twice a second for minutes, whether or not anybody reads it.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';

export type OpenStream = {
  /** To be said at least every `forgottenAfterMs`: the runtime drops a request whose caller has gone, and may do so without a word. */
  readonly stillOpen: (nowMs: number) => void;
  /** A second call does nothing. */
  readonly close: () => void;
};

export type OpenStreams = {
  readonly open: (tenantId: string, nowMs: number) => Result<OpenStream, AppError<'rate-limited'>>;
};

/** Of one tenant, in one isolate. */
export const maxStreams = 32;
export const forgottenAfterMs = 30_000;

const tooMany = appError(
  'rate-limited',
  `A tenant may have at most ${maxStreams} event streams open. Look at the job now and then instead, or close some.`,
  { retryAfterSeconds: 10 },
);

type Seen = { atMs: number };

export function createOpenStreams(): OpenStreams {
  const tenants = new Map<string, Set<Seen>>();
  return {
    open: (tenantId, nowMs) => {
      const streams = tenants.get(tenantId) ?? new Set<Seen>();
      if (streams.size >= maxStreams) forgetSilent(streams, nowMs);
      if (streams.size >= maxStreams) return err(tooMany);
      const seen = { atMs: nowMs };
      streams.add(seen);
      tenants.set(tenantId, streams);
      return ok({
        stillOpen: (atMs) => {
          seen.atMs = atMs;
        },
        close: () => {
          streams.delete(seen);
          if (streams.size === 0 && tenants.get(tenantId) === streams) tenants.delete(tenantId);
        },
      });
    },
  };
}

function forgetSilent(streams: Set<Seen>, nowMs: number): void {
  for (const seen of streams) if (nowMs - seen.atMs > forgottenAfterMs) streams.delete(seen);
}
