// Decoding, resizing, cropping and normalising against torchvision and Pillow (test/fixtures/preprocess).

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Preprocessing, preprocess } from '#shared/pixels/preprocess.ts';
import { decodePicture } from '../../../gpu-worker/pictures/decode.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);
const { images } = JSON.parse(await readFile(new URL('preprocess/index.json', fixtures), 'utf8'));

const clipPreprocessing: Preprocessing = {
  resize: { shorterSide: 224 },
  filter: 'bicubic',
  crop: { width: 224, height: 224 },
  rescale: 1 / 255,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

describe('preprocessing equals CLIP in torchvision: mean difference 0.01 at most, 99 % of values within 0.05', () => {
  test.each(Object.keys(images))('%s', async (name) => {
    const picture = await decodePicture(await readFile(new URL(`images/${name}`, fixtures)), {
      maxPixels: 1e7,
      maxBytes: 1e7,
      timeoutMs: 10_000,
    });
    if (!picture.ok) throw new Error(picture.error.detail);
    const actual = new Float32Array(3 * 224 * 224);
    preprocess(picture.value, clipPreprocessing, actual, 0);
    const golden = await readFile(new URL(`preprocess/${images[name].file}`, fixtures));
    const expected = new Float32Array(golden.buffer, golden.byteOffset, golden.byteLength / 4);
    const differences = actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)));
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    const within = differences.filter((difference) => difference <= 0.05).length / differences.length;
    expect(mean).toBeLessThanOrEqual(0.01);
    expect(within).toBeGreaterThanOrEqual(0.99);
  });
});
