// The picture half of an encoder: picture threads prepare, the queue runs.

import { createHash } from 'node:crypto';
import { type AppError, appError } from '#shared/app-error.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import type { PictureIntervention } from '#shared/contracts/intervention.ts';
import { letGo } from '#shared/let-go.ts';
import { preparedLength } from '#shared/pixels/preprocess.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { countPicture, noteWaits } from '../fairness/work-tally.ts';
import type { Urgency } from '../pictures/picture-pool.ts';
import type { PreparedViews, ViewPlan } from '../pictures/prepare-views.ts';
import type { QueueOptions } from './batch-queue.ts';
import type { Engine } from './engine.ts';
import type { RemoteTower } from './inference.ts';
import type { ModelDirectory } from './model-directory.ts';
import { collect, orderedWindow } from './ordered-window.ts';
import { isUsableRow } from './usable-row.ts';

export type PictureResult = Result<Float32Array, AppError<PictureFailureCode>>;

export type PictureViews = {
  readonly plain: Float32Array;
  /** One for each intervention; the plain embedding itself where the intervention changed no pixel. */
  readonly intervened: readonly Float32Array[];
};

export type EncodePicturesOptions = Partial<QueueOptions> & {
  /** Encode each picture after this instead of as it is. */
  readonly intervention?: PictureIntervention | undefined;
  readonly seed?: number;
  /** The files are nobody else's: their memory goes as soon as they are decoded. */
  readonly ownsFiles?: boolean;
};

export type EncodeViewsOptions = Partial<QueueOptions> & {
  readonly interventions: readonly PictureIntervention[];
  readonly seed: number;
  readonly contentSha256: string;
  /** The file is nobody else's: its memory goes as soon as it is decoded. */
  readonly ownsFile?: boolean;
};

export type PictureEncoder = {
  /** Raw rows; a picture that cannot be decoded or encoded fails alone. */
  readonly encodePictures: (
    pictures: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: EncodePicturesOptions,
  ) => Promise<PictureResult[]>;
  /** One picture as it is and after each of some interventions, raw rows. */
  readonly encodeViews: (
    bytes: Uint8Array,
    options: EncodeViewsOptions,
  ) => Promise<Result<PictureViews, AppError<PictureFailureCode>>>;
  /** How many pictures one caller should keep in flight. */
  readonly window: number;
};

export function createPictureEncoder(
  engine: Engine,
  { preprocessing }: Pick<ModelDirectory, 'preprocessing'>,
  tower: RemoteTower,
): PictureEncoder {
  const rowLength = preparedLength(preprocessing);

  async function prepare(bytes: Uint8Array, views: Views, urgency: QueueOptions & Handling) {
    const requestPixels = urgency.work?.pixels;
    const plan: ViewPlan = { ...views, preprocessing, limits: engine.limits, requestPixels };
    const prepared = await engine.pictures.prepare(bytes, plan, urgency);
    if (prepared.ok) engine.observer.picturePrepared(prepared.value);
    return prepared;
  }

  function runView({ pixels }: PreparedViews, view: number, urgency: QueueOptions): Promise<Float32Array> {
    return engine.queue.run(tower, pixels.subarray(view * rowLength, (view + 1) * rowLength), urgency);
  }

  async function encodePicture(bytes: Uint8Array, options: EncodePicturesOptions): Promise<PictureResult> {
    const urgency = urgencyOf(options);
    const hasCome = engine.queue.expect(urgency.lane, urgency.party);
    const startedMs = performance.now();
    try {
      // Of large pictures few come in a while: rows that are there do not wait for them.
      const prepared = await prepare(bytes, soleView(bytes, options), {
        ...urgency,
        onLarge: hasCome,
        ownsBytes: options.ownsFiles,
      });
      if (options.ownsFiles) letGo(bytes.buffer);
      if (!prepared.ok) return prepared;
      const decodedMs = performance.now();
      const running = runView(prepared.value, 0, urgency);
      hasCome();
      const row = await running;
      const modelMs = performance.now() - decodedMs;
      letGo(prepared.value.pixels.buffer);
      noteWaits(urgency.work, { decodeMs: decodedMs - startedMs, modelMs });
      return usable(row);
    } finally {
      hasCome();
      countPicture(urgency.work);
    }
  }

  return {
    window: engine.window,
    encodePictures: (pictures, options = {}) =>
      collect(orderedWindow(pictures, engine.window, (bytes) => encodePicture(bytes, options))),
    async encodeViews(bytes, { interventions, seed, contentSha256, ownsFile, ...rest }) {
      const urgency = urgencyOf(rest);
      try {
        const views = { plain: true, interventions, seed, contentSha256 };
        const prepared = await prepare(bytes, views, { ...urgency, ownsBytes: ownsFile });
        if (ownsFile) letGo(bytes.buffer);
        if (!prepared.ok) return prepared;
        const plainRun = runView(prepared.value, 0, urgency);
        const runs = prepared.value.noOps.map((noOp, index) =>
          noOp ? plainRun : runView(prepared.value, index + 1, urgency),
        );
        const [plain, ...intervened] = await Promise.all([plainRun, ...runs]);
        letGo(prepared.value.pixels.buffer);
        return [plain, ...intervened].every(isUsableRow) ? ok({ plain, intervened }) : notFinite;
      } finally {
        countPicture(urgency.work);
      }
    },
  };
}

const notFinite = err(
  appError('unreadable-picture', 'The picture could not be encoded: its embedding is not finite.'),
);

function usable(row: Float32Array): PictureResult {
  return isUsableRow(row) ? ok(row) : notFinite;
}

type Handling = Pick<Urgency, 'onLarge' | 'ownsBytes'>;
type Views = Pick<ViewPlan, 'plain' | 'interventions' | 'seed' | 'contentSha256'>;

function soleView(bytes: Uint8Array, { intervention, seed = 0 }: EncodePicturesOptions): Views {
  if (intervention === undefined) return { plain: true, interventions: [], seed, contentSha256: '' };
  const contentSha256 = createHash('sha256').update(bytes).digest('hex');
  return { plain: false, interventions: [intervention], seed, contentSha256 };
}

function urgencyOf({ lane = 'interactive', ...rest }: Partial<QueueOptions>): QueueOptions {
  return { ...rest, lane };
}
