// Where the embeddings of shards are added up. In a process that answers people this is a background thread's work: the products of
// a shard, its file and the file's hash are a tenth of a second together, during which an event loop serves nobody.

import type { PictureFailure } from '#shared/contracts/artefact.ts';
import { openThread } from '../threads/thread-client.ts';
import { collectSums, type SumsHeader } from './collected-sums.ts';
import { packPictures } from './packed-pictures.ts';
import type { CollectedPicture } from './statistics-collector.ts';
import type { SumsAnswer, SumsRequest } from './sums-thread.ts';

export type OpenSums = {
  /** Pictures are added in the order of the calls; who awaits each does not run ahead of the sums. */
  readonly add: (picture: CollectedPicture) => Promise<void>;
  /** The file of all that was added. Nothing may be added afterwards. */
  readonly finish: (failures: readonly PictureFailure[]) => Promise<Uint8Array<ArrayBuffer>>;
  /** Forgets it; after `finish` it does nothing. */
  readonly drop: () => void;
};

export type Sums = {
  readonly begin: (header: SumsHeader, dimension: number) => OpenSums;
  readonly close: () => Promise<void>;
};

/** On the thread that calls it: for scripts, which answer nobody meanwhile. */
export const sumsHere: Sums = {
  begin(header, dimension) {
    const { add, finish } = collectSums(header, dimension);
    return { add: async (picture) => add(picture), finish, drop: () => undefined };
  },
  close: async () => undefined,
};

/** To a message: one for each picture would cost as much as adding it up. */
const picturesAtOnce = 16;

/** One thread in the background for all shards. */
export function openSums(): Sums {
  const thread = openThread<SumsRequest, SumsAnswer>(new URL('./sums-thread.ts', import.meta.url), {
    inBackground: true,
  });
  let nextId = 0;
  return {
    begin(header, dimension) {
      const id = nextId++;
      const begun = handled(thread.call({ kind: 'begin', id, header, dimension }));
      let isOpen = true;
      let pending: CollectedPicture[] = [];
      let sent: Promise<unknown> = begun;

      function sendPending(): Promise<unknown> {
        const packed = packPictures(pending, dimension);
        pending = [];
        const buffers = [packed.embeddings.buffer, packed.intervened.buffer];
        return handled(thread.call({ kind: 'add', id, packed }, buffers));
      }

      return {
        async add(picture) {
          pending.push(picture);
          if (pending.length < picturesAtOnce) return;
          // One message is on its way while the next is filled.
          const earlier = sent;
          sent = sendPending();
          await earlier;
        },
        async finish(failures) {
          const added = [sent, sendPending()];
          isOpen = false;
          const finished = handled(thread.call({ kind: 'finish', id, failures }));
          await Promise.all(added);
          const answer = await finished;
          if (answer.kind !== 'file') throw new Error('the sums thread answered another question');
          return answer.bytes;
        },
        drop() {
          if (isOpen) handled(thread.call({ kind: 'drop', id }));
          isOpen = false;
        },
      };
    },
    close: () => thread.close(),
  };
}

/** A failure is for who awaits it next; until then it must not count as unhandled. */
function handled<Answer>(answer: Promise<Answer>): Promise<Answer> {
  answer.catch(() => undefined);
  return answer;
}
