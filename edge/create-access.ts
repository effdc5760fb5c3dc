// Who is let in and how much each may do: keys, rates, quotas, what an isolate holds at once, and the counts of all that.

import type { DeliveryStarter } from './clients/run-starter.ts';
import { isolateTurns, type Turns } from './clients/turns.ts';
import { type Env, keyEnvironments, type Settings } from './env.ts';
import { type FileRoom, isolateFileRoom } from './limits/file-room.ts';
import { createLateAnswers, type LateAnswers } from './limits/late-answers.ts';
import { createOpenStreams, type OpenStreams } from './limits/open-streams.ts';
import { createQuota } from './limits/quota.ts';
import type { Quota } from './limits/quota-types.ts';
import { createRateLimiter, type RateLimiter } from './limits/rate-limiter.ts';
import { createRefusals, type Refusals } from './limits/refusals.ts';
import { isolateShares, type RequestShares } from './limits/request-share.ts';
import { createRoom, type Room } from './limits/room.ts';
import { createShadowRecorder, type ShadowRecorder } from './limits/shadow-recorder.ts';
import { createUsageRecorder, type UsageRecorder } from './limits/usage-recorder.ts';
import { createWatchRecorder, type WatchRecorder } from './limits/watch-recorder.ts';
import { createKeyStore, type KeyStore } from './stores/key-store.ts';
import type { Rows } from './stores/open-database.ts';
import type { TenantManagement } from './use-cases/manage-tenants.ts';
import { createKeyVerifier, type KeyVerifier, keyTtlMs } from './use-cases/verify-key.ts';
import { publishQuotaNear } from './use-cases/webhooks/publish-quota-near.ts';

const maxRememberedKeys = 10_000;
/** Counts are gathered in memory, so that no answer waits for a write. */
const countsFlushAfterMs = 5_000;

/** Who may do how much, and what is counted of it. */
export type Access = {
  readonly management: TenantManagement;
  readonly verifier: KeyVerifier;
  readonly rateLimiter: RateLimiter;
  readonly quota: Quota;
  readonly usageRecorder: UsageRecorder;
  readonly turns: Turns;
  readonly fileRoom: FileRoom;
  readonly watchRecorder: WatchRecorder;
  readonly shadowRecorder: ShadowRecorder;
  readonly shares: RequestShares;
  readonly streams: OpenStreams;
  readonly refusals: Refusals;
  readonly lateAnswers: LateAnswers;
  readonly room: Room;
};

export function createAccess(
  env: Env,
  settings: Settings,
  rows: Rows,
  startDelivery: DeliveryStarter,
): Access {
  const { tenants, rooms, deliveries } = rows;
  const keys = createKeyStore(env.DB);
  const environment = keyEnvironments[settings.environment];
  const turns = isolateTurns();
  const peppers = settings.keyPeppers;
  const verifier = createKeyVerifier({
    keys,
    environment,
    peppers,
    ttlMs: keyTtlMs,
    maxEntries: maxRememberedKeys,
  });
  const room = createRoom({ rooms, alarmBytes: settings.databaseAlarmBytes });
  return {
    verifier,
    management: { keys, tenants, verifier, environment, peppers },
    rateLimiter: createRateLimiter([
      { limit: 1, binding: env.RATE_LIMIT_1 },
      { limit: 10, binding: env.RATE_LIMIT_10 },
      { limit: 100, binding: env.RATE_LIMIT_100 },
      { limit: 1000, binding: env.RATE_LIMIT_1000 },
    ]),
    quota: createQuota(env.QUOTA, (tenantId, near, nowMs) =>
      publishQuotaNear(tenantId, near, { deliveries, startDelivery }, nowMs),
    ),
    turns,
    fileRoom: isolateFileRoom(),
    shares: isolateShares(turns),
    streams: createOpenStreams(),
    room,
    refusals: createRefusals({ perMinute: settings.refusalsPerMinute }),
    lateAnswers: createLateAnswers({
      atOnce: settings.refusalsPerMinute / 2,
      delayMs: settings.refusalDelayMs,
    }),
    ...createRecorders(rows, keys, room),
  };
}

/** What is counted of answers, gathered in memory. */
function createRecorders(
  { usage, watchStore, shadows }: Rows,
  keys: KeyStore,
  room: Room,
): Pick<Access, 'usageRecorder' | 'shadowRecorder' | 'watchRecorder'> {
  return {
    usageRecorder: createUsageRecorder({ usage, touchKeys: keys.touch, flushAfterMs: countsFlushAfterMs }),
    shadowRecorder: createShadowRecorder(shadows, countsFlushAfterMs),
    watchRecorder: createWatchRecorder({
      days: watchStore,
      flushAfterMs: countsFlushAfterMs,
      hasRoom: async (tenantId, nowMs) => (await room.refusal(tenantId, undefined, nowMs)) === undefined,
    }),
  };
}
