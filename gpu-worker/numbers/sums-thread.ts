// Entry of the sums thread: adds up what it is sent, for several shards at once.

import type { PictureFailure } from '#shared/contracts/artefact.ts';
import { type Served, serveThread } from '../threads/serve-thread.ts';
import { type CollectedSums, collectSums, type SumsHeader } from './collected-sums.ts';
import { type PackedPictures, unpackPictures } from './packed-pictures.ts';

export type SumsRequest =
  | {
      readonly kind: 'begin';
      readonly id: number;
      readonly header: SumsHeader;
      readonly dimension: number;
    }
  | { readonly kind: 'add'; readonly id: number; readonly packed: PackedPictures }
  | { readonly kind: 'finish'; readonly id: number; readonly failures: readonly PictureFailure[] }
  | { readonly kind: 'drop'; readonly id: number };

export type SumsAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'file'; readonly bytes: Uint8Array<ArrayBuffer> };

const done: Served<SumsAnswer> = { answer: { kind: 'done' } };
const shards = new Map<number, CollectedSums>();

serveThread<SumsRequest, SumsAnswer>(async (request): Promise<Served<SumsAnswer>> => {
  const { id } = request;
  switch (request.kind) {
    case 'begin':
      shards.set(id, collectSums(request.header, request.dimension));
      return done;
    case 'add': {
      const { add } = present(id);
      for (const picture of unpackPictures(request.packed)) add(picture);
      return done;
    }
    case 'finish': {
      const { finish } = present(id);
      shards.delete(id);
      const bytes = await finish(request.failures);
      return { answer: { kind: 'file', bytes }, transfer: [bytes.buffer] };
    }
    case 'drop':
      shards.delete(id);
      return done;
  }
});

/** It is not there where the thread has ended meanwhile and this is another. */
function present(id: number): CollectedSums {
  const sums = shards.get(id);
  if (sums === undefined) throw new Error(`sums ${id} were not begun`);
  return sums;
}
