// Everything a use case may need, made once an isolate from the bindings. The only place that knows which store is
// behind which name; nothing here does I/O until it is called.

import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { type Env, keyEnvironments, parseSettings, type Settings } from './env.ts';
import { createQuota, type Quota } from './limits/quota.ts';
import { createRateLimiter, type RateLimiter } from './limits/rate-limiter.ts';
import { createUsageRecorder, type UsageRecorder } from './limits/usage-recorder.ts';
import { createKeyStore, type KeyStore } from './stores/key-store.ts';
import { createUsageStore, type UsageStore } from './stores/usage-store.ts';
import { createKeyVerifier, type KeyVerifier } from './use-cases/verify-key.ts';

/** An isolate trusts a checked key this long, so a revocation is effective everywhere within it (stated: 30 s). */
const keyTtlMs = 15_000;
const maxRememberedKeys = 10_000;
const usageFlushAfterMs = 5_000;

export type Services = {
  readonly settings: Settings;
  readonly db: D1Database;
  readonly bucket: R2Bucket;
  readonly keys: KeyStore;
  readonly verifier: KeyVerifier;
  readonly rateLimiter: RateLimiter;
  readonly quota: Quota;
  readonly usage: UsageStore;
  readonly usageRecorder: UsageRecorder;
};

export function createServices(env: Env): Services {
  const settings = parseSettings(env);
  const keys = createKeyStore(env.DB);
  const usage = createUsageStore(env.DB);
  return {
    settings,
    db: env.DB,
    bucket: env.BUCKET,
    keys,
    verifier: createKeyVerifier({
      keys,
      environment: keyEnvironments[settings.environment],
      pepper: settings.keyPepper,
      ttlMs: keyTtlMs,
      maxEntries: maxRememberedKeys,
    }),
    rateLimiter: createRateLimiter([
      { limit: 1, binding: env.RATE_LIMIT_1 },
      { limit: 10, binding: env.RATE_LIMIT_10 },
      { limit: 100, binding: env.RATE_LIMIT_100 },
      { limit: 1000, binding: env.RATE_LIMIT_1000 },
    ]),
    quota: createQuota(env.QUOTA),
    usage,
    usageRecorder: createUsageRecorder({ usage, touchKeys: keys.touch, flushAfterMs: usageFlushAfterMs }),
  };
}
