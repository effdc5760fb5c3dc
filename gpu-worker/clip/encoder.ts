// A loaded model: texts and pictures to embeddings. The rows it returns are raw (not normalised); where the answer goes to
// the edge or into statistics, the use case normalises. It knows no HTTP and no tenants.

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { AppError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { PictureIntervention } from '#shared/contracts/intervention.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { PreparedViews } from '../pictures/prepare-views.ts';
import { preparedLength } from '../pictures/preprocess.ts';
import type { QueueOptions } from './batch-queue.ts';
import { type Engine, type EngineOptions, openEngine } from './engine.ts';
import type { RemoteTower } from './inference.ts';
import { broken, type ModelDirectory, type ModelVariant, readModelDirectory } from './model-directory.ts';
import { collect, orderedWindow } from './ordered-window.ts';
import type { TowerSpec } from './session.ts';
import { type ClipTokenizer, openTokenizer } from './tokenize.ts';

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

export type PictureResult = Result<Float32Array, AppError>;

export type PictureViews = {
  readonly plain: Float32Array;
  /** One for each intervention; the plain embedding itself where the intervention changed no pixel. */
  readonly intervened: readonly Float32Array[];
};

export type EmbeddedTexts = { readonly embeddings: Float32Array<ArrayBuffer>; readonly tokenCount: number };

export type EncodeOptions = Partial<QueueOptions>;
export type EncodePicturesOptions = EncodeOptions & {
  /** Encode each picture after this instead of as it is. */
  readonly intervention?: PictureIntervention | undefined;
  readonly seed?: number;
};
export type EncodeViewsOptions = EncodeOptions & {
  readonly interventions: readonly PictureIntervention[];
  readonly seed: number;
  readonly contentSha256: string;
};

export type Encoder = {
  readonly info: EncoderInfo;
  /** [n, d], raw rows. */
  readonly encodeTexts: (
    texts: readonly string[],
    options?: EncodeOptions,
  ) => Promise<Float32Array<ArrayBuffer>>;
  /** The same, with the number of tokens of all texts together (start and end counted, padding not). */
  readonly embedTexts: (texts: readonly string[], options?: EncodeOptions) => Promise<EmbeddedTexts>;
  /** Raw rows; a picture that cannot be decoded fails alone (`unreadable-picture`, `picture-too-large`). */
  readonly encodePictures: (
    pictures: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: EncodePicturesOptions,
  ) => Promise<PictureResult[]>;
  /** One picture as it is and after each of some interventions, raw rows. */
  readonly encodeViews: (
    bytes: Uint8Array,
    options: EncodeViewsOptions,
  ) => Promise<Result<PictureViews, AppError>>;
  /** How many pictures one caller should keep in flight. */
  readonly window: number;
  readonly close: () => Promise<void>;
};

export type OpenEncoderOptions = Partial<Omit<EngineOptions, 'limits'>> & {
  readonly modelDirectory: string;
  /** The name to go by; default: the directory's own. */
  readonly modelId?: string;
  readonly variant?: ModelVariant;
  readonly maxPixels?: number;
  readonly maxBytes?: number;
};

/** An encoder with threads of its own, for use in process. Errors: `not-found`, `invalid-artefact`. */
export async function openEncoder(options: OpenEncoderOptions): Promise<Result<Encoder, AppError>> {
  const { modelDirectory, modelId = basename(modelDirectory), variant = 'default' } = options;
  const engine = openEngine({
    executionProvider: options.executionProvider ?? 'cpu',
    intraOpThreads: options.intraOpThreads ?? availableParallelism(),
    pictureThreads: options.pictureThreads ?? availableParallelism(),
    maxBatch: options.maxBatch ?? 16,
    limits: { maxPixels: options.maxPixels ?? 2 ** 26, maxBytes: options.maxBytes ?? 2 ** 25 },
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
  return towers.ok
    ? ok(createEncoder(engine, directory.value, tokenizer, towers.value))
    : broken(model.id, towers.error);
}

/** Texts of one caller in the queue at once. */
const textWindow = 64;

type Towers = { readonly vision: RemoteTower; readonly text: RemoteTower };

async function openTowers(engine: Engine, directory: ModelDirectory): Promise<Result<Towers, string>> {
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

function createEncoder(
  engine: Engine,
  directory: ModelDirectory,
  tokenizer: ClipTokenizer,
  { vision, text }: Towers,
): Encoder {
  const dimension = vision.embeddingDimension;
  const { preprocessing } = directory;
  const rowLength = preparedLength(preprocessing);

  async function prepare(bytes: Uint8Array, plan: ViewSelection, urgency: QueueOptions) {
    const prepared = await engine.pictures.prepare(
      bytes,
      { ...plan, preprocessing, limits: engine.limits },
      urgency,
    );
    if (prepared.ok) engine.observer.picturePrepared(prepared.value);
    return prepared;
  }

  function runView({ pixels }: PreparedViews, view: number, urgency: QueueOptions): Promise<Float32Array> {
    return engine.queue.run(vision, pixels.slice(view * rowLength, (view + 1) * rowLength), urgency);
  }

  async function encodePicture(
    bytes: Uint8Array,
    { intervention, seed = 0, ...rest }: EncodePicturesOptions,
  ): Promise<PictureResult> {
    const urgency = urgencyOf(rest);
    const plan = {
      plain: intervention === undefined,
      interventions: intervention === undefined ? [] : [intervention],
      seed,
      contentSha256: intervention === undefined ? '' : createHash('sha256').update(bytes).digest('hex'),
    };
    const prepared = await prepare(bytes, plan, urgency);
    return prepared.ok ? ok(await runView(prepared.value, 0, urgency)) : prepared;
  }

  async function embedTexts(texts: readonly string[], options: EncodeOptions = {}): Promise<EmbeddedTexts> {
    let tokenCount = 0;
    const rows = orderedWindow(texts, textWindow, (item) => {
      const tokenized = tokenizer.tokenize([item]);
      tokenCount += tokenized.tokenCount;
      return engine.queue.run(text, tokenized.ids, urgencyOf(options));
    });
    const embeddings = new Float32Array(texts.length * dimension);
    let offset = 0;
    for await (const row of rows) {
      embeddings.set(row, offset);
      offset += dimension;
    }
    return { embeddings, tokenCount };
  }

  return {
    info: {
      reference: directory.reference,
      embeddingDimension: dimension,
      contextLength: tokenizer.contextLength,
      imageSize: preprocessing.crop.height,
      logitScale: directory.logitScale,
      byteLength: directory.byteLength,
      batchInvariant: vision.batchInvariant && text.batchInvariant,
    },
    window: engine.window,
    embedTexts,
    encodeTexts: async (texts, options) => (await embedTexts(texts, options)).embeddings,
    encodePictures: (pictures, options = {}) =>
      collect(orderedWindow(pictures, engine.window, (bytes) => encodePicture(bytes, options))),
    async encodeViews(bytes, { interventions, seed, contentSha256, ...rest }) {
      const urgency = urgencyOf(rest);
      const prepared = await prepare(bytes, { plain: true, interventions, seed, contentSha256 }, urgency);
      if (!prepared.ok) return prepared;
      const { noOps } = prepared.value;
      const plainRun = runView(prepared.value, 0, urgency);
      const intervened = interventions.map((_, index) =>
        noOps[index] ? plainRun : runView(prepared.value, index + 1, urgency),
      );
      const [plain, ...others] = await Promise.all([plainRun, ...intervened]);
      return ok({ plain, intervened: others });
    },
    async close() {
      await Promise.all([vision.release(), text.release()]);
    },
  };
}

type ViewSelection = {
  readonly plain: boolean;
  readonly interventions: readonly PictureIntervention[];
  readonly seed: number;
  readonly contentSha256: string;
};

function urgencyOf({ lane = 'interactive', signal }: EncodeOptions): QueueOptions {
  return { lane, signal };
}
