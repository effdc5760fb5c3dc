// How pictures are sent: those of a shard from storage, some together, and one by one beside callers; those at hand uncopied.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodeFrames } from '#shared/codec/frames.ts';
import { joinBytes } from '#shared/join-bytes.ts';
import { heldBody, inOrder, type LazyFrame, streamOf } from '../../../edge/clients/framed-body.ts';

/** Frames that note when each is opened, and what else has had a turn between. */
function notedFrames(count: number) {
  const events: string[] = [];
  const frames = Array.from(
    { length: count },
    (_, index): LazyFrame => ({
      byteLength: 1,
      async open() {
        events.push('open');
        setTimeout(() => events.push('others'), 0);
        return (async function* () {
          yield Uint8Array.of(index);
        })();
      },
    }),
  );
  return { frames, events };
}

async function read(frames: readonly LazyFrame[], areAbout: boolean): Promise<number[]> {
  const bytes: number[] = [];
  for await (const { chunks } of inOrder(Uint8Array.of(99), frames, { areAbout: () => areAbout })) {
    for await (const chunk of chunks) bytes.push(...chunk);
  }
  return bytes;
}

describe('the pictures of a shard', () => {
  test.each([true, false])('are sent in order behind the head (callers about: %s)', async (areAbout) => {
    const { frames } = notedFrames(30);
    expect(await read(frames, areAbout)).toEqual([99, ...frames.keys()]);
  });

  test('are opened some together while nobody waits', async () => {
    const { frames, events } = notedFrames(6);
    await read(frames, false);
    expect(events.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'open'));
  });

  test('are opened one by one while callers are about: what came before goes first', async () => {
    const { frames, events } = notedFrames(6);
    await read(frames, true);
    expect(events.slice(0, 5)).toEqual(['open', 'others', 'open', 'others', 'open']);
  });
});

describe('pictures at hand', () => {
  // Of workerd; here it counts nothing.
  class FixedLengthStream extends TransformStream {
    constructor(_byteLength: number) {
      super();
    }
  }
  beforeEach(() => void vi.stubGlobal('FixedLengthStream', FixedLengthStream));
  afterEach(() => void vi.unstubAllGlobals());

  test('are sent in pieces of themselves', async () => {
    const head = new TextEncoder().encode('{}');
    const pictures = [300_000, 0, 700_001].map((length, seed) =>
      Uint8Array.from({ length }, (_, index) => index + seed),
    );
    const sent = await Array.fromAsync(heldBody(head, pictures));
    expect(joinBytes(sent)).toEqual(encodeFrames([head, ...pictures]));
    const isPicture = ({ buffer }: Uint8Array) => pictures.some((picture) => picture.buffer === buffer);
    const copied = sent.filter((piece) => !isPicture(piece));
    // Lengths go out with what follows, which is the first piece of a picture.
    expect(Math.max(...sent.map(({ byteLength }) => byteLength))).toBeLessThan(512 * 1024);
    expect(copied.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(600_000);
    expect(sent.length - copied.length).toBe(3);
  });
});

describe('bytes in memory as a stream', () => {
  test('go out in order, small ones together and large ones in pieces', async () => {
    const small = Array.from({ length: 300 }, (_, index) => Uint8Array.of(index % 251));
    const large = Uint8Array.from({ length: 600_000 }, (_, index) => index % 241);
    const parts = [...small, large, ...small];
    const sizes: number[] = [];
    const read: Uint8Array[] = [];
    for await (const chunk of streamOf(parts)) {
      sizes.push(chunk.byteLength);
      read.push(chunk);
    }
    expect(joinBytes(read)).toEqual(joinBytes(parts));
    expect(sizes.length).toBeLessThan(6);
    expect(Math.max(...sizes)).toBeLessThan(300 * 1024);
  });
});
