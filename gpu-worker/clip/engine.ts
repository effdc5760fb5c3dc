// What all models of one process share: picture threads, the inference thread, and the queue between them.

import { createCallers } from '#shared/callers.ts';
import type { DecodeLimits } from '../pictures/decode.ts';
import { openPicturePool, type PicturePool } from '../pictures/picture-pool.ts';
import { type BatchQueue, createBatchQueue, type QueueLane } from './batch-queue.ts';
import { type Inference, openInference } from './inference.ts';
import type { ExecutionProvider } from './tower-spec.ts';

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
  readonly intraOpThreads: number;
  readonly pictureThreads: number;
  readonly maxBatch: number;
  readonly limits: DecodeLimits;
  readonly observer?: EngineObserver;
};

export type Engine = Omit<EngineOptions, 'observer'> & {
  readonly observer: EngineObserver;
  readonly pictures: PicturePool;
  readonly inference: Inference;
  readonly queue: BatchQueue;
  /** Pictures one request keeps in flight: enough to decode the next batch while this one runs, and no more. */
  readonly window: number;
  readonly close: () => Promise<void>;
};

const silent: EngineObserver = { batchRun: () => undefined, picturePrepared: () => undefined };

export function openEngine(options: EngineOptions): Engine {
  const { maxBatch, pictureThreads, observer = silent } = options;
  const callers = createCallers();
  const pictures = openPicturePool(pictureThreads, { callers });
  const inference = openInference();
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
    window: maxBatch + 2 * pictureThreads,
    async close() {
      await Promise.all([pictures.close(), inference.close()]);
    },
  };
}
