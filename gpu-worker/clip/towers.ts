// Opens the two towers of a model directory in the inference threads, and closes what was opened where one does not fit.

import { err, ok, type Result } from '#shared/result.ts';
import type { Engine } from './engine.ts';
import type { RemoteTower } from './inference.ts';
import type { ModelDirectory } from './model-directory.ts';
import type { TokenPadding } from './tokenize.ts';
import type { PictureInput, TextInput, TowerSpec } from './tower-spec.ts';

export type Towers = { readonly vision: RemoteTower; readonly text: RemoteTower };

/** The error is the end of a sentence about the model. */
export async function openTowers(
  engine: Engine,
  directory: ModelDirectory,
  token: TokenPadding,
): Promise<Result<Towers, string>> {
  const { family, layout, visionFile, textFile } = directory;
  const pictures: PictureInput = { kind: 'pictures', ...directory.preprocessing.crop };
  const texts: TextInput = {
    kind: 'texts',
    contextLength: directory.contextLength,
    padding: family.text.padding,
    mask: family.text.mask,
    meanPooling: directory.meanPooling,
    token,
  };
  const isCombined = layout.kind === 'combined';
  const { sessions, intraOpThreads } = engine.threadsFor(directory.byteLength);
  const { executionProvider, maxBatch } = engine;
  const common = { executionProvider, maxBatch, intraOpThreads };
  const visionSpec: TowerSpec = {
    ...common,
    file: visionFile,
    input: pictures,
    ...(isCombined ? { other: texts } : {}),
    outputNames: family.outputs.vision,
  };
  const textSpec: TowerSpec = {
    ...common,
    file: textFile,
    input: texts,
    ...(isCombined ? { other: pictures } : {}),
    outputNames: family.outputs.text,
  };
  const vision = await engine.inference.openTower(visionSpec, sessions);
  if (!vision.ok) return vision;
  const text = await engine.inference.openTower(textSpec, sessions);
  if (text.ok && text.value.embeddingDimension === vision.value.embeddingDimension) {
    return ok({ vision: vision.value, text: text.value });
  }
  await vision.value.release();
  if (!text.ok) return text;
  await text.value.release();
  const lengths = `${vision.value.outputName} ${vision.value.embeddingDimension}, ${text.value.outputName} ${text.value.embeddingDimension}`;
  return err(`its towers give embeddings of different lengths (${lengths})`);
}
