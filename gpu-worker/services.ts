// Everything that lives as long as the worker does, made once from its settings and handed to routes.

import type { Logger } from 'pino';
import { pino } from 'pino';
import { type Admission, createAdmission } from './clip/admission.ts';
import { openEngine } from './clip/engine.ts';
import { createModelStore, type ModelStore, type ModelStoreObserver } from './clip/model-store.ts';
import type { Environment } from './env.ts';
import { createTasks, type Tasks } from './fairness/tasks.ts';
import { createAddressPolicy } from './fetch/address-policy.ts';
import { createFetchAdmission, type FetchAdmission } from './fetch/fetch-admission.ts';
import { createSafeFetch, type SafeFetch } from './fetch/safe-fetch.ts';
import { createSafePost, type SafePost } from './fetch/safe-post.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openSums, type Sums } from './numbers/sums.ts';
import { type CaptionWriter, createCaptionWriter } from './texts/caption-writer.ts';

export type Services = {
  readonly env: Environment;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly admission: Admission;
  readonly models: ModelStore;
  readonly tasks: Tasks;
  readonly sums: Sums;
  /** Where a chat endpoint is configured. */
  readonly captionWriter: CaptionWriter | undefined;
  readonly safeFetch: SafeFetch;
  readonly safePost: SafePost;
  readonly fetchAdmission: FetchAdmission;
  /** Pictures one request keeps in flight. */
  readonly window: number;
  readonly now: () => number;
  readonly close: () => Promise<void>;
};

/** Of one tenant, more than one request has. */
const maxWaitingFetches = 256;

export function createServices(env: Environment, now: () => number = Date.now): Services {
  const log = pino({ level: env.LOG_LEVEL, base: { service: 'gpu-worker' } });
  const metrics = createMetrics();
  const sums = openSums();
  const admission = createAdmission(env.ICM_QUEUE_LIMIT, now);
  const engine = openEngine({
    executionProvider: env.ICM_EXECUTION_PROVIDER,
    intraOpThreads: env.ICM_INTRA_OP_THREADS,
    pictureThreads: env.ICM_PICTURE_THREADS,
    maxBatch: env.ICM_MAX_BATCH,
    limits: {
      maxPixels: env.ICM_MAX_PIXELS,
      maxBytes: env.ICM_MAX_PICTURE_BYTES,
      timeoutMs: env.ICM_PICTURE_TIMEOUT_MS,
      truncatedJpegs: env.ICM_TRUNCATED_JPEGS,
    },
    observer: metrics.observer,
  });
  const models = createModelStore({
    engine,
    directory: env.ICM_MODELS_DIR,
    variant: env.ICM_MODEL_VARIANT,
    byteBudget: env.ICM_MODEL_BYTES,
    observer: modelLog(log),
  });
  metrics.watch({ admission, models, now });
  const reach = {
    isAllowed: createAddressPolicy(env.ICM_FETCH_ALLOW),
    timeoutMs: env.ICM_FETCH_TIMEOUT_MS,
  };
  return {
    env,
    log,
    metrics,
    lifecycle: createLifecycle(),
    admission,
    models,
    tasks: createTasks(),
    sums,
    captionWriter: captionWriterOf(env),
    safeFetch: createSafeFetch(reach),
    safePost: createSafePost(reach),
    fetchAdmission: createFetchAdmission({
      limit: env.ICM_FETCH_LIMIT,
      perParty: env.ICM_FETCH_LIMIT_TENANT,
      maxWaiting: maxWaitingFetches,
    }),
    window: engine.window,
    now,
    close: async () => {
      await Promise.all([engine.close(), sums.close()]);
    },
  };
}

/** A model that loads is told of once, with what its files did not agree on; so is one that does not. */
function modelLog(log: Logger): ModelStoreObserver {
  return {
    loaded({ reference, family, embeddingDimension, contextLength, imageSize, byteLength, notes, assumed }) {
      const facts = { family, embeddingDimension, contextLength, imageSize, byteLength };
      log.info({ event: 'model-loaded', model: reference.id, revision: reference.revision, ...facts });
      for (const note of notes) log.warn({ event: 'model-contradicts-itself', model: reference.id, note });
      if (assumed !== undefined) {
        log.warn({ event: 'model-scores-assumed', model: reference.id, note: `probabilities by ${assumed}` });
      }
    },
    failed: (model, { code, detail }) => log.warn({ event: 'model-failed', model, code, detail }),
  };
}

function captionWriterOf(env: Environment): CaptionWriter | undefined {
  if (env.ICM_CHAT_URL === undefined) return undefined;
  return createCaptionWriter({
    url: env.ICM_CHAT_URL,
    model: env.ICM_CHAT_MODEL ?? 'default',
    key: env.ICM_CHAT_KEY,
    timeoutMs: env.ICM_CHAT_TIMEOUT_MS,
  });
}
