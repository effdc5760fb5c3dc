// The next chunk of a body, waited for no longer than its place is worth.

import type { AppError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { isolateGarbage } from '../../limits/collect-garbage.ts';
import { type BodyFailure, BodyFault, brokenOff, tooSlow } from './body-fault.ts';

const idleMs = 20_000;

/** As much of a reader as is used here: either kind is one. */
type ChunkReader<Chunk extends Uint8Array> = {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>;
};

/** `undefined` at the end. A body of no size may take its time; one that holds room of others may not. */
export async function readChunk<Chunk extends Uint8Array>(
  reader: ChunkReader<Chunk>,
  isHurried: boolean,
): Promise<Result<Chunk | undefined, AppError<BodyFailure>>> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    const reading = reader.read();
    const { done, value } = isHurried
      ? await Promise.race([
          reading,
          new Promise<never>((_, reject) => {
            timer = setTimeout(() => reject(new BodyFault(tooSlow)), idleMs);
          }),
        ])
      : await reading;
    if (value !== undefined) isolateGarbage.received(value.byteLength);
    return ok(done ? undefined : value);
  } catch (thrown) {
    // The caller has gone, a chunk is damaged, or what was packed is not what it should be: none of it a fault of ours.
    return err(thrown instanceof BodyFault ? thrown.appError : brokenOff);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
