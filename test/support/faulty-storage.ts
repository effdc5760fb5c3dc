// A database, a bucket and stored embeddings that fail as a test wants, under the real edge: entry.js asks here before every operation.

import { readFile } from 'node:fs/promises';
import { type Request, Response } from 'miniflare';
import type { LocalStackOptions } from '../../infra/local/open-local-stack.ts';

export type StorageFault = {
  /** Of what is done: `R2 put <key>`, `EMBEDDINGS read <object>`, `D1 <statements, each on one line>`. */
  readonly operation: RegExp;
  /** Default: every time, until `heal`. */
  readonly times?: number;
  /** Whether it still has its effect; default: it has none. `never`: it has none, and does not come back. */
  readonly when?: 'before' | 'after' | 'never';
};

export type FaultyStorage = {
  readonly edge: NonNullable<LocalStackOptions['edge']>;
  fail(fault: StorageFault): void;
  /** What has failed so far, in order. */
  readonly failed: readonly string[];
  /** Nothing fails from here on; forgets what has. */
  heal(): void;
};

export async function createFaultyStorage(): Promise<FaultyStorage> {
  const failed: string[] = [];
  let faults: { operation: RegExp; times: number; when: NonNullable<StorageFault['when']> }[] = [];
  const answer = (operation: string) => {
    const fault = faults.find((candidate) => candidate.times > 0 && candidate.operation.test(operation));
    if (fault === undefined) return 'none';
    fault.times -= 1;
    failed.push(operation);
    return fault.when;
  };
  return {
    edge: {
      entry: {
        type: 'ESModule',
        path: 'faulty-storage.js',
        contents: new Uint8Array(await readFile(new URL('faulty-storage/entry.js', import.meta.url))),
      },
      workerOptions: {
        serviceBindings: { FAULTS: async (request: Request) => new Response(answer(await request.text())) },
      },
    },
    fail: ({ operation, times = Number.POSITIVE_INFINITY, when = 'before' }) =>
      void faults.push({ operation, times, when }),
    failed,
    heal: () => {
      faults = [];
      failed.length = 0;
    },
  };
}
