// What an answer is made from: the caches in front of the bucket, the kernels, and the worker for what no cache has.
// Loads the kernels' module, so it needs the bundle: what is read without one must not import values from here.

import { createLru, type Lru } from '#shared/lru.ts';
import { holdRowsWith } from '#shared/math/kernels/held-rows.ts';
import { createEmbeddingCache, type EmbeddingCache } from './cache/embedding-cache.ts';
import { createEnvironmentCache, type EnvironmentCache } from './cache/environment-cache.ts';
import kernelModule from './cache/kernels.wasm';
import { createModelDirectory, type ModelDirectory } from './cache/model-directory.ts';
import { createProjectionCache, type ProjectionCache } from './cache/projection-cache.ts';
import { createPrototypeCache, type PrototypeCache } from './cache/prototype-cache.ts';
import { createTieredBytes, type EdgeCache } from './cache/tiered-bytes.ts';
import { createGpuWorkerClient } from './clients/create-gpu-worker.ts';
import type { GpuWorkerClient } from './clients/gpu-worker.ts';
import type { Access } from './create-access.ts';
import type { Env, Settings } from './env.ts';
import { isolateGarbage } from './limits/collect-garbage.ts';
import { createEmbeddingStore } from './stores/embedding-store.ts';
import type { ObjectStore } from './stores/object-store.ts';
import type { Rows } from './stores/open-database.ts';
import type { AppliedProfile } from './use-cases/apply-profile.ts';
import { createAskShadow } from './use-cases/ask-shadow.ts';
import type { AskShadow } from './use-cases/classify.ts';

/** Artefacts and prototypes never change under their key; what is deleted is no longer asked for. */
const immutableTtlSeconds = 86_400;
const maxProfileMemoryBytes = 4 * 1024 * 1024;

/** What answers without a look into storage, or asks the encoder. */
export type Answers = {
  readonly worker: GpuWorkerClient;
  readonly modelDirectory: ModelDirectory;
  readonly projectionCache: ProjectionCache;
  readonly askShadow: AskShadow;
  readonly prototypes: PrototypeCache;
  readonly embeddings: EmbeddingCache;
  readonly environments: EnvironmentCache;
  /** What profiles came to in the hands of projections. */
  readonly profileMemory: Lru<AppliedProfile>;
};

export function createAnswers(
  settings: Settings,
  { projections, models, environmentStore }: Rows,
  objects: ObjectStore,
  { WORKER_NETWORK: network, EMBEDDINGS: embeddings }: Pick<Env, 'WORKER_NETWORK' | 'EMBEDDINGS'>,
  { shadowRecorder, turns, fileRoom }: Pick<Access, 'shadowRecorder' | 'turns' | 'fileRoom'>,
): Answers {
  const { workerEndpoints: endpoints, workerSecret: secret } = settings;
  const worker = createGpuWorkerClient({ endpoints, secret, fetch: askWorkersBy(network) });
  const cache = () => caches.default as unknown as EdgeCache;
  const bytes = createTieredBytes({ objects, cache, maxAgeSeconds: immutableTtlSeconds });
  const holdRows = holdRowsWith(kernelModule);
  return {
    worker,
    askShadow: createAskShadow(shadowRecorder, turns),
    modelDirectory: createModelDirectory({ worker, models }),
    projectionCache: createProjectionCache({ projections, bytes, fileRoom, holdRows }),
    prototypes: createPrototypeCache({ bytes, worker }),
    embeddings: createEmbeddingCache(createEmbeddingStore(embeddings)),
    environments: createEnvironmentCache(environmentStore),
    profileMemory: createLru({ maxWeight: maxProfileMemoryBytes }),
  };
}

/** By the platform's own way where there is no other. */
function askWorkersBy(network: Env['WORKER_NETWORK']): typeof fetch {
  const send = network === undefined ? fetch.bind(globalThis) : network.fetch.bind(network);
  const ask = send as unknown as typeof fetch;
  return async (...request) => {
    const response = await ask(...request);
    isolateGarbage.called(Number(response.headers.get('content-length') ?? 0));
    return response;
  };
}
