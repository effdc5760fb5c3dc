// Text embeddings of the classes: unit prototypes as every fit uses them, and raw means for `reference`.

import { meanOfRows } from '#shared/math/linear/vector.ts';
import type { Encoder } from '../../gpu-worker/clip/encoder.ts';
import { fillTemplate } from '../../gpu-worker/texts/text-pairs.ts';
import { unitRows } from './evaluation-data.ts';

export type LabelEmbeddings = { readonly prototypes: Float32Array; readonly rawPrototypes: Float32Array };

/** Both [c, d]: means over templates, `prototypes` of unit embeddings and at unit length again. */
export async function encodeLabels(
  labels: readonly string[],
  templates: readonly string[],
  encoder: Pick<Encoder, 'encodeTexts' | 'info'>,
): Promise<LabelEmbeddings> {
  const dimension = encoder.info.embeddingDimension;
  const texts = labels.flatMap((label) => templates.map((template) => fillTemplate(template, label)));
  const raw = await encoder.encodeTexts(texts);
  const average = (rows: Float32Array) => {
    const means = new Float32Array(labels.length * dimension);
    const length = templates.length * dimension;
    for (const index of labels.keys()) {
      means.set(
        meanOfRows(rows.subarray(index * length, (index + 1) * length), dimension),
        index * dimension,
      );
    }
    return means;
  };
  return {
    prototypes: unitRows(average(unitRows(raw, dimension)), dimension),
    rawPrototypes: average(raw),
  };
}
