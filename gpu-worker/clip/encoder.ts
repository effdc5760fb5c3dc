// A loaded model: texts and pictures to embeddings. The rows it returns are raw (not normalised); where the answer goes to
// the edge or into statistics, the use case normalises. It knows no HTTP and no tenants.

import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { AppError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { ok, type Result } from '#shared/result.ts';
import { type Engine, type EngineOptions, openEngine } from './engine.ts';
import { broken, type ModelDirectory, type ModelVariant, readModelDirectory } from './model-directory.ts';
import { createPictureEncoder, type PictureEncoder } from './picture-encoder.ts';
import { createTextEncoder, type TextEncoder } from './text-encoder.ts';
import { openTokenizer } from './tokenize.ts';
import { openTowers, type Towers } from './towers.ts';

export type EncoderInfo = {
  readonly reference: ModelReference;
  readonly embeddingDimension: number;
  readonly contextLength: number;
  /** Height of what the model takes; pictures are cropped to it. */
  readonly imageSize: number;
  readonly logitScale: number;
  /** Of the model's files. */
  readonly byteLength: number;
  /** Whether ONNX Runtime gave the same bits whatever the batch; where not, batches are filled up to one size. */
  readonly batchInvariant: boolean;
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

/** An encoder with threads of its own, for use in process. Errors: `not-found`, `invalid-artefact`. */
export async function openEncoder(options: OpenEncoderOptions): Promise<Result<Encoder, AppError>> {
  const { modelDirectory, modelId = basename(modelDirectory), variant = 'default' } = options;
  const engine = openEngine({
    executionProvider: options.executionProvider ?? 'cpu',
    intraOpThreads: options.intraOpThreads ?? availableParallelism(),
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

/** An encoder on a shared engine. Errors: `not-found`, `invalid-artefact`. */
export async function loadEncoder(
  engine: Engine,
  modelDirectory: string,
  model: { readonly id: string; readonly variant?: ModelVariant },
): Promise<Result<Encoder, AppError>> {
  const directory = await readModelDirectory(modelDirectory, model);
  if (!directory.ok) return directory;
  const { tokenizer: file, tokenizerConfig, contextLength } = directory.value;
  const tokenizer = openTokenizer(file, tokenizerConfig, contextLength);
  if (tokenizer === undefined) return broken(model.id, 'its special tokens are not in its vocabulary');
  const towers = await openTowers(engine, directory.value);
  if (!towers.ok) return broken(model.id, towers.error);
  const { vision, text } = towers.value;
  return ok({
    ...createPictureEncoder(engine, directory.value, vision),
    ...createTextEncoder(engine, tokenizer, text),
    info: describe(directory.value, towers.value),
    async close() {
      await Promise.all([vision.release(), text.release()]);
    },
  });
}

function describe(
  { reference, contextLength, preprocessing, logitScale, byteLength }: ModelDirectory,
  { vision, text }: Towers,
): EncoderInfo {
  return {
    reference,
    embeddingDimension: vision.embeddingDimension,
    contextLength,
    imageSize: preprocessing.crop.height,
    logitScale,
    byteLength,
    batchInvariant: vision.batchInvariant && text.batchInvariant,
  };
}
