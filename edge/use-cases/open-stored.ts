// Bytes of storage as a stream where they are still there: a row that names them may be deleted just then.

import type { AppError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { MissingObject, type ObjectStore } from '../stores/object-store.ts';

type Source = Pick<ObjectStore, 'open'>;

export async function openIfThere(
  key: string,
  objects: Source,
): Promise<ReadableStream<Uint8Array> | undefined> {
  try {
    return await objects.open(key);
  } catch (thrown) {
    if (thrown instanceof MissingObject) return undefined;
    throw thrown;
  }
}

/** Or what to say where they are gone. */
export async function openStored<Missing extends AppError>(
  key: string,
  objects: Source,
  missing: Missing,
): Promise<Result<ReadableStream<Uint8Array>, Missing>> {
  const stream = await openIfThere(key, objects);
  return stream === undefined ? err(missing) : ok(stream);
}
