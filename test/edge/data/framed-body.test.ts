// How the pictures of a shard are read from storage: some together, and one by one beside callers.

import { describe, expect, test } from 'vitest';
import { inOrder, type LazyFrame } from '../../../edge/clients/framed-body.ts';

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
