// Which model directories load, and what is said of those that do not.

import { copyFile, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadEncoder } from '../../../gpu-worker/clip/encoder.ts';
import type { Engine } from '../../../gpu-worker/clip/engine.ts';
import { readModelDirectory } from '../../../gpu-worker/clip/model-directory.ts';
import { createModelStore } from '../../../gpu-worker/clip/model-store.ts';
import { familiesDirectory } from '../families/golden.ts';
import {
  copyModel,
  editJson,
  nanoClip,
  poisonWeights,
  renameTensor,
  temporaryDirectory,
} from '../support/model-copies.ts';
import { openSmallEngine } from '../support/small-engine.ts';

const vision = 'onnx/vision_model.onnx';
const text = 'onnx/text_model.onnx';

let engine: Engine;
beforeAll(() => {
  engine = openSmallEngine();
});
afterAll(() => engine.close());

describe('a model directory', () => {
  test.each<[string, (directory: string) => Promise<void>, string]>([
    ['a graph is missing', (directory) => rm(join(directory, text)), 'onnx/text_model.onnx is missing'],
    ['a file is missing', (directory) => rm(join(directory, 'tokenizer.json')), 'tokenizer.json is missing'],
    [
      'a file does not fit',
      (directory) => editJson(directory, 'preprocessor_config.json', { image_mean: [0.5] }),
      'preprocessor_config.json does not fit at image_mean: Too small: expected array to have >=3 items',
    ],
    [
      'pictures have no fixed size',
      (directory) => editJson(directory, 'preprocessor_config.json', { do_center_crop: false }),
      'preprocessor_config.json gives no fixed picture size',
    ],
    [
      'the crop is larger than the picture',
      (directory) => editJson(directory, 'preprocessor_config.json', { crop_size: 65 }),
      'preprocessor_config.json gives no fixed picture size',
    ],
    [
      'the context is longer than the graph bears',
      (directory) =>
        Promise.all([
          editJson(directory, 'config.json', { text_config: undefined }),
          editJson(directory, 'tokenizer_config.json', { model_max_length: 1e30 }),
        ]).then(() => undefined),
      'its graph fails on a trial batch of input_ids [2, 77]',
    ],
    [
      'weights are NaN',
      (directory) => poisonWeights(directory, vision),
      'its image_embeds is not finite on a trial batch',
    ],
    [
      'a graph is no graph',
      (directory) => copyFile(join(directory, 'config.json'), join(directory, vision)),
      'ONNX Runtime (cpu) cannot load its picture graph',
    ],
  ])('is refused where %s, and says so in these words', async (_, breakIt, reason) => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'model');
    await copyModel(directory);
    await breakIt(directory);
    const loaded = await loadEncoder(engine, directory, { id: 'broken' });
    const detail = `The model broken cannot be used: ${reason}.`;
    expect(loaded).toEqual({ ok: false, error: { code: 'unusable-model', detail } });
  });

  test.each<[string, (directory: string) => Promise<void>, object]>([
    [
      'its sole input and its sole matrix have other names',
      async (directory) => {
        await renameTensor(directory, vision, 'pixel_values', 'pixel_valuez');
        await renameTensor(directory, text, 'text_embeds', 'text_embedz');
      },
      { imageSize: 64, notes: [] },
    ],
    [
      'its picture size is not what the graph has',
      (directory) => editJson(directory, 'preprocessor_config.json', { size: 32, crop_size: 32 }),
      {
        imageSize: 64,
        notes: [
          'its pixel_values is [3, 64, 64] where its configuration says [3, 32, 32]: the graph decides',
        ],
      },
    ],
    [
      'its dimension is not what the graph gives',
      (directory) => editJson(directory, 'config.json', { projection_dim: 512 }),
      {
        embeddingDimension: 256,
        notes: ['its image_embeds has 256 values where config.json says 512: the graph decides'],
      },
    ],
    [
      'a field that is not there is null',
      async (directory) => {
        const nothing = { projection_dim: null, logit_scale: null, logit_bias: null, vision_config: null };
        await editJson(directory, 'config.json', { ...nothing, text_config: null });
        await editJson(directory, 'preprocessor_config.json', { crop_size: null, resample: null });
        await editJson(directory, 'tokenizer_config.json', { pad_token: null, unk_token: null });
      },
      { contextLength: 32, logitScale: 100 },
    ],
  ])('is used where %s', async (_, change, info) => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'model');
    await copyModel(directory);
    await change(directory);
    const loaded = await loadEncoder(engine, directory, { id: 'odd' });
    if (!loaded.ok) throw new Error(loaded.error.detail);
    expect(loaded.value.info).toMatchObject(info);
    expect((await loaded.value.encodeTexts(['a fox'])).length).toBe(256);
    await loaded.value.close();
  });

  test('that does not exist is not found', async () => {
    const missing = await readModelDirectory(join(nanoClip, 'nowhere'), { id: 'nowhere' });
    expect(missing).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  test('needs of config.json no more than hub repositories have', async () => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'model');
    await copyModel(directory);
    await editJson(directory, 'config.json', {
      text_config: {},
      projection_dim: undefined,
      logit_scale: undefined,
    });
    const read = await readModelDirectory(directory, { id: 'lean' });
    expect(read).toMatchObject({ ok: true, value: { contextLength: 32, scores: { logitScale: 100 } } });
  });

  test.each([
    [
      'siglip',
      {},
      117.330765,
      -12.932437,
      'scale 117.330765 and bias -12.932437 like google/siglip-base-patch16-224',
    ],
    [
      'siglip',
      { vision_config: { hidden_size: 1152 } },
      112.33287,
      -16.546421,
      'scale 112.33287 and bias -16.546421 like google/siglip-so400m-patch14-384',
    ],
    [
      'siglip2',
      {},
      112.6689,
      -16.771725,
      'scale 112.6689 and bias -16.771725 like google/siglip2-base-patch16-224',
    ],
    [
      'siglip',
      { logit_bias: -4 },
      117.330765,
      -4,
      'scale 117.330765 and bias -4 like google/siglip-base-patch16-224',
    ],
    ['siglip', { logit_scale: 12, logit_bias: -4 }, 12, -4, undefined],
  ])(
    'whose files lack what it learned scores as its published kin, and says so (%s, %j)',
    async (name, change, logitScale, logitBias, assumed) => {
      await using temporary = await temporaryDirectory();
      const directory = join(temporary.path, 'model');
      await cp(join(familiesDirectory, name), directory, { recursive: true });
      await editJson(directory, 'config.json', { logit_scale: undefined, logit_bias: undefined, ...change });
      const read = await readModelDirectory(directory, { id: 'lean' });
      if (!read.ok) throw new Error(read.error.detail);
      const scoring = { kind: 'sigmoid', logitBias };
      expect(read.value.scores).toEqual({ logitScale, scoring, ...(assumed && { assumed }) });
    },
  );

  test('has another revision when any file changes, and other weights under another variant', async () => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'model');
    await copyModel(directory);
    for (const name of ['vision_model', 'text_model']) {
      await copyFile(join(directory, `onnx/${name}.onnx`), join(directory, `onnx/${name}_fp16.onnx`));
    }
    const revision = async (variant: 'default' | 'fp16') => {
      const read = await readModelDirectory(directory, { id: 'model', variant });
      if (!read.ok) throw new Error(read.error.detail);
      return read.value.reference.revision;
    };
    const before = await revision('default');
    expect(await revision('default')).toBe(before);
    expect(await revision('fp16')).not.toBe(before);
    await editJson(directory, 'config.json', { logit_scale: 50 });
    expect(await revision('default')).not.toBe(before);
    const quantized = await readModelDirectory(directory, { id: 'model', variant: 'quantized' });
    expect(quantized).toMatchObject({
      ok: false,
      error: { detail: expect.stringContaining('_quantized.onnx is missing') },
    });
  });
});

