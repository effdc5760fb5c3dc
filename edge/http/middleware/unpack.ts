// A gzip body unpacked as it is read, a few kilobytes of it at a time: the runtime unpacks all of what it is given at once and keeps
// it until somebody reads, and 64 KiB may be 64 MiB unpacked. Counts nothing: whoever reads does.

import { takeTurn } from '../../clients/breathe.ts';

/** Packed. At most some 4 MiB unpacked: deflate makes no more than 1,032 bytes of one. */
const pieceBytes = 4 * 1024;

/**
 * Errors where the body breaks off or is not what its coding says; `discard` has then read what still comes, so that the caller
 * sees the answer.
 */
export function unpackGzip(
  body: ReadableStream<Uint8Array>,
  discard: (packed: ReadableStreamDefaultReader<Uint8Array>) => Promise<void>,
): ReadableStream<Uint8Array> {
  const gunzip = new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>;
  const packed = body.getReader();
  const writer = gunzip.writable.getWriter();
  const reader = gunzip.readable.getReader();
  const nextPiece = createCutter(packed);
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  let isFed = false;

  const feed = async () => {
    const piece = await nextPiece();
    isFed = piece === undefined;
    // Whatever is wrong with it is told to whoever reads.
    const written = piece === undefined ? writer.close() : writer.write(piece);
    written.catch(() => undefined);
  };

  const giveUp = async (fault: unknown): Promise<never> => {
    await discard(packed).catch(() => undefined);
    throw fault;
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        reading ??= reader.read();
        const read = await (isFed ? reading : Promise.race([reading, takeTurn()])).catch(giveUp);
        if (read === undefined) {
          await feed();
          continue;
        }
        reading = undefined;
        if (read.done) controller.close();
        else controller.enqueue(read.value);
        return;
      }
    },
    async cancel(reason) {
      await Promise.allSettled([reader.cancel(reason), packed.cancel(reason)]);
    },
  });
}

/** What is read, in pieces; `undefined` at the end. */
function createCutter(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): () => Promise<Uint8Array | undefined> {
  let rest = new Uint8Array(0);
  return async () => {
    while (rest.length === 0) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      rest = new Uint8Array(value);
    }
    const piece = rest.slice(0, pieceBytes);
    rest = rest.subarray(pieceBytes);
    return piece;
  };
}
