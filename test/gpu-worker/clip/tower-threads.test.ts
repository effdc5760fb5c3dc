// How many threads and sessions a model has, and that no number of them changes what it says.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTower } from '../../../gpu-worker/clip/open-tower.ts';
import { threadsFor } from '../../../gpu-worker/clip/tower-threads.ts';
import { nanoClip } from '../support/model-copies.ts';

const nanoBytes = 10_300_000;
const vitBytes = 600_000_000;
const twoCores = { cores: 2, executionProvider: 'cpu' } as const;

describe('threads of a model', () => {
  test('are one for each of several batches of a small model, and all for one of a large one', () => {
    expect(threadsFor(nanoBytes, twoCores)).toEqual({ sessions: 2, intraOpThreads: 1 });
    expect(threadsFor(vitBytes, twoCores)).toEqual({ sessions: 1, intraOpThreads: 2 });
  });

  test('are bounded on a machine of many cores', () => {
    expect(threadsFor(nanoBytes, { ...twoCores, cores: 64 })).toEqual({ sessions: 4, intraOpThreads: 1 });
  });

  test('are as many as the operator says, of one session', () => {
    const said = { ...twoCores, intraOpThreads: 3 };
    expect(threadsFor(nanoBytes, said)).toEqual({ sessions: 1, intraOpThreads: 3 });
    expect(threadsFor(vitBytes, said)).toEqual({ sessions: 1, intraOpThreads: 3 });
  });

  test('are those of one session on a GPU', () => {
    const onGpu = { cores: 8, executionProvider: 'cuda' } as const;
    expect(threadsFor(nanoBytes, onGpu)).toEqual({ sessions: 1, intraOpThreads: 8 });
  });

  test.each([
    {
      tower: 'vision',
      outputNames: ['image_embeds'],
      input: { kind: 'pictures', height: 64, width: 64 },
      rows: (count: number) => Float32Array.from({ length: count * 3 * 64 * 64 }, (_, i) => Math.sin(i * i)),
    },
    {
      tower: 'text',
      outputNames: ['text_embeds'],
      input: {
        kind: 'texts',
        contextLength: 32,
        padding: 'context',
        mask: 'tokens',
        meanPooling: false,
        token: { id: 0, isEnd: false },
      },
      rows: (count: number) => BigInt64Array.from({ length: count * 32 }, (_, i) => BigInt((i * 37) % 4096)),
    },
  ] as const)('change no bit of what the $tower tower gives', async ({ tower, outputNames, input, rows }) => {
    const file = join(nanoClip, `onnx/${tower}_model.onnx`);
    const outputs = [1, 2].map(async (intraOpThreads) => {
      const spec = {
        file,
        input,
        outputNames,
        executionProvider: 'cpu',
        intraOpThreads,
        maxBatch: 2,
      } as const;
      const opened = await openTower(spec);
      if (!opened.ok) throw new Error(opened.error);
      const batches = [1, 3, 16].map((count) => opened.value.run(rows(count), count));
      const bytes = (await Promise.all(batches)).map(
        (batch) => new Uint8Array(Float32Array.from(batch).buffer),
      );
      await opened.value.release();
      return bytes;
    });
    const [one, two] = await Promise.all(outputs);
    expect(two).toEqual(one);
    expect(one?.map(({ byteLength }) => byteLength / 1024)).toEqual([1, 3, 16]);
  });
});
