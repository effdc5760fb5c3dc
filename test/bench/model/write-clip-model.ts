// Writes a CLIP of any shape with random weights as a model directory in the hub's layout. It loads and computes like a trained
// one of its shape; what it says about pictures means nothing.

import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Message } from '#shared/codec/export/protobuf.ts';
import { encodeTextTower, encodeVisionTower, type TextShape, type VisionShape } from './clip-towers.ts';
import { readPaddedTokenizer } from './padded-tokenizer.ts';

export type ClipShape = { readonly vision: VisionShape; readonly text: TextShape };

/** openai/clip-vit-base-patch16 to the last side: 86.2 and 63.4 million weights. */
export const vitBasePatch16: ClipShape = {
  vision: { width: 768, layers: 12, heads: 12, dimension: 512, imageSize: 224, patchSize: 16 },
  text: { width: 512, layers: 12, heads: 8, dimension: 512, contextLength: 77, vocabularySize: 49_408 },
};

export async function writeClipModel(directory: string, shape: ClipShape, seed: number): Promise<void> {
  const { vision, text } = shape;
  await mkdir(join(directory, 'onnx'), { recursive: true });
  await writeMessage(join(directory, 'onnx/vision_model.onnx'), encodeVisionTower(vision, seed));
  await writeMessage(join(directory, 'onnx/text_model.onnx'), encodeTextTower(text, seed + 1));
  const files = await readPaddedTokenizer(text.vocabularySize, text.contextLength);
  await writeFile(join(directory, 'tokenizer.json'), files.tokenizer);
  await writeFile(join(directory, 'tokenizer_config.json'), files.tokenizerConfig);
  await writeFile(join(directory, 'preprocessor_config.json'), JSON.stringify(preprocessorConfig(vision)));
  // Last: a directory without config.json is no model yet.
  await writeFile(join(directory, 'config.json'), JSON.stringify(config(shape)));
}

async function writeMessage(path: string, message: Message): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const chunk of message.chunks) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}

function config({ vision, text }: ClipShape): object {
  return {
    model_type: 'clip',
    projection_dim: vision.dimension,
    logit_scale_init_value: 2.6592,
    text_config: {
      hidden_size: text.width,
      num_hidden_layers: text.layers,
      num_attention_heads: text.heads,
      max_position_embeddings: text.contextLength,
      vocab_size: text.vocabularySize,
    },
    vision_config: {
      hidden_size: vision.width,
      num_hidden_layers: vision.layers,
      num_attention_heads: vision.heads,
      image_size: vision.imageSize,
      patch_size: vision.patchSize,
    },
  };
}

function preprocessorConfig({ imageSize }: VisionShape): object {
  return {
    do_resize: true,
    size: { shortest_edge: imageSize },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: imageSize, width: imageSize },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  };
}
