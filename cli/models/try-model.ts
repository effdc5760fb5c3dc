// Loads a model and runs it once, on a text and on a picture, as a worker would: what cannot be served is told where it was fetched.

import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type EncoderInfo, openEncoder } from '../../gpu-worker/clip/encoder.ts';

/** One pixel. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** The error is a sentence. */
export async function tryModel(
  directory: string,
  modelId: string,
  variant: ModelVariant,
): Promise<Result<EncoderInfo, string>> {
  const opened = await openEncoder({ modelDirectory: directory, modelId, variant, maxBatch: 2 });
  if (!opened.ok) return err(opened.error.detail);
  const encoder = opened.value;
  try {
    const [image] = await encoder.encodePictures([picture]);
    const text = await encoder.encodeTexts(['a picture']);
    if (image === undefined || !image.ok) return err(`The model ${modelId} cannot encode a picture.`);
    const usable = image.value.every(Number.isFinite) && text.every(Number.isFinite);
    return usable ? ok(encoder.info) : err(`The model ${modelId} gives embeddings that are not finite.`);
  } finally {
    await encoder.close();
  }
}
