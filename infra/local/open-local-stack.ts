// The whole system on this machine: the edge under miniflare and GPU workers as child processes, HTTP between them.
// Used by `npm start`, the demo, tests and benchmarks. Prints nothing.

import path from 'node:path';
import type { Miniflare } from 'miniflare';
import { giveWayAsSession } from './give-way.ts';
import { type GpuWorkerProcess, startGpuWorker } from './gpu-worker-process.ts';
import { createSecrets, type LocalSecrets, loadSecrets } from './local-secrets.ts';
import { type EdgeOptions, openEdge } from './open-edge.ts';
import { openScratchDirectory, type StateDirectory } from './scratch-directory.ts';
import { lockState } from './state-lock.ts';

export type LocalStackOptions = {
  /** Where everything is kept; absent: a temporary directory that goes with the stack. */
  readonly stateDirectory?: string | undefined;
  readonly host?: string | undefined;
  /** Of the edge; 0, the default, takes a free one. */
  readonly port?: number | undefined;
  /** How many GPU workers; default 1. */
  readonly workers?: number | undefined;
  /** Whether they go second on a contended processor; default true. */
  readonly workersGoSecond?: boolean | undefined;
  readonly modelsDirectory?: string | undefined;
  readonly model?: string | undefined;
  /** Over the edge's vars and secrets. */
  readonly bindings?: Readonly<Record<string, string>> | undefined;
  /** For tests that change the edge itself. */
  readonly edge?: Pick<EdgeOptions, 'entry' | 'workerOptions' | 'inspect'> | undefined;
  /** Over the workers' environment. */
  readonly workerEnvironment?: Readonly<Record<string, string>> | undefined;
  readonly onLog?: ((source: 'edge' | 'worker', line: string) => void) | undefined;
  /** A worker that had been ready ended by itself and is started again. */
  readonly onWorkerRestart?: ((cause: string) => void) | undefined;
};

export type LocalStack = {
  /** Of the edge, without a slash at the end. */
  readonly url: string;
  readonly secrets: LocalSecrets;
  readonly stateDirectory: string;
  readonly workers: readonly GpuWorkerProcess[];
  readonly miniflare: Miniflare;
  /** Resolves once the edge has ended by itself. Workers are started again; the edge is not. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
};

/** Ready to classify when it resolves; where any part fails to start, the others are stopped before it rejects. */
export async function openLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const state = await openState(options.stateDirectory);
  const secrets = options.stateDirectory === undefined ? createSecrets() : await loadSecrets(state.path);
  let isClosing = false;
  // Who ends a whole group of processes (`timeout`, a service manager) ends the workers with it.
  const onWorkerRestart = (cause: string) => {
    if (!isClosing) options.onWorkerRestart?.(cause);
  };
  // An edge alone is what others, its workers among them, are to give way to.
  if (options.workers !== 0 && options.workersGoSecond !== false) giveWayAsSession();
  const workers = await startWorkers({ ...options, onWorkerRestart }, secrets);
  const closeWorkers = () => Promise.all(workers.map((worker) => worker.close()));
  const [edge, ...ready] = await Promise.allSettled([
    openEdge({
      ...options.edge,
      stateDirectory: path.join(state.path, 'edge'),
      host: options.host,
      port: options.port,
      bindings: edgeBindings(options, secrets, workers),
      onLog: (line) => options.onLog?.('edge', line),
    }),
    ...workers.map((worker) => worker.ready()),
  ]);
  const failure = [edge, ...ready].find((part) => part.status === 'rejected');
  if (failure !== undefined || edge.status === 'rejected') {
    if (edge.status === 'fulfilled') await edge.value.close();
    await closeWorkers();
    await state.release();
    throw failure?.reason;
  }
  return {
    url: edge.value.url,
    miniflare: edge.value.miniflare,
    ended: edge.value.ended,
    stateDirectory: state.path,
    secrets,
    workers,
    close: async () => {
      isClosing = true;
      // The edge first: it must not see the workers go while it still takes requests.
      await edge.value.close();
      await closeWorkers();
      await state.release();
    },
  };
}

function startWorkers(options: LocalStackOptions, secrets: LocalSecrets): Promise<GpuWorkerProcess[]> {
  return Promise.all(
    Array.from({ length: options.workers ?? 1 }, () =>
      startGpuWorker({
        secret: secrets.workerSecret,
        goesSecond: options.workersGoSecond,
        modelsDirectory: options.modelsDirectory,
        model: options.model,
        isBehindAnother: options.bindings?.WORKER_ENDPOINTS !== undefined,
        environment: options.workerEnvironment,
        onLog: (line) => options.onLog?.('worker', line),
        onRestart: options.onWorkerRestart,
      }),
    ),
  );
}

function edgeBindings(
  options: LocalStackOptions,
  secrets: LocalSecrets,
  workers: readonly GpuWorkerProcess[],
): Record<string, string> {
  return {
    KEY_PEPPER: secrets.keyPepper,
    ADMIN_SECRET: secrets.adminSecret,
    WORKER_SECRET: secrets.workerSecret,
    WORKER_ENDPOINTS: workers.map(({ url }) => url).join(','),
    ...(options.model === undefined ? {} : { DEFAULT_MODEL: options.model }),
    ...options.bindings,
  };
}

async function openState(wanted: string | undefined): Promise<StateDirectory> {
  if (wanted === undefined) return openScratchDirectory();
  const directory = path.resolve(wanted);
  return { path: directory, release: await lockState(directory) };
}
