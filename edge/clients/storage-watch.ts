// Tells storage's failures from the worker's while a call streams between the two. What cannot be read or stored must not look
// like the worker's fault, nor be asked of another one: it ends the call, and whoever made it may try again.

import { type AppError, type AppErrorCode, appError } from '#shared/app-error.ts';
import { err, type Result } from '#shared/result.ts';
import { MissingObject } from '../stores/object-store.ts';
import type { LazyFrame } from './framed-body.ts';
import type { CallContext } from './worker-call.ts';

export type Watched = {
  readonly frames: readonly LazyFrame[];
  readonly context: CallContext;
  /** To be told of what storage threw, before that goes on. */
  readonly storageFailed: (thrown: unknown) => void;
};

/** Throws what storage threw, but for a source that is gone. */
export async function watchStorage<T, Code extends AppErrorCode>(
  frames: readonly LazyFrame[],
  context: CallContext,
  call: (watched: Watched) => Promise<Result<T, AppError<Code>>>,
): Promise<Result<T, AppError<Code | 'conflict'>>> {
  const over = new AbortController();
  let cause: unknown;
  const storageFailed = (thrown: unknown) => {
    if (!over.signal.aborted) cause = thrown;
    over.abort();
  };
  const outcome = await call({
    frames: frames.map((frame) => watchFrame(frame, storageFailed)),
    context: {
      ...context,
      signal: context.signal ? AbortSignal.any([context.signal, over.signal]) : over.signal,
    },
    storageFailed,
  });
  if (outcome.ok || !over.signal.aborted) return outcome;
  if (!(cause instanceof MissingObject)) throw cause;
  return err(appError('conflict', 'Something this work needs was deleted while it ran.'));
}

function watchFrame({ byteLength, open }: LazyFrame, failed: (thrown: unknown) => void): LazyFrame {
  return {
    byteLength,
    async open() {
      try {
        return watchChunks(await open(), failed);
      } catch (thrown) {
        failed(thrown);
        throw thrown;
      }
    },
  };
}

async function* watchChunks(
  chunks: AsyncIterable<Uint8Array>,
  failed: (thrown: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (thrown) {
    failed(thrown);
    throw thrown;
  }
}
