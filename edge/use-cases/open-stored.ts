// Bytes of storage as a stream, or what to say where they are gone: a row that names them may be deleted just then.

import type { AppError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { MissingObject, type ObjectStore } from '../stores/object-store.ts';

export async function openStored<Missing extends AppError>(
  key: string,
  objects: Pick<ObjectStore, 'open'>,
  missing: Missing,
): Promise<Result<ReadableStream<Uint8Array>, Missing>> {
  try {
    return ok(await objects.open(key));
  } catch (thrown) {
    if (thrown instanceof MissingObject) return err(missing);
    throw thrown;
  }
}
