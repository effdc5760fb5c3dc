// What public repositories hold, by the pages of their files (read in public copies), and what of it would be fetched.

import { describe, expect, test } from 'vitest';
import { filesOf, findLayout } from '../../../gpu-worker/clip/model-layout.ts';
import type { ModelVariant } from '../../../shared/contracts/model-variants.ts';

const small = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const others = ['.gitattributes', 'README.md', 'special_tokens_map.json', 'vocab.json', 'merges.txt'];
const variants = ['', '_bnb4', '_fp16', '_int8', '_q4', '_quantized', '_uint8'];
const towers = variants.flatMap((suffix) => [
  `onnx/text_model${suffix}.onnx`,
  `onnx/vision_model${suffix}.onnx`,
]);

/** Each folder of immich's has the same files for tokenizers, and a graph for ARM's runtime beside the one for ours. */
const immich = [
  'config.json',
  ...['model.onnx', 'model.armnn', 'fp16/model.armnn', 'preprocess_cfg.json'].map((name) => `visual/${name}`),
  ...[
    'model.onnx',
    'model.armnn',
    'fp16/model.armnn',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'vocab.json',
    'merges.txt',
  ].map((name) => `textual/${name}`),
];

describe.each<[string, readonly string[], ModelVariant, readonly string[]]>([
  [
    'Xenova/mobileclip_s0, s1, s2, b',
    [...small, 'LICENSE', ...towers],
    'default',
    [...small, 'onnx/text_model.onnx', 'onnx/vision_model.onnx'],
  ],
  [
    'jinaai/jina-clip-v1',
    [...small, 'model.safetensors', 'pytorch_model.bin', ...towers],
    'q4',
    [...small, 'onnx/text_model_q4.onnx', 'onnx/vision_model_q4.onnx'],
  ],
  [
    'jinaai/jina-clip-v2',
    [...small, 'onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model_fp16.onnx', 'onnx/model_q4f16.onnx'],
    'default',
    [...small, 'onnx/model.onnx', 'onnx/model.onnx_data'],
  ],
  [
    'Xenova/chinese-clip-vit-base-patch16',
    [...small, 'vocab.txt', 'onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_quantized.onnx'],
    'fp16',
    [...small, 'onnx/model_fp16.onnx'],
  ],
  [
    'patrickjohncyh/fashion-clip',
    [...small, 'model.safetensors', 'onnx/model.onnx', ...small.map((name) => `onnx/${name}`)],
    'default',
    [...small, 'onnx/model.onnx'],
  ],
  [
    'immich-app/ViT-B-32__openai',
    immich,
    'default',
    [
      'config.json',
      'textual/model.onnx',
      'textual/tokenizer.json',
      'textual/tokenizer_config.json',
      'visual/model.onnx',
      'visual/preprocess_cfg.json',
    ],
  ],
])('%s', (_, listing, variant, wanted) => {
  test(`is fetched as ${variant}, and nothing that is not needed`, () => {
    const layout = findLayout([...others, ...listing], variant);
    if (!layout.ok) throw new Error(layout.error);
    expect(filesOf(layout.value)).toEqual(wanted.toSorted());
  });
});

test("immich's large models keep their weights beside the graph, under any name", () => {
  const weights = ['visual/onnx__MatMul_4022', 'visual/visual.trunk.pos_embed', 'textual/model.onnx.data'];
  const layout = findLayout([...immich, ...weights], 'default');
  expect(layout.ok && layout.value.weights.toSorted()).toEqual(weights.toSorted());
});
