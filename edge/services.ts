// Everything a use case may need, made once an isolate from the bindings. The only place that knows which store is
// behind which name; nothing here does I/O until it is called.

import type { D1Database, R2Bucket } from '@cloudflare/workers-types';
import { type DataServices, dataServicesOf } from './data-services.ts';
import { type Env, keyEnvironments, parseSettings, type Settings } from './env.ts';
import { createQuota, type Quota } from './limits/quota.ts';
import { createRateLimiter, type RateLimiter } from './limits/rate-limiter.ts';
import { createUsageRecorder, type UsageRecorder } from './limits/usage-recorder.ts';
import { type AuditStore, createAuditStore } from './stores/audit-store.ts';
import { createIdempotencyStore, type IdempotencyStore } from './stores/idempotency-store.ts';
import { createKeyStore } from './stores/key-store.ts';
import { createTenantStore } from './stores/tenant-store.ts';
import { createUsageStore, type UsageStore } from './stores/usage-store.ts';
import type { TenantManagement } from './use-cases/manage-tenants.ts';
import { createKeyVerifier, type KeyVerifier, keyTtlMs } from './use-cases/verify-key.ts';

const maxRememberedKeys = 10_000;
const usageFlushAfterMs = 5_000;

export type Services = {
  readonly settings: Settings;
  readonly db: D1Database;
  readonly bucket: R2Bucket;
  readonly management: TenantManagement;
  readonly audit: AuditStore;
  readonly idempotency: IdempotencyStore;
  readonly verifier: KeyVerifier;
  readonly rateLimiter: RateLimiter;
  readonly quota: Quota;
  readonly usage: UsageStore;
  readonly usageRecorder: UsageRecorder;
  /** Pictures, projections, jobs, and what answers from them. */
  readonly data: DataServices;
};

export function createServices(env: Env): Services {
  const settings = parseSettings(env);
  const keys = createKeyStore(env.DB);
  const usage = createUsageStore(env.DB);
  const environment = keyEnvironments[settings.environment];
  const peppers = settings.keyPeppers;
  const verifier = createKeyVerifier({
    keys,
    environment,
    peppers,
    ttlMs: keyTtlMs,
    maxEntries: maxRememberedKeys,
  });
  return {
    settings,
    data: dataServicesOf(env),
    db: env.DB,
    bucket: env.BUCKET,
    management: { keys, tenants: createTenantStore(env.DB), verifier, environment, peppers },
    audit: createAuditStore(env.DB),
    idempotency: createIdempotencyStore(env.DB),
    verifier,
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
