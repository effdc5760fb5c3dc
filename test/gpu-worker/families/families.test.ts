// Each family of CLIP against PyTorch: a small random model in the layout of its public exports.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, loadEncoder } from '../../../gpu-worker/clip/encoder.ts';
import type { Engine } from '../../../gpu-worker/clip/engine.ts';
import { readModelDirectory } from '../../../gpu-worker/clip/model-directory.ts';
import { openTokenizer } from '../../../gpu-worker/clip/tokenize.ts';
import { type ModelVariant, modelVariants } from '../../../shared/contracts/model-variants.ts';
import { openSmallEngine } from '../support/small-engine.ts';
import { cosine, familiesDirectory, familyModels, furthest, readGolden, readPicture } from './golden.ts';

let engine: Engine;
beforeAll(() => {
  engine = openSmallEngine({ maxBatch: 8 });
});
afterAll(() => engine.close());

async function load(name: string, variant: ModelVariant = 'default'): Promise<Encoder> {
  const loaded = await loadEncoder(engine, join(familiesDirectory, name), { id: name, variant });
  if (!loaded.ok) throw new Error(loaded.error.detail);
  return loaded.value;
}

async function pictureRows(encoder: Encoder, pictures: Uint8Array[]): Promise<Float32Array[]> {
  const results = await encoder.encodePictures(pictures);
  return results.map((result) => {
    if (!result.ok) throw new Error(result.error.detail);
    return result.value;
  });
}

describe.each(familyModels)('%s', (name) => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await load(name);
  });
  afterAll(() => encoder.close());

  test('is recognised, with its own scale and scoring', async () => {
    const { family, logitScale, logitBias } = await readGolden(name);
    const scoring = logitBias === undefined ? { kind: 'softmax' } : { kind: 'sigmoid', logitBias };
    expect(encoder.info).toMatchObject({ family, logitScale, scoring, notes: [] });
  });

  test('gives texts the tokens of its own tokenizer', async () => {
    const directory = await readModelDirectory(join(familiesDirectory, name), { id: name });
    if (!directory.ok) throw new Error(directory.error.detail);
    const { tokenizer: file, tokenizerConfig, contextLength, family } = directory.value;
    const tokenizer = openTokenizer(file, tokenizerConfig, { ...family.text, contextLength });
    if (!tokenizer.ok) throw new Error(tokenizer.error);
    for (const { text, ids: expected } of (await readGolden(name)).texts) {
      const { ids, tokenCount } = tokenizer.value.tokenize(text);
      expect([...ids.subarray(0, tokenCount)].map(Number)).toEqual(expected);
    }
  });

  test('embeds pictures as PyTorch does', async () => {
    const { pictures } = await readGolden(name);
    const rows = await pictureRows(encoder, await Promise.all(pictures.map(({ file }) => readPicture(file))));
    for (const [index, { embedding }] of pictures.entries()) {
      expect(furthest(rows[index] ?? [], embedding)).toBeLessThan(1e-5);
    }
  });

  test('embeds texts as PyTorch does', async () => {
    const { texts } = await readGolden(name);
    const rows = await encoder.encodeTexts(texts.map(({ text }) => text));
    expect(
      furthest(
        rows,
        texts.flatMap(({ embedding }) => embedding),
      ),
    ).toBeLessThan(1e-5);
  });

  test('gives the same rows whatever the batch', async () => {
    const { pictures, texts } = await readGolden(name);
    const files = await Promise.all(pictures.map(({ file }) => readPicture(file)));
    const crowd = await pictureRows(
      encoder,
      Array.from({ length: 20 }, (_, i) => files[i % files.length] as Buffer),
    );
    for (const [index, file] of files.entries()) {
      const [alone] = await pictureRows(encoder, [file]);
      expect(furthest(crowd[files.length + index] ?? [], alone ?? [])).toBeLessThan(1e-6);
    }
    const words = Array.from({ length: 20 }, (_, i) => texts[i % texts.length]?.text ?? '');
    const together = await encoder.encodeTexts(words);
    for (const [index, word] of words.entries()) {
      const alone = await encoder.encodeTexts([word]);
      const row = together.subarray(index * alone.length, (index + 1) * alone.length);
      expect(furthest(row, alone)).toBeLessThan(1e-6);
    }
  });
});

describe('a variant', () => {
  /** What the cosine with the float32 row must reach: 4 bits leave less of random weights than of trained ones. */
  const least: Record<ModelVariant, number> = {
    default: 1 - 1e-6,
    fp16: 0.9999,
    quantized: 0.9995,
    int8: 0.9995,
    uint8: 0.9995,
    q4: 0.98,
    q4f16: 0.98,
    bnb4: 0.95,
  };

  test.each(modelVariants)('%s runs on the processor', async (variant) => {
    const [plain, encoder] = [await load('variants'), await load('variants', variant)];
    const picture = await readPicture('odd.png');
    const [expected] = await pictureRows(plain, [picture]);
    const [actual] = await pictureRows(encoder, [picture]);
    expect(cosine(actual ?? [], expected ?? [])).toBeGreaterThan(least[variant]);
    const [wanted, given] = [await plain.encodeTexts(['a fox']), await encoder.encodeTexts(['a fox'])];
    expect(cosine(given, wanted)).toBeGreaterThan(least[variant]);
    await plain.close();
    await encoder.close();
  });

  test('with float16 pixels and embeddings and int32 ids gives what the float32 graph does, to half precision', async () => {
    const [plain, half] = [await load('fashion-clip'), await load('fashion-clip', 'fp16')];
    const picture = await readPicture('wide.png');
    const [expected] = await pictureRows(plain, [picture]);
    const [actual] = await pictureRows(half, [picture]);
    expect(furthest(actual ?? [], expected ?? [])).toBeLessThan(1e-2);
    expect(furthest(await half.encodeTexts(['a fox']), await plain.encodeTexts(['a fox']))).toBeLessThan(
      1e-3,
    );
    await plain.close();
    await half.close();
  });
});
