// The one composition root: everything that routes, use cases and jobs may need, made once an isolate from the bindings.
// The only place that knows which store is behind which name; nothing here does I/O until it is called.

import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import { maxPictureBytes } from '#shared/contracts/limits.ts';
import { createLru, type Lru } from '#shared/lru.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { createEmbeddingCache, type EmbeddingCache, embeddingTtlSeconds } from './cache/embedding-cache.ts';
import { createEnvironmentCache, type EnvironmentCache } from './cache/environment-cache.ts';
import kernelModule from './cache/kernels.wasm';
import { createModelDirectory, type ModelDirectory } from './cache/model-directory.ts';
import { createProjectionCache, type ProjectionCache } from './cache/projection-cache.ts';
import { createPrototypeCache, type PrototypeCache } from './cache/prototype-cache.ts';
import { createTieredBytes, type EdgeCache } from './cache/tiered-bytes.ts';
import { createGpuWorkerClient, type GpuWorkerClient } from './clients/gpu-worker.ts';
import {
  createDeliveryStarter,
  createRunStarter,
  type DeliveryStarter,
  type RunStarter,
} from './clients/run-starter.ts';
import { isolateTurns, type Turns } from './clients/turns.ts';
import { type Env, keyEnvironments, parseSettings, type Settings } from './env.ts';
import { newId, randomBase62 } from './ids.ts';
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
import { createMetricsSums, type MetricsSums } from './metrics/metrics-sums.ts';
import { type AuditStore, createAuditStore } from './stores/audit-store.ts';
import { type BatchStore, createBatchStore } from './stores/batch-store.ts';
import { type CorrectionStore, createCorrectionStore } from './stores/correction-store.ts';
import { createDatasetSlices, type DatasetSlices } from './stores/dataset-slices.ts';
import { createDatasetStore, type DatasetStore } from './stores/dataset-store.ts';
import { createDeletionStore, type DeletionStore } from './stores/deletion-store.ts';
import { createDeliveryStore, type DeliveryStore } from './stores/delivery-store.ts';
import { createEnvironmentStore, type EnvironmentStore } from './stores/environment-store.ts';
import { createEvaluationStore, type EvaluationStore } from './stores/evaluation-store.ts';
import { createGaugeStore, type GaugeStore } from './stores/gauge-store.ts';
import { createIdempotencyStore, type IdempotencyStore } from './stores/idempotency-store.ts';
import { createItemStore, type ItemStore } from './stores/item-store.ts';
import { createJobStore, type JobStore } from './stores/job-store.ts';
import { createJobUpkeep, type JobUpkeep } from './stores/job-upkeep.ts';
import { createKeyStore } from './stores/key-store.ts';
import { createModelStore, type ModelStore } from './stores/model-store.ts';
import { createNameStore, type NameStore } from './stores/name-store.ts';
import { objectKeys } from './stores/object-keys.ts';
import { createObjectStore, type ObjectStore } from './stores/object-store.ts';
import { createProjectionStore, type ProjectionStore } from './stores/projection-store.ts';
import { createReleaseStore, type ReleaseStore } from './stores/release-store.ts';
import { createRoomStore, type RoomStore } from './stores/room-store.ts';
import { createRunStore, type RunStore } from './stores/run-store.ts';
import { createShadowStore, type ShadowStore } from './stores/shadow-store.ts';
import { createStatisticsFiles, type StatisticsFiles } from './stores/statistics-files.ts';
import { createTenantStore, type TenantStore } from './stores/tenant-store.ts';
import { createUsageStore, type UsageStore } from './stores/usage-store.ts';
import { createWatchStore, type WatchStore } from './stores/watch-store.ts';
import { createWebhookStore, type WebhookStore } from './stores/webhook-store.ts';
import type { AppliedProfile } from './use-cases/apply-profile.ts';
import { createAskShadow } from './use-cases/ask-shadow.ts';
import type { AskShadow } from './use-cases/classify.ts';
import type { TenantManagement } from './use-cases/manage-tenants.ts';
import { createKeyVerifier, type KeyVerifier, keyTtlMs } from './use-cases/verify-key.ts';
import type { DeliverySources } from './use-cases/webhooks/deliver-event.ts';
import type { WebhookManagement } from './use-cases/webhooks/manage-webhooks.ts';
import { publishQuotaNear } from './use-cases/webhooks/publish-quota-near.ts';

const maxRememberedKeys = 10_000;
const usageFlushAfterMs = 5_000;
const metricsFlushAfterMs = 15_000;
/** Artefacts and prototypes never change under their key; what is deleted is no longer asked for. */
const immutableTtlSeconds = 86_400;
const maxProfileMemoryBytes = 4 * 1024 * 1024;

