// Opens the two towers of a model directory in the inference thread, and closes what was opened where one does not fit.

import { err, ok, type Result } from '#shared/result.ts';
import type { Engine } from './engine.ts';
import type { RemoteTower } from './inference.ts';
import type { ModelDirectory } from './model-directory.ts';
import type { TowerSpec } from './session.ts';

export type Towers = { readonly vision: RemoteTower; readonly text: RemoteTower };

/** The error is a sentence about the model. */
export async function openTowers(engine: Engine, directory: ModelDirectory): Promise<Result<Towers, string>> {
  const { crop } = directory.preprocessing;
  const common = { ...pick(engine), embeddingDimension: directory.embeddingDimension };
  const visionSpec: TowerSpec = {
    ...common,
    file: directory.visionFile,
    inputName: 'pixel_values',
    outputName: 'image_embeds',
    rowShape: [3, crop.height, crop.width],
  };
  const textSpec: TowerSpec = {
    ...common,
    file: directory.textFile,
    inputName: 'input_ids',
    outputName: 'text_embeds',
    rowShape: [directory.contextLength],
  };
  const vision = await engine.inference.openTower(visionSpec);
  if (!vision.ok) return vision;
  const text = await engine.inference.openTower(textSpec);
  if (text.ok && text.value.embeddingDimension === vision.value.embeddingDimension) {
    return ok({ vision: vision.value, text: text.value });
  }
  await vision.value.release();
  if (!text.ok) return text;
  await text.value.release();
  return err('its towers give embeddings of different lengths');
}

function pick({ executionProvider, intraOpThreads, maxBatch }: Engine) {
  return { executionProvider, intraOpThreads, maxBatch };
}
