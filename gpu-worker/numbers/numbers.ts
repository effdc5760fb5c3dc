// The event loop's side of a numbers thread.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { openThread } from '../threads/thread-client.ts';
import type { FileFailure, LoadedStatistics, NumbersAnswer, NumbersRequest } from './numbers-thread.ts';
import type { NumbersFailure, SolveTask } from './solve-statistics.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export type Numbers = {
  /** Takes the bytes' buffer away. */
  readonly load: (
    kind: 'load' | 'add' | 'subtract',
    bytes: Bytes,
  ) => Promise<Result<LoadedStatistics, AppError<FileFailure>>>;
  readonly write: () => Promise<Bytes>;
  readonly solve: (task: SolveTask) => Promise<Result<Bytes, AppError<NumbersFailure>>>;
};

/** Runs `work` with a thread of its own, which ends with it or with the signal. Rejects with the signal's reason. */
export async function withNumbers<Answer>(
  signal: AbortSignal | undefined,
  work: (numbers: Numbers) => Promise<Answer>,
): Promise<Answer> {
  const thread = openThread<NumbersRequest, NumbersAnswer>(new URL('./numbers-thread.ts', import.meta.url), {
    inBackground: true,
  });
  const abort = () => void thread.interrupt();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    return await work({
      async load(kind, bytes) {
        const answer = await thread.call({ kind, bytes }, [bytes.buffer]);
        return answer.kind === 'loaded' ? answer.file : outOfTurn();
      },
      async write() {
        const answer = await thread.call({ kind: 'write' });
        return answer.kind === 'written' ? answer.bytes : outOfTurn();
      },
      async solve(task) {
        const answer = await thread.call({ kind: 'solve', task });
        return answer.kind === 'solved' ? answer.artefact : outOfTurn();
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await thread.interrupt();
  }
}

/** All items of a stream added up, those from `subtractFrom` on taken away. */
export async function mergeInto<Code extends AppErrorCode>(
  numbers: Numbers,
  items: AsyncIterable<Result<Bytes, AppError<Code>>>,
  subtractFrom = Number.POSITIVE_INFINITY,
): Promise<Result<Bytes, AppError<Code | FileFailure>>> {
  let index = 0;
  for await (const item of items) {
    if (!item.ok) return err(item.error);
    const addOrLoad = index === 0 ? 'load' : 'add';
    const loaded = await numbers.load(index >= subtractFrom ? 'subtract' : addOrLoad, item.value);
    if (!loaded.ok) return loaded;
    index++;
  }
  return ok(await numbers.write());
}

function outOfTurn(): never {
  throw new Error('the numbers thread answered another question');
}
