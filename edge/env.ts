// What the platform hands the worker: bindings, vars and secrets; and the one place where the latter two are parsed.

import type { D1Database, Fetcher, R2Bucket, RateLimit, Workflow } from '@cloudflare/workers-types';
import { z } from 'zod';
import type { QuotaNamespace } from './limits/quota-types.ts';
import type { MetricsNamespace } from './metrics/metrics-sums.ts';
import type { EmbeddingNamespace } from './stores/embedding-store.ts';

export type Env = {
  readonly FIT_WORKFLOW: Workflow;
  readonly EVALUATION_WORKFLOW: Workflow;
  readonly IMPORT_WORKFLOW: Workflow;
  readonly PROFILE_WORKFLOW: Workflow;
  readonly BATCH_WORKFLOW: Workflow;
  readonly WEBHOOK_WORKFLOW: Workflow;
  readonly DB: D1Database;
  readonly BUCKET: R2Bucket;
  readonly QUOTA: QuotaNamespace;
  readonly EMBEDDINGS: EmbeddingNamespace;
  readonly METRICS: MetricsNamespace;
  readonly RATE_LIMIT_1: RateLimit;
  readonly RATE_LIMIT_10: RateLimit;
  readonly RATE_LIMIT_100: RateLimit;
  readonly RATE_LIMIT_1000: RateLimit;
  /** Absent where the stack serves no static files. */
  readonly ASSETS?: Fetcher;
  /** The way to the workers; absent: the platform's own. The local stack's goes round what miniflare does with each `fetch`. */
  readonly WORKER_NETWORK?: Fetcher;
  /** What a proxy leaves before our own paths, e.g. `/clip`. */
  readonly BASE_PATH?: string;
  readonly ENVIRONMENT?: string;
  readonly DEFAULT_MODEL?: string;
  readonly WORKER_ENDPOINTS?: string;
  readonly SHARD_MAX_ITEMS?: string;
  readonly SHARD_MAX_BYTES?: string;
  readonly SHARDS_IN_FLIGHT?: string;
  readonly JOB_STALE_SECONDS?: string;
  readonly REFUSALS_PER_MINUTE?: string;
  readonly REFUSAL_DELAY_MS?: string;
  readonly DATABASE_ALARM_BYTES?: string;
  readonly WEBHOOK_RETRY_SECONDS?: string;
  readonly KEY_PEPPER?: string;
  readonly ADMIN_SECRET?: string;
  readonly METRICS_SECRET?: string;
  readonly WORKER_SECRET?: string;
};

const Secret = z.string().min(32, 'a secret has at least 32 characters');

/** Comma-separated. */
const List = z.string().transform((list) =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** What stands before our own paths, without a slash at its end: `clip`, `/clip` and `/clip/` are the same. */
export function basePathOf({ BASE_PATH = '' }: Pick<Env, 'BASE_PATH'>): string {
  const path = BASE_PATH.replace(/^\/+|\/+$/g, '');
  return path === '' ? '' : `/${path}`;
}

const Settings = z
  .object({
    basePath: z.string(),
    environment: z.enum(['development', 'staging', 'production']),
    defaultModel: z.string().min(1),
    workerEndpoints: List.pipe(z.array(z.url({ protocol: /^https?$/ }))),
    /** How a fit is cut: larger shards cost fewer merges, smaller ones lose less when a worker dies. */
    shards: z.object({
      /** Of one job at once. The platform lets one run wait for six answers at a time, storage's among them. */
      inFlight: z.coerce.number().int().min(1).max(64),
      maxItems: z.coerce.number().int().min(1).max(1024),
      maxBytes: z.coerce.number().min(1),
    }),
    /** A job without a sign of life for this long is taken over; runs give one every 5 seconds. */
    jobStaleMs: z.coerce
      .number()
      .min(5)
      .transform((seconds) => 1000 * seconds),
    /** From this size of the database on nothing is taken that adds to it (limits/room.ts). D1 ends at 10 GB. */
    databaseAlarmBytes: z.coerce.number().int().min(1),
    /** Before an event that was not taken is sent a second time; doubled after each further attempt, up to four hours. */
    webhookRetryMs: z.coerce
      .number()
      .positive()
      .transform((seconds) => 1000 * seconds),
    /** Refused calls of one address that an isolate looks up keys for (limits/refusals.ts). */
    refusalsPerMinute: z.coerce.number().int().min(1),
    /** How late those who are refused over and over are told so. */
    refusalDelayMs: z.coerce.number().int().min(0).max(10_000),
    /** The present one first; another one while it is being replaced. One secret, so that both change at once. */
    keyPeppers: List.pipe(z.tuple([Secret], Secret)),
    adminSecret: Secret,
    /** Reads metrics and does nothing else. Absent: only the administrator reads them. */
    metricsSecret: Secret.optional(),
    workerSecret: Secret,
  })
  .refine(({ adminSecret, metricsSecret }) => adminSecret !== metricsSecret, {
    path: ['metricsSecret'],
    message: 'METRICS_SECRET is the same as ADMIN_SECRET: it would open everything',
  });
export type Settings = z.infer<typeof Settings>;

/** Throws where the deployment lacks a var or secret: a bug of the deployment that no caller can mend. */
export function parseSettings(env: Env): Settings {
  return Settings.parse({
    basePath: basePathOf(env),
    environment: env.ENVIRONMENT ?? 'development',
    defaultModel: env.DEFAULT_MODEL ?? 'nano-clip',
    workerEndpoints: env.WORKER_ENDPOINTS ?? '',
    shards: {
      inFlight: env.SHARDS_IN_FLIGHT ?? 4,
      maxItems: env.SHARD_MAX_ITEMS ?? 128,
      maxBytes: env.SHARD_MAX_BYTES ?? 64 * 1024 * 1024,
    },
    jobStaleMs: env.JOB_STALE_SECONDS ?? 30,
    databaseAlarmBytes: env.DATABASE_ALARM_BYTES ?? 8_000_000_000,
    webhookRetryMs: env.WEBHOOK_RETRY_SECONDS ?? 5,
    refusalsPerMinute: env.REFUSALS_PER_MINUTE ?? 300,
    refusalDelayMs: env.REFUSAL_DELAY_MS ?? 1000,
    keyPeppers: env.KEY_PEPPER,
    adminSecret: env.ADMIN_SECRET,
    metricsSecret: env.METRICS_SECRET === '' ? undefined : env.METRICS_SECRET,
    workerSecret: env.WORKER_SECRET,
  });
}

/** The `<environment>` part of `icm_<environment>_<id>_<secret>`, so that a key shows where it belongs. */
export const keyEnvironments = {
  development: 'dev',
  staging: 'staging',
  production: 'live',
} as const satisfies Record<Settings['environment'], string>;
