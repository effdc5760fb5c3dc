// The event loop's side of the inference threads: towers as objects with a `run`. A thread runs one batch at a time; a tower that is open in
// several runs as many at once.

import { ok, type Result } from '#shared/result.ts';
import { openThread, type ThreadClient } from '../threads/thread-client.ts';
import type { InferenceAnswer, InferenceRequest } from './inference-thread.ts';
import type { TowerInfo, TowerInput, TowerSpec } from './tower-spec.ts';

export type TowerRun = { readonly output: Float32Array<ArrayBuffer>; readonly runMs: number };

export type RemoteTower = TowerInfo & {
  /** Batches that run at once; more wait for each other. */
  readonly sessions: number;
  /** Takes the input's buffer away. [n, ...rowShape] to [n, d]. */
  readonly run: (input: TowerInput, rows: number) => Promise<TowerRun>;
  readonly release: () => Promise<void>;
};

export type Inference = {
  /** The error is a sentence about the file. */
  readonly openTower: (spec: TowerSpec, sessions: number) => Promise<Result<RemoteTower, string>>;
  readonly close: () => Promise<void>;
};

type InferenceThread = ThreadClient<InferenceRequest, InferenceAnswer> & { underWay: number };

/** Threads begin when a tower is first opened in them: a large model, which has one, leaves the others out. */
export function openInference(threadCount: number): Inference {
  // Else ONNX Runtime keeps a device id and a store of events in the home directory, and reports them to its makers. It reads
  // the environment of the process, which a thread's copy of `process.env` does not reach: so it is set here.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const threads = Array.from({ length: threadCount }, openInferenceThread);
  let nextTower = 0;
  return {
    async openTower(spec, sessions) {
      const tower = nextTower++;
      const used = threads.slice(0, sessions);
      const opened = await Promise.all(used.map((thread) => openIn(thread, tower, spec)));
      const infos = opened.flatMap((one) => (one.ok ? one.value : []));
      const failed = opened.find((one) => !one.ok);
      if (failed === undefined) return ok(remoteTower(used, tower, infos));
      await releaseIn(used, tower);
      return failed;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

function openInferenceThread(): InferenceThread {
  return { ...openThread(new URL('./inference-thread.ts', import.meta.url)), underWay: 0 };
}

async function openIn(
  thread: InferenceThread,
  tower: number,
  spec: TowerSpec,
): Promise<Result<TowerInfo, string>> {
  const answer = await thread.call({ kind: 'open', tower, spec });
  if (answer.kind !== 'open') throw new Error('the inference thread answered another question');
  return answer.opened;
}

async function releaseIn(threads: readonly InferenceThread[], tower: number): Promise<void> {
  await Promise.all(threads.map((thread) => thread.call({ kind: 'release', tower })));
}

function remoteTower(
  threads: readonly InferenceThread[],
  tower: number,
  infos: readonly TowerInfo[],
): RemoteTower {
  const [info] = infos as readonly [TowerInfo];
  return {
    ...info,
    batchInvariant: infos.every(({ batchInvariant }) => batchInvariant),
    sessions: threads.length,
    async run(input, rows) {
      const thread = threads.reduce((idlest, one) => (one.underWay < idlest.underWay ? one : idlest));
      thread.underWay += 1;
      try {
        const answer = await thread.call({ kind: 'run', tower, input, rows }, [input.buffer]);
        if (answer.kind !== 'run') throw new Error('the inference thread answered another question');
        return { output: answer.output, runMs: answer.runMs };
      } finally {
        thread.underWay -= 1;
      }
    },
    release: () => releaseIn(threads, tower),
  };
}
