// What all models of one process share: picture threads, inference threads, and the queue between them.

import { availableParallelism } from 'node:os';
import { createCallers } from '#shared/callers.ts';
import type { DecodeLimits } from '../pictures/decode.ts';
import { openPicturePool, type PicturePool } from '../pictures/picture-pool.ts';
import { type BatchQueue, createBatchQueue, type QueueLane } from './batch-queue.ts';
import { type Inference, openInference } from './inference.ts';
import type { ExecutionProvider } from './tower-spec.ts';
import { maxSessions, type TowerThreads, threadsFor } from './tower-threads.ts';

export type EngineObserver = {
  readonly batchRun: (batch: {
    readonly lane: QueueLane;
    readonly rows: number;
    readonly runMs: number;
  }) => void;
  readonly picturePrepared: (times: { readonly decodeMs: number; readonly interventionMs: number }) => void;
};

export type EngineOptions = {
  readonly executionProvider: ExecutionProvider;
  /** Of the one session that a model then has; default: by the model (tower-threads.ts). */
  readonly intraOpThreads?: number | undefined;
  readonly pictureThreads: number;
  readonly maxBatch: number;
  readonly limits: DecodeLimits;
  readonly observer?: EngineObserver;
};

export type Engine = Omit<EngineOptions, 'observer' | 'intraOpThreads'> & {
  readonly observer: EngineObserver;
  readonly pictures: PicturePool;
  readonly inference: Inference;
  readonly queue: BatchQueue;
  /** For a model whose files have so many bytes. */
  readonly threadsFor: (modelBytes: number) => TowerThreads;
  /** Pictures one request keeps in flight: enough to decode the next batch while this one runs, and no more. */
  readonly window: number;
  readonly close: () => Promise<void>;
};

const silent: EngineObserver = { batchRun: () => undefined, picturePrepared: () => undefined };

export function openEngine(options: EngineOptions): Engine {
  const { maxBatch, pictureThreads, observer = silent } = options;
  const settings = { ...options, cores: availableParallelism() };
  const callers = createCallers();
  const pictures = openPicturePool(pictureThreads, { callers });
  const inference = openInference(maxSessions);
  const queue = createBatchQueue({
    maxBatch: { interactive: maxBatch, bulk: maxBatch },
    maxBesideCallers: Math.ceil(maxBatch / 2),
    callers,
    onBatch: observer.batchRun,
  });
  return {
    ...options,
    observer,
    pictures,
    inference,
    queue,
    threadsFor: (modelBytes) => threadsFor(modelBytes, settings),
    window: maxBatch + 2 * pictureThreads,
    async close() {
      await Promise.all([pictures.close(), inference.close()]);
    },
  };
}
