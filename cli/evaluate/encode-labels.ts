// Text embeddings of the classes: unit prototypes as every fit uses them, and raw means for `reference`.

import { classPrototypes, meansOfTemplates } from '#shared/pictures/class-prototype.ts';
import { promptsOf } from '#shared/pictures/prompts.ts';
import type { Encoder } from '../../gpu-worker/clip/encoder.ts';
import { unitRows } from './evaluation-data.ts';

export type LabelEmbeddings = { readonly prototypes: Float32Array; readonly rawPrototypes: Float32Array };

/** Both [c, d]: means over templates, `prototypes` of unit embeddings and at unit length again. */
export async function encodeLabels(
  labels: readonly string[],
  templates: readonly string[],
  encoder: Pick<Encoder, 'encodeTexts' | 'info'>,
): Promise<LabelEmbeddings> {
  const dimension = encoder.info.embeddingDimension;
  const raw = await encoder.encodeTexts(promptsOf(labels, templates));
  return {
    prototypes: classPrototypes(unitRows(raw, dimension), templates.length, dimension),
    rawPrototypes: meansOfTemplates(raw, templates.length, dimension),
  };
}
