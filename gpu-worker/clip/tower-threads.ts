// How a model's batches are spread over the cores. Threads of one batch wait for each other once a layer, which costs a small model a
// tenth of its time, and more where others want the cores; so each of its batches has one thread, and several run at once. A
// large one is worth all cores: whoever waits for it waits for less, and it has its weights in memory once.

import type { ExecutionProvider } from './tower-spec.ts';

export type TowerThreads = {
  /** Batches at once, each in a session of its own. */
  readonly sessions: number;
  /** Of one batch. */
  readonly intraOpThreads: number;
};

export type ThreadSettings = {
  readonly cores: number;
  readonly executionProvider: ExecutionProvider;
  /** Threads of the one session that every model then has. */
  readonly intraOpThreads?: number | undefined;
};

/** Of all files: nano-clip has 10 MiB, the smallest models of the hubs from 45 on, ViT-B/16 570. */
const smallBytes = 32 * 2 ** 20;
/** Each costs its weights, its buffers and a thread's heap; before so many are busy, the event loop that feeds them is. */
export const maxSessions = 4;

/** By the size of the model's files and the machine alone, so that it is the same at each start. No result depends on it. */
export function threadsFor(
  modelBytes: number,
  { cores, executionProvider, intraOpThreads }: ThreadSettings,
): TowerThreads {
  const isSmall = executionProvider === 'cpu' && modelBytes <= smallBytes;
  if (intraOpThreads !== undefined || !isSmall)
    return { sessions: 1, intraOpThreads: intraOpThreads ?? cores };
  return { sessions: Math.min(cores, maxSessions), intraOpThreads: 1 };
}
