// The event loop's side of the inference thread: towers as objects with a `run`.

import { ok, type Result } from '#shared/result.ts';
import { openThread, type ThreadClient } from '../threads/thread-client.ts';
import type { InferenceAnswer, InferenceRequest } from './inference-thread.ts';
import type { TowerInfo, TowerInput, TowerSpec } from './tower-spec.ts';

export type TowerRun = { readonly output: Float32Array<ArrayBuffer>; readonly runMs: number };

export type RemoteTower = TowerInfo & {
  /** Takes the input's buffer away. [n, ...rowShape] to [n, d]. */
  readonly run: (input: TowerInput, rows: number) => Promise<TowerRun>;
  readonly release: () => Promise<void>;
};

export type Inference = {
  /** The error is a sentence about the file. */
  readonly openTower: (spec: TowerSpec) => Promise<Result<RemoteTower, string>>;
  readonly close: () => Promise<void>;
};

export function openInference(): Inference {
  // Else ONNX Runtime keeps a device id and a store of events in the home directory, and reports them to its makers. It reads
  // the environment of the process, which a thread's copy of `process.env` does not reach: so it is set here.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const thread: ThreadClient<InferenceRequest, InferenceAnswer> = openThread(
    new URL('./inference-thread.ts', import.meta.url),
  );
  let nextTower = 0;
  return {
    async openTower(spec) {
      const tower = nextTower++;
      const answer = await thread.call({ kind: 'open', tower, spec });
      if (answer.kind !== 'open') throw new Error('the inference thread answered another question');
      return answer.opened.ok ? ok(remoteTower(thread, tower, answer.opened.value)) : answer.opened;
    },
    close: () => thread.close(),
  };
}

function remoteTower(
  thread: ThreadClient<InferenceRequest, InferenceAnswer>,
  tower: number,
  info: TowerInfo,
): RemoteTower {
  return {
    ...info,
    async run(input, rows) {
      const answer = await thread.call({ kind: 'run', tower, input, rows }, [input.buffer]);
      if (answer.kind !== 'run') throw new Error('the inference thread answered another question');
      return { output: answer.output, runMs: answer.runMs };
    },
    async release() {
      await thread.call({ kind: 'release', tower });
    },
  };
}
