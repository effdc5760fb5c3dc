// The body of a framed request as a stream of known length: the JSON frame, then frames. Of those in storage it holds the chunk
// under way and what was opened ahead; of those in memory it makes no copy. It knows neither signing nor where the sources come from.

import type { Callers } from '#shared/callers.ts';
import { type FrameSource, framesByteLength, writeFrames } from '#shared/codec/frames.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { createBreather, giveWay } from './breathe.ts';
import { isolateCallers } from './isolate-callers.ts';

/** A frame that is opened only when its turn comes; may be opened again for a retry. */
export type LazyFrame = {
  readonly byteLength: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
};

/**
 * Frames are opened ahead of the one being sent, to hide the latency of storage: some together once few of those before are left.
 * One at a time, as they are sent, storage would be woken for each alone, which costs the edge half as much again.
 */
const openedTogether = { frames: 12, bytes: 4 * 1024 * 1024 };
const fewLeft = 2;

/** Lengths and small pictures go out together: each write costs as much as some kilobytes. */
const leastWritten = 32 * 1024;

/** Of what is in memory, so much goes out at once. */
const pieceBytes = 256 * 1024;

/** Errors the stream where a source fails or is not as long as it said. */
export function framedBody(
  head: Uint8Array,
  frames: readonly LazyFrame[],
  callers: Pick<Callers, 'areAbout'> = isolateCallers,
): ReadableStream<Uint8Array> {
  return bodyOf(inOrder(head, frames, callers), [head, ...frames]);
}

/** The same of frames that are in memory already, with no copy of them. */
export function heldBody(head: Uint8Array, frames: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const held = [head, ...frames];
  return bodyOf(
    held.map((bytes) => ({ byteLength: bytes.byteLength, chunks: piecesOf(bytes) })),
    held,
  );
}

/** Bytes in memory one after the other, with no copy of them, and with others' turns in between. */
export function streamOf(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const pieces = gathered(piecesOf(...parts));
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await giveWay();
      const { done, value } = pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** Small ones together. */
function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.byteLength;
    if (bytes < leastWritten) continue;
    yield joined(waiting);
    [waiting, bytes] = [[], 0];
  }
  if (waiting.length > 0) yield joined(waiting);
}

function* piecesOf(...parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let from = 0; from < part.byteLength; from += pieceBytes)
      yield part.subarray(from, from + pieceBytes);
  }
}

function bodyOf(
  frames: AsyncIterable<FrameSource> | Iterable<FrameSource>,
  lengths: readonly { readonly byteLength: number }[],
): ReadableStream<Uint8Array> {
  const chunks = writeFrames(frames);
  const breathe = createBreather();
  const source = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await breathe();
      const pieces: Uint8Array[] = [];
      for (let bytes = 0; bytes < leastWritten; ) {
        const { done, value } = await chunks.next();
        if (done) {
          if (pieces.length > 0) controller.enqueue(joined(pieces));
          controller.close();
          return;
        }
        pieces.push(value);
        bytes += value.byteLength;
      }
      controller.enqueue(joined(pieces));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
  const byteLength = framesByteLength(lengths.map((frame) => frame.byteLength));
  return source.pipeThrough(new FixedLengthStream(byteLength));
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : joinBytes(pieces);
}

/** The head and the frames as they are to be sent; while callers are about, others go first before each that is opened. */
export async function* inOrder(
  head: Uint8Array,
  frames: readonly LazyFrame[],
  callers: Pick<Callers, 'areAbout'>,
): AsyncGenerator<FrameSource> {
  yield { byteLength: head.byteLength, chunks: [head] };
  const opening: Promise<AsyncIterable<Uint8Array>>[] = [];
  for (let index = 0; index < frames.length; index++) {
    if (opening.length <= fewLeft) {
      for (const next of nextTogether(frames, index + opening.length)) {
        // Each is some milliseconds of the thread where storage is on it: all together they would stand before every caller.
        if (callers.areAbout()) await giveWay();
        const opened = next.open();
        // Awaited when its turn comes; until then a failure must not count as unhandled.
        opened.catch(() => undefined);
        opening.push(opened);
      }
    }
    const [chunks, frame] = [opening.shift(), frames[index]];
    if (chunks === undefined || frame === undefined) return;
    yield { byteLength: frame.byteLength, chunks: await chunks };
  }
}

/** At least one where there is any. */
function nextTogether(frames: readonly LazyFrame[], from: number): readonly LazyFrame[] {
  let [end, bytes] = [from, 0];
  while (end < Math.min(frames.length, from + openedTogether.frames) && bytes < openedTogether.bytes) {
    bytes += frames[end++]?.byteLength ?? 0;
  }
  return frames.slice(from, end);
}
