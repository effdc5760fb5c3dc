import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { type ClipShape, vitBasePatch16, writeClipModel } from './write-clip-model.ts';

/** ViT-B/16 but for the widths and depths that make it large: the same operators, vocabulary and context. */
const narrow: ClipShape = {
  vision: { ...vitBasePatch16.vision, width: 32, layers: 2, heads: 2, dimension: 16 },
  text: { ...vitBasePatch16.text, width: 32, layers: 2, heads: 2, dimension: 16 },
};

it('writes a transformer that the worker loads, and whose texts are read at their end token', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'clip-model-'));
  try {
    await writeClipModel(directory, narrow, 1);
    const encoder = await openEncoder({ modelDirectory: directory, maxBatch: 2, intraOpThreads: 1 });
    if (!encoder.ok) throw new Error(encoder.error.detail);
    expect(encoder.value.info).toMatchObject({
      embeddingDimension: 16,
      contextLength: 77,
      imageSize: 224,
      logitScale: 100,
    });
    const rows = await encoder.value.encodeTexts(['a cat', 'a dog', 'a cat']);
    await encoder.value.close();
    expect(rows.every(Number.isFinite)).toBe(true);
    expect(rows.slice(32)).toEqual(rows.slice(0, 16));
    expect(rows.slice(16, 32)).not.toEqual(rows.slice(0, 16));
  } finally {
    await rm(directory, { recursive: true });
  }
});
