// The embedded model against its PyTorch reference, and what an encoder promises whatever the model.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { openTower } from '../../../gpu-worker/clip/open-tower.ts';
import { PictureIntervention } from '../../../shared/contracts/intervention.ts';
import { nanoClip } from '../support/model-copies.ts';

const reference = JSON.parse(await readFile(join(nanoClip, 'reference.json'), 'utf8'));
const images = new URL('../../fixtures/images/', import.meta.url);
const photo = await readFile(new URL('photo.jpg', images));
const wide = await readFile(new URL('wide.png', images));
const gray = await readFile(new URL('gray.png', images));
const tolerance = 2e-3;

let encoder: Encoder;
beforeAll(async () => {
  const opened = await openEncoder({ modelDirectory: nanoClip, pictureThreads: 2, maxBatch: 4 });
  if (!opened.ok) throw new Error(opened.error.detail);
  encoder = opened.value;
});
afterAll(() => encoder.close());

function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(actual, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

async function embeddingsOf(pictures: Uint8Array[], options?: Parameters<Encoder['encodePictures']>[1]) {
  const results = await encoder.encodePictures(pictures, options);
  return results.map((result) => (result.ok ? result.value : undefined));
}

describe('the embedded model', () => {
  test('embeds texts as PyTorch does', async () => {
    const texts = reference.texts.map(({ text }: { text: string }) => text);
    const embeddings = await encoder.encodeTexts(texts);
    expect(
      furthest(
        embeddings,
        reference.texts.flatMap((row: { text_embeds: number[] }) => row.text_embeds),
      ),
    ).toBeLessThanOrEqual(tolerance);
  });

  test('embeds pixels as PyTorch does', async () => {
    const tower = await openTower({
      file: join(nanoClip, 'onnx/vision_model.onnx'),
      input: { kind: 'pictures', height: reference.pixels.shape[2], width: reference.pixels.shape[3] },
      outputNames: ['image_embeds'],
      executionProvider: 'cpu',
      intraOpThreads: 1,
      maxBatch: 2,
    });
    if (!tower.ok) throw new Error(tower.error);
    const pixels = await readFile(join(nanoClip, 'reference.f32'));
    const input = new Float32Array(Uint8Array.from(pixels).buffer);
    const output = await tower.value.run(input, reference.pixels.shape[0]);
    expect(furthest(output, reference.image_embeds.flat())).toBeLessThanOrEqual(tolerance);
    await tower.value.release();
  });

  test('describes itself from its own files', () => {
    expect(encoder.info).toMatchObject({
      reference: { id: 'nano-clip', revision: expect.stringMatching(/^[0-9a-f]{64}$/) },
      embeddingDimension: 256,
      contextLength: 32,
      imageSize: 64,
      logitScale: 46.1172,
    });
  });
});

describe('an encoder', () => {
  test('gives a picture the same bits whatever batch it rides in', async () => {
    const [alone] = await embeddingsOf([photo]);
    const crowd = await embeddingsOf([wide, photo, gray, photo, wide, gray, gray, photo, wide]);
    expect(alone).toBeDefined();
    for (const index of [1, 3, 7]) expect(crowd[index]).toEqual(alone);
    const bulk = await embeddingsOf([gray, wide, photo], { lane: 'bulk' });
    expect(bulk[2]).toEqual(alone);
  });

  test('keeps the files it is given, and lets go of those it is given for good', async () => {
    const file = Uint8Array.from(photo);
    const [kept] = await embeddingsOf([file]);
    expect(file).toHaveLength(photo.length);
    const broken = Uint8Array.from(Buffer.from('no picture'));
    const [given] = await embeddingsOf([file, broken], { ownsFiles: true });
    expect(given).toEqual(kept);
    expect([file.length, broken.length]).toEqual([0, 0]);
  });

  test('fails a broken picture alone', async () => {
    const results = await encoder.encodePictures([photo, Buffer.from('no picture'), gray]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ error: { code: 'unreadable-picture' } });
  });

  test('gives the same views one by one and together', async () => {
    const interventions = [
      PictureIntervention.parse({ name: 'color-jitter' }),
      PictureIntervention.parse({ name: 'gaussian-blur' }),
    ];
    const { createHash } = await import('node:crypto');
    const contentSha256 = createHash('sha256').update(wide).digest('hex');
    const views = await encoder.encodeViews(wide, { interventions, seed: 9, contentSha256 });
    if (!views.ok) throw new Error(views.error.detail);
    expect([views.value.plain]).toEqual(await embeddingsOf([wide]));
    for (const [index, intervention] of interventions.entries()) {
      expect([views.value.intervened[index]]).toEqual(await embeddingsOf([wide], { intervention, seed: 9 }));
    }
  });

  test('lets go of the file of several views where it is given it for good', async () => {
    const options = {
      interventions: [PictureIntervention.parse({ name: 'invert' })],
      seed: 0,
      contentSha256: 'x',
    };
    const file = Uint8Array.from(photo);
    const kept = await encoder.encodeViews(file, options);
    expect(file).toHaveLength(photo.length);
    expect(await encoder.encodeViews(file, { ...options, ownsFile: true })).toEqual(kept);
    expect(file).toHaveLength(0);
  });

  test('gives the picture itself where an intervention changes nothing', async () => {
    const interventions = [PictureIntervention.parse({ name: 'grayscale' })];
    const views = await encoder.encodeViews(gray, { interventions, seed: 0, contentSha256: 'x' });
    if (!views.ok) throw new Error(views.error.detail);
    expect(views.value.intervened[0]).toEqual(views.value.plain);
  });

  test('stops for a caller who left, and serves the next', async () => {
    const leaving = new AbortController();
    const work = encoder.encodePictures(Array<Buffer>(50).fill(photo), { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(work).rejects.toThrow('left');
    expect((await encoder.encodePictures([gray]))[0]?.ok).toBe(true);
  });
});