/** Rows in the database. */
type Rows = {
  readonly tenants: TenantStore;
  readonly audit: AuditStore;
  readonly deletions: DeletionStore;
  readonly rooms: RoomStore;
  readonly usage: UsageStore;
  readonly idempotency: IdempotencyStore;
  readonly datasets: DatasetStore;
  readonly items: ItemStore;
  readonly slices: DatasetSlices;
  readonly projections: ProjectionStore;
  readonly releases: ReleaseStore;
  readonly shadows: ShadowStore;
  readonly corrections: CorrectionStore;
  readonly jobs: JobStore;
  readonly runs: RunStore;
  readonly jobUpkeep: JobUpkeep;
  readonly evaluations: EvaluationStore;
  readonly batches: BatchStore;
  readonly models: ModelStore;
  readonly names: NameStore;
  readonly environmentStore: EnvironmentStore;
  readonly watchStore: WatchStore;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly gauges: GaugeStore;
  /** One transaction. */
  readonly batch: (statements: D1PreparedStatement[]) => Promise<D1Result[]>;
};

/** Bytes in the bucket, and the names that they get there. */
type Objects = {
  readonly objects: ObjectStore;
  readonly statistics: StatisticsFiles;
  readonly newItemId: () => string;
  readonly pictureKey: (tenantId: string, sha256: string) => string;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
  readonly tenantPrefixes: (tenantId: string) => readonly string[];
};

/** What answers without a look into storage, or asks the encoder. */
type Answers = {
  readonly worker: GpuWorkerClient;
  readonly modelDirectory: ModelDirectory;
  readonly projectionCache: ProjectionCache;
  readonly askShadow: AskShadow;
  readonly shadowRecorder: ShadowRecorder;
  readonly prototypes: PrototypeCache;
  readonly embeddings: EmbeddingCache;
  readonly environments: EnvironmentCache;
  /** What profiles came to in the hands of projections. */
  readonly profileMemory: Lru<AppliedProfile>;
};

/** Who may do how much, and what it comes to. */
type Access = {
  readonly management: TenantManagement;
  readonly verifier: KeyVerifier;
  readonly rateLimiter: RateLimiter;
  readonly quota: Quota;
  readonly usageRecorder: UsageRecorder;
  readonly turns: Turns;
  readonly watchRecorder: WatchRecorder;
  readonly shares: RequestShares;
  readonly streams: OpenStreams;
  readonly refusals: Refusals;
  readonly lateAnswers: LateAnswers;
  readonly room: Room;
};

/** What tells tenants of what happens. */
type Events = {
  readonly webhookManagement: WebhookManagement;
  readonly deliverySources: DeliverySources & Pick<Access, 'quota'>;
};

export type Services = Rows &
  Objects &
  Answers &
  Access &
  Events & {
    readonly settings: Settings;
    readonly defaultModel: string;
    readonly maxPictureBytes: number;
    readonly startRun: RunStarter;
    readonly startDelivery: DeliveryStarter;
    readonly metrics: MetricsSums;
    readonly newId: typeof newId;
    /** Whether the database and the bucket answer. Throws where one does not. */
    readonly askStorage: () => Promise<void>;
  };

const made = new WeakMap<Env, Services>();

/** Bindings are the same object for an isolate's whole life, so each isolate parses its settings once. */
export function servicesOf(env: Env): Services {
  const known = made.get(env);
  if (known !== undefined) return known;
  const services = createServices(env);
  made.set(env, services);
  return services;
}

function createServices(env: Env): Services {
  const settings = parseSettings(env);
  const rows = openDatabase(env);
  const objects = createObjectStore(env.BUCKET);
  const startDelivery = createDeliveryStarter(env.WEBHOOK_WORKFLOW);
  const answers = createAnswers(settings, rows, objects, env.WORKER_NETWORK);
  const access = createAccess(env, settings, rows, startDelivery);
  return {
    settings,
    defaultModel: settings.defaultModel,
    maxPictureBytes,
    ...rows,
    objects,
    statistics: createStatisticsFiles(objects),
    newItemId: () => newId('item'),
    pictureKey: (tenantId, sha256) => objectKeys.picture(tenantId, sha256, randomBase62(8)),
    artefactKey: objectKeys.artefact,
    tenantPrefixes: objectKeys.prefixes,
    ...answers,
    ...access,
    ...createEvents(settings, rows, answers, access),
    startDelivery,
    metrics: createMetricsSums(env.METRICS, metricsFlushAfterMs),
    startRun: createRunStarter({
      fit: env.FIT_WORKFLOW,
      refit: env.FIT_WORKFLOW,
      extend: env.FIT_WORKFLOW,
      evaluation: env.EVALUATION_WORKFLOW,
      import: env.IMPORT_WORKFLOW,
      profile: env.PROFILE_WORKFLOW,
      batch: env.BATCH_WORKFLOW,
    }),
    newId,
    askStorage: async () => {
      await Promise.all([
        env.DB.prepare('SELECT id FROM tenants LIMIT 1').first(),
        env.BUCKET.head('readiness'),
      ]);
    },
  };
}

