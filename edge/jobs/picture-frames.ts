// The pictures of a shard as frames of a worker's call, each read from storage when its turn comes.

import type { LazyFrame } from '../clients/framed-body.ts';
import { MissingObject, type ObjectStore } from '../stores/object-store.ts';
import type { ShardItem } from './shard-plan.ts';

/** Up to this size a picture is read whole: a stream of the bucket comes in pieces of 4 KiB, each with turns of its own. */
const wholeBytes = 256 * 1024;

export function pictureFrames(
  list: readonly ShardItem[],
  objects: Pick<ObjectStore, 'open' | 'get'>,
): LazyFrame[] {
  return list.map(({ bytes, storageKey }) => ({
    byteLength: bytes,
    open: async () =>
      bytes > wholeBytes ? objects.open(storageKey) : oneChunk(await readWhole(storageKey, objects)),
  }));
}

async function readWhole(key: string, objects: Pick<ObjectStore, 'get'>): Promise<Uint8Array> {
  const bytes = await objects.get(key);
  if (bytes === undefined) throw new MissingObject();
  return bytes;
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
