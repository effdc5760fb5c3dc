// CLIP with @huggingface/transformers as its documentation has it: a processor, a tower with its projection, pictures decoded by
// sharp (through RawImage). The labels are encoded once and kept, as anybody would who serves them.

import path from 'node:path';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  RawImage,
} from '@huggingface/transformers';

const probabilityDigits = 6;

/** `modelDirectory` in the layout of transformers.js; nothing is downloaded. */
export async function openClip(modelDirectory) {
  env.allowRemoteModels = false;
  env.localModelPath = path.dirname(modelDirectory);
  const name = path.basename(modelDirectory);
  const options = { dtype: 'fp32', device: 'cpu' };
  const [processor, tokenizer, vision, text] = await Promise.all([
    AutoProcessor.from_pretrained(name),
    AutoTokenizer.from_pretrained(name),
    CLIPVisionModelWithProjection.from_pretrained(name, options),
    CLIPTextModelWithProjection.from_pretrained(name, options),
  ]);
  const logitScale = vision.config.logit_scale ?? 100;
  const known = new Map();

  async function embedPictures(pictures) {
    const images = await Promise.all(pictures.map((bytes) => RawImage.fromBlob(new Blob([bytes]))));
    const { image_embeds: rows } = await vision(await processor(images));
    return rows.normalize().tolist();
  }

  async function embedLabels(labels) {
    const key = labels.join('\n');
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const prompts = labels.map((label) => `a photo of a ${label}`);
    const { text_embeds: rows } = await text(tokenizer(prompts, { padding: true, truncation: true }));
    const embeddings = rows.normalize().tolist();
    known.set(key, embeddings);
    return embeddings;
  }

  return {
    embedPictures,
    async classify(bytes, labels) {
      const [[picture], prototypes] = await Promise.all([embedPictures([bytes]), embedLabels(labels)]);
      const scores = prototypes.map((row) => row.reduce((sum, value, at) => sum + value * picture[at], 0));
      const highest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(logitScale * (score - highest)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const predictions = labels.map((label, at) => ({
        label,
        probability: Number((weights[at] / total).toFixed(probabilityDigits)),
        score: scores[at],
      }));
      return predictions.sort((a, b) => b.probability - a.probability);
    },
  };
}