function openDatabase({ DB }: Env): Rows {
  return {
    tenants: createTenantStore(DB),
    audit: createAuditStore(DB),
    deletions: createDeletionStore(DB),
    rooms: createRoomStore(DB),
    usage: createUsageStore(DB),
    idempotency: createIdempotencyStore(DB),
    datasets: createDatasetStore(DB),
    items: createItemStore(DB),
    slices: createDatasetSlices(DB),
    projections: createProjectionStore(DB),
    releases: createReleaseStore(DB),
    shadows: createShadowStore(DB),
    corrections: createCorrectionStore(DB),
    jobs: createJobStore(DB),
    runs: createRunStore(DB),
    jobUpkeep: createJobUpkeep(DB),
    evaluations: createEvaluationStore(DB),
    batches: createBatchStore(DB),
    models: createModelStore(DB),
    names: createNameStore(DB),
    environmentStore: createEnvironmentStore(DB),
    watchStore: createWatchStore(DB),
    webhooks: createWebhookStore(DB),
    deliveries: createDeliveryStore(DB),
    gauges: createGaugeStore(DB),
    batch: (statements) => DB.batch(statements),
  };
}

function createAnswers(
  settings: Settings,
  { projections, shadows, models, environmentStore }: Rows,
  objects: ObjectStore,
  network: Env['WORKER_NETWORK'],
): Answers {
  const { workerEndpoints: endpoints, workerSecret: secret } = settings;
  const worker = createGpuWorkerClient({
    endpoints,
    secret,
    ...(network === undefined ? {} : { fetch: network.fetch.bind(network) as unknown as typeof fetch }),
  });
  const cache = () => caches.default as unknown as EdgeCache;
  const lasting = createTieredBytes({ objects, cache, maxAgeSeconds: immutableTtlSeconds });
  const passing = createTieredBytes({
    objects,
    cache,
    maxAgeSeconds: embeddingTtlSeconds,
    isMostlyNew: true,
  });
  const holdRows = holdRowsWith(kernelModule);
  const shadowRecorder = createShadowRecorder(shadows, usageFlushAfterMs);
  return {
    worker,
    shadowRecorder,
    askShadow: createAskShadow(shadowRecorder),
    modelDirectory: createModelDirectory({ worker, models }),
    projectionCache: createProjectionCache({ projections, bytes: lasting, holdRows }),
    prototypes: createPrototypeCache({ bytes: lasting, worker }),
    embeddings: createEmbeddingCache(passing),
    environments: createEnvironmentCache(environmentStore),
    profileMemory: createLru({ maxWeight: maxProfileMemoryBytes }),
  };
}

function createEvents(
  settings: Settings,
  { webhooks, deliveries }: Rows,
  { worker }: Answers,
  { quota }: Access,
): Events {
  const peppers = settings.keyPeppers;
  return {
    webhookManagement: { webhooks, peppers, allowsHttp: settings.environment === 'development' },
    deliverySources: { webhooks, deliveries, worker, quota, peppers, firstRetryMs: settings.webhookRetryMs },
  };
}

function createAccess(
  env: Env,
  settings: Settings,
  { tenants, usage, rooms, deliveries, watchStore }: Rows,
  startDelivery: DeliveryStarter,
): Access {
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
    shares: isolateShares(turns),
    streams: createOpenStreams(),
    room,
    refusals: createRefusals({ perMinute: settings.refusalsPerMinute }),
    lateAnswers: createLateAnswers({
      atOnce: settings.refusalsPerMinute / 2,
      delayMs: settings.refusalDelayMs,
    }),
    usageRecorder: createUsageRecorder({ usage, touchKeys: keys.touch, flushAfterMs: usageFlushAfterMs }),
    watchRecorder: createWatchRecorder({
      days: watchStore,
      flushAfterMs: usageFlushAfterMs,
      hasRoom: async (tenantId, nowMs) => (await room.refusal(tenantId, undefined, nowMs)) === undefined,
    }),
  };
}
