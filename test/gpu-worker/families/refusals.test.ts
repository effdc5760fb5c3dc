// What is said of a model that cannot be used, word by word: of its list of files, its small files, its graphs; and of pictures
// that are none of ours.

import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeNoPicture } from '../../../edge/use-cases/picture-format.ts';
import { loadEncoder } from '../../../gpu-worker/clip/encoder.ts';
import type { Engine } from '../../../gpu-worker/clip/engine.ts';
import { matchGraph } from '../../../gpu-worker/clip/graph-interface.ts';
import { findLayout } from '../../../gpu-worker/clip/model-layout.ts';
import type { PictureInput, TextInput, TowerSpec } from '../../../gpu-worker/clip/tower-spec.ts';
import { readHeader } from '../../../gpu-worker/pictures/decode.ts';
import { createOnnxGraph } from '../../../shared/codec/export/onnx-graph.ts';
import type { ModelVariant } from '../../../shared/contracts/model-variants.ts';
import { joinBytes } from '../../../shared/join-bytes.ts';
import { editJson, nanoClip, temporaryDirectory } from '../support/model-copies.ts';
import { openSmallEngine } from '../support/small-engine.ts';
import { familiesDirectory } from './golden.ts';

const small = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const openClip = ['visual/preprocess_cfg.json', 'textual/tokenizer.json', 'textual/tokenizer_config.json'];

