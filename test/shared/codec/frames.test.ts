// Frames: several byte strings in one body, read and written without holding more than one of them.

import { describe, expect, it } from 'vitest';
import { encodeFrames, framesByteLength, readFrames, writeFrames } from '#shared/codec/frames.ts';
import { fc } from '../../support/properties.ts';

const options = { maxFrameBytes: 1000 };

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items);
}

function cut(bytes: Uint8Array, chunkLength: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkLength) }, (_, i) =>
    bytes.subarray(i * chunkLength, (i + 1) * chunkLength),
  );
}

describe('frames', () => {
  it('reads what was written, however the bytes arrive', async () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 64 }), async (written, chunkLength) => {
        const bytes = encodeFrames(written);
        expect(bytes.length).toBe(framesByteLength(written.map(({ length }) => length)));
        const read = await collect(readFrames(cut(bytes, chunkLength), options));
        expect(read.map((frame) => frame.ok && [...frame.value])).toEqual(written.map((frame) => [...frame]));
      }),
      { numRuns: 200 },
    );
  });

  it('tells of each chunk when it has been copied, and reads no more of it', async () => {
    const written = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4, 5])];
    const chunks = cut(encodeFrames(written), 3).map((chunk) => chunk.slice());
    const told: Uint8Array[] = [];
    const onCopied = (chunk: Uint8Array) => {
      told.push(chunk);
      chunk.fill(99);
    };
    const read = await collect(readFrames(chunks, { ...options, onCopied }));
    expect(read.map((frame) => frame.ok && [...frame.value])).toEqual(written.map((frame) => [...frame]));
    expect(told).toEqual(chunks);
  });

  it('writes in a stream the same bytes as at once', async () => {
    const frames = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array([4])];
    const sources = frames.map((frame) => ({ byteLength: frame.length, chunks: cut(frame, 2) }));
    const streamed = Buffer.concat(await collect(writeFrames(sources)));
    expect(new Uint8Array(streamed)).toEqual(encodeFrames(frames));
  });

  it('refuses a frame over the limit before making room for it, and a body that ends inside one', async () => {
    const long = await collect(readFrames([encodeFrames([new Uint8Array(1001)])], options));
    expect(long).toMatchObject([{ ok: false, error: { code: 'payload-too-large' } }]);
    const whole = encodeFrames([new Uint8Array([1]), new Uint8Array([2, 3])]);
    const short = await collect(readFrames([whole.subarray(0, whole.length - 1)], options));
    expect(short).toMatchObject([{ ok: true }, { ok: false, error: { code: 'malformed-request' } }]);
  });

  it('throws where a source yields another number of bytes than it said', async () => {
    const frames = [{ byteLength: 2, chunks: [new Uint8Array(3)] }];
    await expect(collect(writeFrames(frames))).rejects.toThrow(RangeError);
  });
});
