// A loaded model: texts and pictures to embeddings. The rows it returns are raw (not normalised); where the answer goes to
// the edge or into statistics, the use case normalises. It knows no HTTP and no tenants.

import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { AppError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Scoring } from '#shared/contracts/model.ts';
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import type { Preprocessing } from '#shared/pixels/preprocess.ts';
import { ok, type Result } from '#shared/result.ts';
import { type Engine, type EngineOptions, openEngine } from './engine.ts';
import type { FamilyName, TextRules } from './families/family.ts';
import type { ModelFailure } from './model-directory.ts';
import { broken, type ModelDirectory, readModelDirectory } from './model-directory.ts';
import { resizedTo } from './model-files.ts';
import { createPictureEncoder, type PictureEncoder } from './picture-encoder.ts';
import { createTextEncoder, type TextEncoder } from './text-encoder.ts';
import { type ClipTokenizer, openTokenizer } from './tokenize.ts';
import { openTowers, type Towers } from './towers.ts';

export type EncoderInfo = {
  readonly reference: ModelReference;
  readonly embeddingDimension: number;
  readonly contextLength: number;
  /** Height of what the model takes; pictures are cropped to it. */
  readonly imageSize: number;
  readonly logitScale: number;
  readonly scoring: Scoring;
  /** Scale and bias of its scores that stand in for those it learned, and whose they are, where its files have none. */
  readonly assumed?: string;
  readonly family: FamilyName;
  /** Of the model's files. */
  readonly byteLength: number;
  /** Whether ONNX Runtime gave the same bits whatever the batch; where not, batches are filled up to one size. */
  readonly batchInvariant: boolean;
  /** Where files of the model contradicted each other, and which was believed. */
  readonly notes: readonly string[];
};

export type Encoder = PictureEncoder &
  TextEncoder & {
    readonly info: EncoderInfo;
    /** Nothing may be encoded afterwards. */
    readonly close: () => Promise<void>;
  };

export type OpenEncoderOptions = Partial<Omit<EngineOptions, 'limits'>> & {
  readonly modelDirectory: string;
  /** The name to go by; default: the directory's own. */
  readonly modelId?: string;
  readonly variant?: ModelVariant;
  readonly maxPixels?: number;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
};

/** An encoder with threads of its own, for use in process. */
export async function openEncoder(
  options: OpenEncoderOptions,
): Promise<Result<Encoder, AppError<ModelFailure>>> {
  const { modelDirectory, modelId = basename(modelDirectory), variant = 'default' } = options;
  const engine = openEngine({
    executionProvider: options.executionProvider ?? 'cpu',
    intraOpThreads: options.intraOpThreads,
    pictureThreads: options.pictureThreads ?? availableParallelism(),
    maxBatch: options.maxBatch ?? 16,
    limits: {
      maxPixels: options.maxPixels ?? 2 ** 26,
      maxBytes: options.maxBytes ?? 2 ** 25,
      timeoutMs: options.timeoutMs ?? 10_000,
    },
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  });
  const encoder = await loadEncoder(engine, modelDirectory, { id: modelId, variant });
  if (!encoder.ok) {
    await engine.close();
    return encoder;
  }
  return ok({ ...encoder.value, close: () => engine.close() });
}

/** An encoder on a shared engine. */
export async function loadEncoder(
  engine: Engine,
  modelDirectory: string,
  model: { readonly id: string; readonly variant?: ModelVariant },
): Promise<Result<Encoder, AppError<ModelFailure>>> {
  const directory = await readModelDirectory(modelDirectory, model);
  if (!directory.ok) return directory;
  const opened = await openParts(engine, directory.value);
  if (!opened.ok) return broken(model.id, opened.error);
  const { tokenizer, towers, preprocessing } = opened.value;
  const { vision, text } = towers;
  return ok({
    ...createPictureEncoder(engine, { preprocessing }, vision),
    ...createTextEncoder(engine, tokenizer, text),
    info: describe(directory.value, opened.value),
    async close() {
      await Promise.all([vision.release(), text.release()]);
    },
  });
}

type Parts = {
  readonly tokenizer: ClipTokenizer;
  readonly towers: Towers;
  /** As the picture tower's graph has it. */
  readonly preprocessing: Preprocessing;
};

async function openParts(engine: Engine, directory: ModelDirectory): Promise<Result<Parts, string>> {
  const { family, tokenizer: file, tokenizerConfig, preprocessing } = directory;
  const open = (contextLength: number, padding: TextRules['padding']) =>
    openTokenizer(file, tokenizerConfig, { ...family.text, contextLength, padding });
  const tokenizer = open(directory.contextLength, family.text.padding);
  if (!tokenizer.ok) return tokenizer;
  const towers = await openTowers(engine, directory, tokenizer.value.padding);
  if (!towers.ok) return towers;
  const { vision, text } = towers.value;
  const [, height = 0, width = 0] = vision.rowShape;
  const { crop } = preprocessing;
  const isAsSaid = crop.height === height && crop.width === width;
  // A graph of one length gets rows of that length, whatever the files and the family say.
  const [fixedLength] = text.rowShape;
  const isFixedAsSaid = family.text.padding === 'context' && fixedLength === directory.contextLength;
  const fitted = fixedLength === undefined || isFixedAsSaid ? tokenizer : open(fixedLength, 'context');
  if (!fitted.ok) return fitted;
  return ok({
    tokenizer: fitted.value,
    towers: towers.value,
    preprocessing: isAsSaid ? preprocessing : resizedTo(preprocessing, { height, width }),
  });
}

function describe(
  { reference, family, scores, byteLength, embeddingDimension: said }: ModelDirectory,
  { tokenizer, preprocessing, towers: { vision, text } }: Parts,
): EncoderInfo {
  const { embeddingDimension } = vision;
  const contradicts = said !== undefined && said !== embeddingDimension;
  return {
    reference,
    embeddingDimension,
    contextLength: tokenizer.contextLength,
    imageSize: preprocessing.crop.height,
    ...scores,
    family: family.name,
    byteLength,
    batchInvariant: vision.batchInvariant && text.batchInvariant,
    notes: [
      ...vision.notes,
      ...text.notes,
      ...(contradicts
        ? [
            `its ${vision.outputName} has ${embeddingDimension} values where config.json says ${said}: the graph decides`,
          ]
        : []),
    ],
  };
}
