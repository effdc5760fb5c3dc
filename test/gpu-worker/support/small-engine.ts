// The engine of a worker, for models and pictures of tests: one thread of each kind.

import { type Engine, openEngine } from '../../../gpu-worker/clip/engine.ts';

export function openSmallEngine({ maxBatch = 2 } = {}): Engine {
  return openEngine({
    executionProvider: 'cpu',
    intraOpThreads: 1,
    pictureThreads: 1,
    maxBatch,
    limits: { maxPixels: 1e6, maxBytes: 1e6, timeoutMs: 10_000 },
  });
}
