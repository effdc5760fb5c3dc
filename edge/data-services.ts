// What the data routes, their use cases and the workflows need, made once an isolate from the bindings. Beside services.ts,
// which holds what every route needs, because workflows have this without the other.

import type { D1PreparedStatement, D1Result } from '@cloudflare/workers-types';
import type { AppError } from '#shared/app-error.ts';
import { maxPictureBytes } from '#shared/contracts/classification.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import type { Result } from '#shared/result.ts';
import { createEmbeddingCache, type EmbeddingCache, embeddingTtlSeconds } from './cache/embedding-cache.ts';
import { createModelDirectory, type ModelDirectory } from './cache/model-directory.ts';
import { createProjectionCache, type ProjectionCache } from './cache/projection-cache.ts';
import { createPrototypeCache, type PrototypeCache } from './cache/prototype-cache.ts';
import { createTieredBytes, type EdgeCache } from './cache/tiered-bytes.ts';
import vectorModule from './cache/vector-module.wasm';
import { createGpuWorkerClient, type GpuWorkerClient } from './clients/gpu-worker.ts';
import { type Env, parseSettings, type Settings } from './env.ts';
import { newId, randomBase62 } from './ids.ts';
import { createRunStarter, type RunStarter } from './jobs/start-run.ts';
import { chargePictures, createQuota } from './limits/quota.ts';
import { createDatasetStore, type DatasetStore } from './stores/dataset-store.ts';
import { createEvaluationStore, type EvaluationStore } from './stores/evaluation-store.ts';
import { createItemStore, type ItemStore } from './stores/item-store.ts';
import { createJobStore, type JobStore, type Run } from './stores/job-store.ts';
import { createModelStore, type ModelStore } from './stores/model-store.ts';
import { objectKeys } from './stores/object-keys.ts';
import { createObjectStore, type ObjectStore } from './stores/object-store.ts';
import { createProjectionStore, type ProjectionStore } from './stores/projection-store.ts';
import { createStatisticsFiles, type StatisticsFiles } from './stores/statistics-files.ts';
import { createTenantStore } from './stores/tenant-store.ts';

/** Artefacts and prototypes never change under their key; what is deleted is no longer asked for. */
const immutableTtlSeconds = 86_400;

export type DataServices = {
  readonly settings: Settings;
  readonly defaultModel: string;
  readonly maxPictureBytes: number;
  readonly datasets: DatasetStore;
  readonly items: ItemStore;
  readonly objects: ObjectStore;
  readonly statistics: StatisticsFiles;
  readonly projections: ProjectionStore;
  readonly jobs: JobStore;
  readonly evaluations: EvaluationStore;
  readonly models: ModelStore;
  readonly worker: GpuWorkerClient;
  readonly modelDirectory: ModelDirectory;
  readonly projectionCache: ProjectionCache;
  readonly prototypes: PrototypeCache;
  readonly embeddings: EmbeddingCache;
  readonly startRun: RunStarter;
  /** One transaction. */
  readonly batch: (statements: D1PreparedStatement[]) => Promise<D1Result[]>;
  /** Runs what encodes so many pictures of a job's shard at the cost of the tenant's daily quota, once however often it is run. */
  readonly charge: <T>(
    run: Run,
    shard: number,
    pictures: number,
    work: () => Promise<Result<T, AppError>>,
  ) => Promise<Result<T, AppError>>;
  readonly newItemId: () => string;
  readonly pictureKey: (tenantId: string, sha256: string) => string;
  readonly artefactKey: (tenantId: string, projectionId: string) => string;
};

const made = new WeakMap<Env, DataServices>();

/** Bindings are the same object for an isolate's whole life. */
export function dataServicesOf(env: Env): DataServices {
  const known = made.get(env);
  if (known !== undefined) return known;
  const services = createDataServices(env, parseSettings(env));
  made.set(env, services);
  return services;
}

function createDataServices(env: Env, settings: Settings): DataServices {
  const objects = createObjectStore(env.BUCKET);
  const models = createModelStore(env.DB);
  const projections = createProjectionStore(env.DB);
  const tenants = createTenantStore(env.DB);
  const quota = createQuota(env.QUOTA);
  const worker = createGpuWorkerClient({
    endpoints: settings.workerEndpoints,
    secret: settings.workerSecret,
  });
  const cache = () => caches.default as unknown as EdgeCache;
  const lasting = createTieredBytes({ objects, cache, maxAgeSeconds: immutableTtlSeconds });
  const passing = createTieredBytes({ objects, cache, maxAgeSeconds: embeddingTtlSeconds });
  return {
    settings,
    defaultModel: settings.defaultModel,
    maxPictureBytes,
    datasets: createDatasetStore(env.DB),
    items: createItemStore(env.DB),
    objects,
    statistics: createStatisticsFiles(objects),
    projections,
    jobs: createJobStore(env.DB),
    evaluations: createEvaluationStore(env.DB),
    models,
    worker,
    modelDirectory: createModelDirectory({ worker, models }),
    projectionCache: createProjectionCache({
      projections,
      bytes: lasting,
      holdRows: holdRowsWith(vectorModule),
    }),
    prototypes: createPrototypeCache({ bytes: lasting, worker }),
    embeddings: createEmbeddingCache(passing),
    startRun: createRunStarter(env),
    batch: (statements) => env.DB.batch(statements),
    async charge({ tenantId, jobId }, shard, pictures, work) {
      const tenant = await tenants.find(tenantId);
      if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}`);
      return chargePictures(quota, tenant, pictures, Date.now(), work, `${jobId}/${shard}`);
    },
    newItemId: () => newId('item'),
    pictureKey: (tenantId, sha256) => objectKeys.picture(tenantId, sha256, randomBase62(8)),
    artefactKey: objectKeys.artefact,
  };
}