describe('a model store', () => {
  test('loads on demand, unloads the least recently used, and never one in use', async () => {
    await using temporary = await temporaryDirectory();
    const names = ['owner/a', 'owner/b', 'c'];
    for (const name of names) await copyModel(join(temporary.path, name));
    const store = createModelStore({
      engine,
      directory: temporary.path,
      variant: 'default',
      byteBudget: 2.5e7,
    });
    const loaded = () => store.loaded().map(({ reference }) => reference.id);
    const lease = async (name: string) => {
      const leased = await store.lease(name);
      if (!leased.ok) throw new Error(leased.error.detail);
      return leased.value;
    };

    const a = await lease('owner/a');
    (await lease('owner/b')).release();
    (await lease('c')).release();
    expect(loaded()).toEqual(['owner/a', 'c']);
    expect((await a.encoder.encodeTexts(['still here'])).length).toBe(256);
    a.release();
    (await lease('owner/b')).release();
    expect(loaded()).toEqual(['c', 'owner/b']);
  });

  test('tells a missing model again and again, and loads it once it is there', async () => {
    await using temporary = await temporaryDirectory();
    const store = createModelStore({
      engine,
      directory: temporary.path,
      variant: 'default',
      byteBudget: 1e9,
    });
    expect(await store.lease('late')).toMatchObject({ ok: false, error: { code: 'not-found' } });
    await copyModel(join(temporary.path, 'late'));
    expect((await store.lease('late')).ok).toBe(true);
  });

  test('does not load a model that failed again until its files change, and tells the log why once', async () => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'odd');
    await copyModel(directory);
    await editJson(directory, 'config.json', { model_type: 'bert' });
    const failed: string[] = [];
    const store = createModelStore({
      engine,
      directory: temporary.path,
      variant: 'default',
      byteBudget: 1e9,
      observer: { loaded: () => undefined, failed: (_, { detail }) => void failed.push(detail) },
    });
    const reason = /model_type "bert", which is no kind of CLIP known here/;
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = { code: 'unusable-model', detail: expect.stringMatching(reason) };
      expect(await store.lease('odd')).toMatchObject({ ok: false, error });
    }
    expect(failed).toEqual([expect.stringMatching(reason)]);
    expect(store.failure('odd')).toMatch(reason);
    await editJson(directory, 'config.json', { model_type: 'clip' });
    expect((await store.lease('odd')).ok).toBe(true);
    expect(store.failure('odd')).toBeUndefined();
  });
});
