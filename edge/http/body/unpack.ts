// A gzip body unpacked as it is read, a few kilobytes of it at a time: the runtime unpacks all of what it is given at once and
// keeps it until somebody reads, and 64 KiB may be 64 MiB unpacked. Counts nothing: whoever reads does.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { takeTurn } from '../../clients/breathe.ts';
import { drain } from './drain-body.ts';

/** Packed. Deflate makes no more than 1,032 bytes of one, so the largest piece is at most some 4 MiB. */
const pieceBytes = { least: 256, first: 512, most: 4 * 1024 } as const;
/** What a piece is to come to, going by what the ones before came to. */
const wantedBytes = 256 * 1024;

/** Nothing is read ahead: a body has one reader at a time, and whoever cancels reads the rest of it. */
export const readWhenAsked: QueuingStrategy<Uint8Array> = { highWaterMark: 0 };

/** As it is where nothing has packed it. */
export function unpackedBody(
  request: Request,
): Result<ReadableStream<Uint8Array> | null, AppError<'unsupported-media-type'>> {
  const encoding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || request.body === null) return ok(request.body);
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    return err(appError('unsupported-media-type', 'Send the body as it is, or with Content-Encoding: gzip.'));
  }
  return ok(unpackGzip(request.body, drain));
}

/**
 * Errors where the body breaks off or is not what its coding says. Then, and where it is cancelled, `discard` reads what still
 * comes, so that the caller sees the answer.
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
  let sizes = { packed: 0, unpacked: 0 };
  let reading: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  let isFed = false;

  const feed = async () => {
    const piece = await nextPiece(pieceAfter(sizes));
    sizes = { ...sizes, packed: sizes.packed + (piece?.length ?? 0) };
    isFed = piece === undefined;
    // Whatever is wrong with it is told to whoever reads.
    const written = piece === undefined ? writer.close() : writer.write(piece);
    written.catch(() => undefined);
  };

  const giveUp = async (fault: unknown): Promise<never> => {
    await discard(packed).catch(() => undefined);
    throw fault;
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          reading ??= reader.read();
          const read = await (isFed ? reading : Promise.race([reading, takeTurn()])).catch(giveUp);
          if (read === undefined) {
            await feed();
            continue;
          }
          reading = undefined;
          if (read.done) return controller.close();
          sizes = { ...sizes, unpacked: sizes.unpacked + read.value.length };
          controller.enqueue(read.value);
          return;
        }
      },
      async cancel(reason) {
        await Promise.allSettled([reader.cancel(reason), discard(packed)]);
      },
    },
    readWhenAsked,
  );
}

function pieceAfter({ packed, unpacked }: { readonly packed: number; readonly unpacked: number }): number {
  if (packed === 0) return pieceBytes.first;
  const wanted = Math.ceil((wantedBytes * packed) / Math.max(1, unpacked));
  return Math.min(pieceBytes.most, Math.max(pieceBytes.least, wanted));
}

/** What is read, in pieces; `undefined` at the end. */
function createCutter(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): (bytes: number) => Promise<Uint8Array | undefined> {
  let rest = new Uint8Array(0);
  return async (bytes) => {
    while (rest.length === 0) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      rest = new Uint8Array(value);
    }
    const piece = rest.slice(0, bytes);
    rest = rest.subarray(bytes);
    return piece;
  };
}
