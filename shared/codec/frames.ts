// Frames: several byte strings in one body, each behind its length as a uint32, little-endian.
// Readers and writers stream: no more than one frame (reading) or one chunk (writing) is held.

import { type AppError, appError } from '../app-error.ts';
import { err, ok, type Result } from '../result.ts';

const lengthBytes = 4;

export type FrameSource = {
  readonly byteLength: number;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
};

export function framesByteLength(byteLengths: readonly number[]): number {
  return byteLengths.reduce((total, byteLength) => total + lengthBytes + byteLength, 0);
}

export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(framesByteLength(frames.map((frame) => frame.byteLength)));
  let offset = 0;
  for (const frame of frames) {
    bytes.set(lengthPrefix(frame.byteLength), offset);
    bytes.set(frame, offset + lengthBytes);
    offset += lengthBytes + frame.byteLength;
  }
  return bytes;
}

/** Throws where a source yields another number of bytes than it said: the frames behind it would be lost. */
export async function* writeFrames(
  frames: AsyncIterable<FrameSource> | Iterable<FrameSource>,
): AsyncGenerator<Uint8Array> {
  for await (const frame of frames) {
    yield lengthPrefix(frame.byteLength);
    let written = 0;
    for await (const chunk of frame.chunks) {
      written += chunk.byteLength;
      yield chunk;
    }
    if (written !== frame.byteLength) {
      throw new RangeError(`a frame of ${frame.byteLength} bytes was given ${written}`);
    }
  }
}

/** Yields whole frames. An error is the last thing it yields. `onCopied` is told of each chunk once nothing more is read of it. */
export async function* readFrames(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  {
    maxFrameBytes,
    onCopied,
  }: { readonly maxFrameBytes: number; readonly onCopied?: (chunk: Uint8Array) => void },
): AsyncGenerator<Result<Uint8Array<ArrayBuffer>, AppError<'payload-too-large' | 'malformed-request'>>> {
  const prefix = new Uint8Array(lengthBytes);
  let frame: Uint8Array<ArrayBuffer> = prefix;
  let filled = 0;
  let inPrefix = true;
  for await (const chunk of source) {
    let offset = 0;
    while (offset < chunk.byteLength || (!inPrefix && filled === frame.byteLength)) {
      const taken = Math.min(frame.byteLength - filled, chunk.byteLength - offset);
      frame.set(chunk.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
      if (filled < frame.byteLength) break;
      if (inPrefix) {
        const byteLength = new DataView(prefix.buffer).getUint32(0, true);
        if (byteLength > maxFrameBytes) {
          yield err(
            appError(
              'payload-too-large',
              `A frame has ${byteLength} bytes; at most ${maxFrameBytes} are taken.`,
            ),
          );
          return;
        }
        frame = new Uint8Array(byteLength);
      } else {
        yield ok(frame);
        frame = prefix;
      }
      inPrefix = !inPrefix;
      filled = 0;
    }
    onCopied?.(chunk);
  }
  if (!inPrefix || filled > 0) yield err(appError('malformed-request', 'The body ends inside a frame.'));
}

function lengthPrefix(byteLength: number): Uint8Array {
  if (byteLength > 0xffff_ffff) throw new RangeError('a frame is longer than its length field can say');
  const prefix = new Uint8Array(lengthBytes);
  new DataView(prefix.buffer).setUint32(0, byteLength, true);
  return prefix;
}
