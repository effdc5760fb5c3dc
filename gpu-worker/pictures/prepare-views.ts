// One picture file to what the model takes: decoded once, then as it is and after each intervention asked for.
// Runs inside a picture thread; it knows nothing of models beyond their preprocessing.
//
// Interventions work on 8-bit RGB before CLIP's preprocessing. A picture whose shorter side is more than twice what the
// model sees is first shrunk to that: seven passes over 12 megapixels would cost seconds and end in the same 224 pixels. The
// picture as it is always goes through CLIP's own path at full size. A picture with transparency is resized (weighted by
// opacity) before it is intervened upon, so that no intervention brings out colours that were invisible.

import { type AppError, appError } from '#shared/app-error.ts';
import type { PictureFailureCode } from '#shared/contracts/artefact.ts';
import type { PictureIntervention } from '#shared/contracts/intervention.ts';
import { letGo } from '#shared/let-go.ts';
import {
  type Preprocessing,
  preparedLength,
  preprocess,
  preprocessRows,
  resizedSize,
} from '#shared/pixels/preprocess.ts';
import { resample, type Size } from '#shared/pixels/resample.ts';
import type { DecodedPicture, RgbPicture } from '#shared/pixels/rgb-picture.ts';
import { resampleTransparent } from '#shared/pixels/transparency.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { takePixels } from '../fairness/work-tally.ts';
import { type InterventionSeed, intervene } from '../interventions/intervene.ts';
import { checkBounds, estimateMs, type PictureHeader, type PictureWork } from './bounds.ts';
import { type DecodeLimits, decodeByLibvips, decodePicture, readHeader } from './decode.ts';
import { jpegRows } from './jpeg/decode-jpeg.ts';

export type ViewPlan = InterventionSeed & {
  readonly preprocessing: Preprocessing;
  readonly limits: DecodeLimits;
  /** Whether the picture as it is comes first. */
  readonly plain: boolean;
  readonly interventions: readonly PictureIntervention[];
  /** A picture that will take longer by estimate is not begun. */
  readonly maxEstimateMs?: number;
  /** Of the request (fairness/work-tally.ts): a picture beyond what is left of it fails. */
  readonly requestPixels?: BigInt64Array<SharedArrayBuffer> | undefined;
};

export type PreparedViews = {
  /** [views, 3, height, width]: the picture as it is (if asked for), then one for each intervention. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /**
   * For each intervention, whether it left every pixel as it was. Where the picture as it is was asked for too, the pixels of such
   * a view are zeros: its embedding is the picture's own.
   */
  readonly noOps: readonly boolean[];
  readonly decodeMs: number;
  readonly interventionMs: number;
};

/** How many times the model's own size a picture keeps for interventions. */
const workingScale = 2;

/** Not begun: about how long it would have taken. */
export type Deferred = { readonly estimateMs: number };

export async function prepareViews(
  bytes: Uint8Array,
  plan: ViewPlan,
): Promise<Result<PreparedViews, AppError<PictureFailureCode>> | Deferred> {
  const { preprocessing, plain, interventions, limits } = plan;
  const startMs = performance.now();
  const header = await readHeader(bytes, limits);
  if (!header.ok) return header;
  const bounds = checkBounds(header.value, preprocessing, limits.maxPixels);
  if (!bounds.ok) return bounds;
  const workMs = estimateMs(header.value, workOf(header.value, plan));
  if (plan.maxEstimateMs !== undefined && workMs > plan.maxEstimateMs) return { estimateMs: workMs };
  const { width, height } = header.value;
  if (plan.requestPixels && !takePixels(plan.requestPixels, width * height)) {
    return err(tooManyTogether(plan.requestPixels));
  }
  const length = preparedLength(preprocessing);
  const pixels = new Float32Array(length * (Number(plain) + interventions.length));
  const decoded = await decodeInto(pixels, bytes, plan, header.value);
  if (!decoded.ok) return decoded;
  const decodedMs = performance.now();
  const noOps = decoded.value === undefined ? [] : interveneAll(decoded.value, plan, pixels);
  return ok({
    pixels,
    noOps,
    decodeMs: decodedMs - startMs,
    interventionMs: performance.now() - decodedMs,
  });
}

/** Puts the picture as it is first in `pixels`, if asked for, and answers it where there are interventions. */
async function decodeInto(
  pixels: Float32Array,
  bytes: Uint8Array,
  { preprocessing, plain, interventions, limits }: ViewPlan,
  header: PictureHeader,
): Promise<Result<DecodedPicture | undefined, AppError<PictureFailureCode>>> {
  // Of the only view the colours are made where it is looked at, and all of them are nowhere.
  const isOnlyView = plain && interventions.length === 0 && header.colours === 'light';
  const rows = isOnlyView ? jpegRows(bytes, limits.maxPixels) : undefined;
  if (rows !== undefined) {
    preprocessRows(rows, preprocessing, pixels, 0);
    return ok(undefined);
  }
  const decode = isOnlyView ? decodeByLibvips : decodePicture;
  const decoded = await decode(bytes, limits, header);
  if (!decoded.ok) return decoded;
  if (plain) preprocess(decoded.value, preprocessing, pixels, 0);
  if (interventions.length > 0) return decoded;
  letGo(decoded.value.data.buffer);
  return ok(undefined);
}

function interveneAll(decoded: DecodedPicture, plan: ViewPlan, pixels: Float32Array): boolean[] {
  const { preprocessing, plain, interventions } = plan;
  const length = preparedLength(preprocessing);
  const picture = workingPicture(decoded, preprocessing);
  const data = new Uint8Array(picture.data.length);
  const noOps = interventions.map((intervention, index) => {
    intervene(picture, data, intervention, plan);
    const noOp = Buffer.compare(data, picture.data) === 0;
    if (!(noOp && plain)) {
      preprocess(
        { ...picture, data, transparent: false },
        preprocessing,
        pixels,
        (Number(plain) + index) * length,
      );
    }
    return noOp;
  });
  letGo(data.buffer);
  letGo(picture.data.buffer);
  letGo(decoded.data.buffer);
  return noOps;
}

function tooManyTogether([, maxPixels]: BigInt64Array): AppError<'picture-too-large'> {
  return appError(
    'picture-too-large',
    `The pictures of this request have more than ${maxPixels} pixels together; send fewer at once.`,
  );
}

function workOf(picture: Size, { preprocessing, interventions }: ViewPlan): PictureWork {
  const { width, height } = resizedSize(picture, preprocessing.resize);
  return { interventions: interventions.length, workingPixels: width * height * workingScale ** 2 };
}

function workingPicture(decoded: DecodedPicture, { resize, filter }: Preprocessing): RgbPicture {
  const size = resizedSize(decoded, resize);
  if (decoded.transparent) return resampleTransparent(decoded, size, filter);
  const working = { width: size.width * workingScale, height: size.height * workingScale };
  return decoded.width > working.width && decoded.height > working.height
    ? resample(decoded, working, filter)
    : decoded;
}