describe('a picture', () => {
  const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const limits = { maxPixels: 1e6, maxBytes: 1e6, timeoutMs: 10_000 };

  test.each([
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['HEIC', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
    ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14'],
    ['BMP', 'BM\x36\x10\0\0\0\0\0\0\x36\0\0\0'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ])('in %s is refused by its name, at the edge and in the worker', async (name, head) => {
    const code = 'unreadable-picture';
    expect(describeNoPicture(latin1(head))).toEqual({
      code,
      detail: `The bytes are a ${name} picture, which is not decoded here; send a JPEG, PNG, WebP, GIF, TIFF or AVIF picture.`,
    });
    const detail = `The picture could not be decoded: it is a ${name} file, which is not decoded here; it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF file.`;
    expect(await readHeader(latin1(head), limits)).toEqual({ ok: false, error: { code, detail } });
  });

  test('that is none is refused without a name', async () => {
    const code = 'unreadable-picture';
    expect(describeNoPicture(latin1('hello'))).toEqual({
      code,
      detail: 'The bytes are not a JPEG, PNG, WebP, GIF, TIFF or AVIF picture.',
    });
    const detail = 'The picture could not be decoded: it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF file.';
    expect(await readHeader(latin1('hello'), limits)).toEqual({ ok: false, error: { code, detail } });
  });
});

describe('a list of files', () => {
  test.each<[string, ModelVariant, readonly string[], string]>([
    ['is empty', 'default', [], 'onnx/vision_model.onnx is missing'],
    [
      'has weights of PyTorch only',
      'default',
      [...small, 'model.safetensors'],
      'onnx/vision_model.onnx is missing: its weights are not ONNX; export it first, or pull an export of it',
    ],
    [
      'has towers of other variants only',
      'default',
      [...small, 'onnx/vision_model_q4.onnx', 'onnx/text_model_q4.onnx', 'onnx/model_fp16.onnx'],
      'onnx/vision_model.onnx is missing (there are weights for: fp16, q4)',
    ],
    [
      'lacks the variant that is asked for',
      'bnb4',
      [...small, 'onnx/model.onnx', 'onnx/model_uint8.onnx'],
      'onnx/vision_model_bnb4.onnx is missing (there are weights for: default, uint8)',
    ],
    [
      'has one tower of the variant, and two of another',
      'default',
      [...small, 'onnx/vision_model.onnx', 'onnx/vision_model_int8.onnx', 'onnx/text_model_int8.onnx'],
      'onnx/text_model.onnx is missing (there are weights for: int8)',
    ],
    [
      'has the text tower only',
      'default',
      [...small, 'onnx/text_model.onnx'],
      'onnx/vision_model.onnx is missing',
    ],
    [
      "is immich's, without the text tower",
      'default',
      ['config.json', ...openClip, 'visual/model.onnx'],
      'textual/model.onnx is missing',
    ],
    [
      "is immich's, of which there is one variant",
      'fp16',
      ['config.json', ...openClip, 'visual/model.onnx', 'textual/model.onnx'],
      'onnx/vision_model_fp16.onnx is missing (there are weights for: default)',
    ],
    ...small.map((name): [string, ModelVariant, readonly string[], string] => [
      `lacks ${name}`,
      'default',
      [...small.filter((other) => other !== name), 'onnx/model.onnx'],
      `${name} is missing`,
    ]),
    ...openClip.map((name): [string, ModelVariant, readonly string[], string] => [
      `lacks ${name}`,
      'default',
      [
        'config.json',
        'visual/model.onnx',
        'textual/model.onnx',
        ...openClip.filter((other) => other !== name),
      ],
      `${name} is missing`,
    ]),
  ])('that %s', (_, variant, paths, error) => {
    expect(findLayout(paths, variant)).toEqual({ ok: false, error });
  });
});

describe('a graph', () => {
  const pictures: PictureInput = { kind: 'pictures', width: 8, height: 8 };
  const texts: TextInput = {
    kind: 'texts',
    contextLength: 16,
    padding: 'context',
    token: { id: 0, isEnd: false },
    mask: 'tokens',
    meanPooling: false,
  };
  const common = { file: 'x', executionProvider: 'cpu', intraOpThreads: 1, maxBatch: 2 } as const;
  const vision: TowerSpec = { ...common, input: pictures, outputNames: ['image_embeds', 'pooler_output'] };
  const text: TowerSpec = { ...common, input: texts, outputNames: ['text_embeds'] };

  type Tensor = readonly [name: string, type: string, shape: readonly (number | string)[]];
  const graph = (inputs: readonly Tensor[], outputs: readonly Tensor[]) => {
    const metadata = (tensors: readonly Tensor[]) =>
      tensors.map(([name, type, shape]) => ({ name, isTensor: true, type, shape }));
    return {
      inputNames: inputs.map(([name]) => name),
      outputNames: outputs.map(([name]) => name),
      inputMetadata: metadata(inputs),
      outputMetadata: metadata(outputs),
    } as unknown as InferenceSession;
  };
  const pixels: Tensor = ['pixel_values', 'float32', ['batch', 3, 8, 8]];
  const ids: Tensor = ['input_ids', 'int64', ['batch', 'length']];
  const imageEmbeds: Tensor = ['image_embeds', 'float32', ['batch', 12]];
  const textEmbeds: Tensor = ['text_embeds', 'float32', ['batch', 12]];
  const tokens: Tensor = ['last_hidden_state', 'float32', ['batch', 'length', 12]];

  test.each<[string, TowerSpec, readonly Tensor[], readonly Tensor[], string]>([
    [
      'has none of the inputs by name, and several',
      vision,
      [
        ['a', 'float32', ['batch', 3, 8, 8]],
        ['b', 'float32', ['batch']],
      ],
      [imageEmbeds],
      'its graph has no input pixel_values (it has a, b)',
    ],
    [
      'takes pictures as bytes',
      vision,
      [['pixel_values', 'uint8', ['batch', 3, 8, 8]]],
      [imageEmbeds],
      'its pixel_values is uint8, not float32 or float16',
    ],
    [
      'takes token ids as floats',
      text,
      [['input_ids', 'float32', ['batch', 'length']]],
      [textEmbeds],
      'its input_ids is float32, not int64 or int32',
    ],
    [
      'takes pictures as patches',
      vision,
      [['pixel_values', 'float32', ['batch', 256, 768]]],
      [imageEmbeds],
      'its pixel_values is [batch, 256, 768], which is not a batch of pictures',
    ],
    [
      'takes a list of tokens',
      text,
      [['input_ids', 'int64', ['length']]],
      [textEmbeds],
      'its input_ids is [length], which is not a batch of texts',
    ],
    [
      'has the channels last',
      vision,
      [['pixel_values', 'float32', ['batch', 8, 8, 3]]],
      [imageEmbeds],
      'its pixel_values is [batch, 8, 8, 3]: pictures have 3 channels, and they come first',
    ],
    [
      'wants more than a picture',
      vision,
      [pixels, ['spatial_shapes', 'int64', ['batch', 2]], ['pixel_attention_mask', 'int64', ['batch', 256]]],
      [imageEmbeds],
      'its graph also wants spatial_shapes, pixel_attention_mask',
    ],
    [
      'is a combined one, where towers were expected',
      vision,
      [pixels, ids],
      [imageEmbeds],
      'its graph also wants input_ids',
    ],
    [
      'is combined, and its other input is missing',
      { ...vision, other: texts },
      [pixels],
      [imageEmbeds],
      'its graph has no input input_ids (it has pixel_values)',
    ],
    [
      'gives tokens only, which nobody says to average',
      text,
      [ids],
      [tokens],
      'its graph has no output text_embeds (it has last_hidden_state)',
    ],
    [
      'gives two matrices of other names',
      vision,
      [pixels],
      [
        ['a', 'float32', ['batch', 12]],
        ['b', 'float32', ['batch', 12]],
      ],
      'its graph has no output image_embeds (it has a, b)',
    ],
  ])('that %s', (_, spec, inputs, outputs, error) => {
    expect(matchGraph(graph(inputs, outputs), spec)).toEqual({ ok: false, error });
  });
});

/** A picture tower that averages over the pictures as well as over their pixels, for what its output says to the contrary. */
function meanOfTheBatch(): Uint8Array {
  const graph = createOnnxGraph();
  const pixels = graph.input('pixel_values', 'float32', ['batch', 3, 32, 32]);
  const mean = graph.node('ReduceMean', [pixels], { axes: [0, 2, 3], keepdims: 0 });
  graph.output('image_embeds', mean, ['batch', 3]);
  return joinBytes(graph.encode().chunks);
}

describe('a model', () => {
  let engine: Engine;
  beforeAll(() => {
    engine = openSmallEngine();
  });
  afterAll(() => engine.close());

  const edit = (file: string, changes: Record<string, unknown>) => (directory: string) =>
    editJson(directory, file, changes);

  test.each<[string, string, (directory: string) => Promise<void>, string]>([
    [
      'is of no kind of CLIP',
      'mobileclip',
      edit('config.json', { model_type: 'bert' }),
      'config.json says model_type "bert", which is no kind of CLIP known here',
    ],
    [
      'takes pictures of any proportion',
      'siglip2',
      async (directory) => {
        await edit('config.json', { model_type: 'siglip2' })(directory);
        await edit('preprocessor_config.json', { max_num_patches: 256 })(directory);
      },
      'it takes pictures of any proportion as patches (NaFlex), which is not supported; a fixed-resolution SigLIP 2 is',
    ],
    [
      'has a config that is not JSON',
      'mobileclip',
      (directory) => writeFile(join(directory, 'config.json'), 'no'),
      'config.json is not JSON',
    ],
    [
      'has a field of the wrong kind',
      'mobileclip',
      edit('config.json', { projection_dim: 'many' }),
      'config.json does not fit at projection_dim: Invalid input: expected number, received string',
    ],
    [
      'does not resize pictures',
      'mobileclip',
      edit('preprocessor_config.json', { do_resize: false }),
      'preprocessor_config.json does not fit at do_resize: Invalid input: expected true',
    ],
    [
      'fits the longer side of pictures',
      'immich-vit',
      edit('visual/preprocess_cfg.json', { resize_mode: 'longest' }),
      'preprocessor_config.json gives no fixed picture size',
    ],
    [
      'has a context of two tokens',
      'mobileclip',
      edit('tokenizer_config.json', { model_max_length: 2 }),
      'a text context of 2 tokens is too short',
    ],
    [
      'has a tokenizer with a part of an unknown kind',
      'mobileclip',
      edit('tokenizer.json', { pre_tokenizer: { type: 'Quantum' } }),
      'its tokenizer (BPE) has a PreTokenizer of a kind that is not known here: Quantum',
    ],
    [
      'has a tokenizer that fails without naming a part',
      'mobileclip',
      edit('tokenizer.json', { model: { type: 'BPE', vocab: { a: 0 } } }),
      'its tokenizer (BPE) is of a kind that is not known here',
    ],
    [
      'names an end token that its vocabulary lacks',
      'mobileclip',
      edit('tokenizer_config.json', { eos_token: '<nowhere>' }),
      'its special token <nowhere> is not in its vocabulary',
    ],
    [
      'names no special token at all',
      'mobileclip',
      edit('tokenizer_config.json', { eos_token: null, pad_token: null, sep_token: null }),
      'tokenizer_config.json names neither a padding nor an end token',
    ],
    [
      'has towers of two models',
      'jina-clip-v1',
      (directory) => cp(join(nanoClip, 'onnx/vision_model.onnx'), join(directory, 'onnx/vision_model.onnx')),
      'its towers give embeddings of different lengths (image_embeds 256, text_embeds 12)',
    ],
    [
      'is a combined graph that runs for neither tower, whatever the other is given',
      'fashion-clip',
      async (directory) => {
        await edit('config.json', { text_config: { max_position_embeddings: 500 } })(directory);
        await edit('tokenizer_config.json', { model_max_length: 500 })(directory);
      },
      'its graph fails on a trial batch of pixel_values [2, 3, 32, 32], with a neutral input for its other tower',
    ],
    [
      'gives one row for a whole batch',
      'mobileclip',
      (directory) => writeFile(join(directory, 'onnx/vision_model.onnx'), meanOfTheBatch()),
      'its image_embeds is not one row for each input',
    ],
    [
      'lost a file after it was listed',
      'mobileclip',
      (directory) => rm(join(directory, 'onnx/text_model.onnx')),
      'onnx/text_model.onnx is missing',
    ],
  ])('that %s', async (_, name, breakIt, reason) => {
    await using temporary = await temporaryDirectory();
    const directory = join(temporary.path, 'model');
    await cp(join(familiesDirectory, name), directory, { recursive: true });
    await breakIt(directory);
    const detail = `The model broken cannot be used: ${reason}.`;
    expect(await loadEncoder(engine, directory, { id: 'broken' })).toEqual({
      ok: false,
      error: { code: 'unusable-model', detail },
    });
  });
});
