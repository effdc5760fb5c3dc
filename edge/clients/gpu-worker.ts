// The GPU workers as the edge sees them: one typed function a route of shared/contracts/worker.ts, what it takes and answers,
// and how it may fail. Who sends the calls is create-gpu-worker.ts.

import type { AppError } from '#shared/app-error.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import type { Scoring, WorkerModel } from '#shared/contracts/model.ts';
import type {
  EmbeddedStatisticsHead,
  EncodeImagesHead,
  EncodeTexts,
  FetchRequest,
  MergeHead,
  PostAnswer,
  PostRequest,
  SolveHead,
  StatisticsHead,
} from '#shared/contracts/worker.ts';
import type { Result } from '#shared/result.ts';
import type { StatisticsSink } from '../stores/statistics-files.ts';
import type { LazyFrame } from './framed-body.ts';
import type { Encoded } from './worker-answers.ts';
import type {
  CallContext,
  EncodeFailure,
  Failure,
  FetchFailure,
  PostFailure,
  WorkerAway,
} from './worker-call.ts';

/** A picture or file that was deleted while it was read, beside what the worker may say. */
export type StatisticsFailure = EncodeFailure | 'conflict';
export type MergeFailure = Failure<'merge'> | 'conflict';
export type SolveFailure = Failure<'solve'> | 'conflict';

export type ModelInfo = {
  readonly reference: ModelReference;
  readonly embeddingDimension: number;
  readonly logitScale: number;
  readonly scoring: Scoring;
};

export type StatisticsAnswer = {
  readonly header: unknown;
  readonly byteLength: number;
  /** Of the whole file. */
  readonly sha256: string;
  /** Decoded for it. */
  readonly pixels: number;
  /** Items that were left out, because they end workers. */
  readonly leftOut: readonly number[];
};

export type SolvedArtefact = {
  /** Of an `.icm` file that can be read. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Encoded for it. */
  readonly texts: number;
};

/** `room` is taken for the bytes before they are read, and given back where they do not come: `busy` where there is none. */
export type FetchBytes = (
  request: FetchRequest,
  context: CallContext,
  room: FetchRoom,
) => Promise<Result<Uint8Array<ArrayBuffer>, AppError<FetchFailure | 'busy'>>>;

export type FetchRoom = {
  readonly take: (bytes: number) => Promise<boolean>;
  readonly giveBack: (bytes: number) => void;
};

export type GpuWorkerClient = {
  encodeImages(
    head: EncodeImagesHead,
    frames: readonly LazyFrame[],
    context: CallContext,
  ): Promise<Result<Encoded, AppError<EncodeFailure | 'conflict'>>>;
  encodePictures(
    head: EncodeImagesHead,
    pictures: readonly Uint8Array[],
    context: CallContext,
  ): Promise<Result<Encoded, AppError<EncodeFailure>>>;
  encodeTexts(request: EncodeTexts, context: CallContext): Promise<Result<Encoded, AppError<EncodeFailure>>>;
  statistics(
    head: StatisticsHead,
    frames: readonly LazyFrame[],
    sink: StatisticsSink,
    context: CallContext,
  ): Promise<Result<StatisticsAnswer, AppError<StatisticsFailure>>>;
  /** Sums of embeddings that are there already. */
  embeddedStatistics(
    head: EmbeddedStatisticsHead,
    frames: readonly LazyFrame[],
    sink: StatisticsSink,
    context: CallContext,
  ): Promise<Result<StatisticsAnswer, AppError<MergeFailure>>>;
  merge(
    head: MergeHead,
    frames: readonly LazyFrame[],
    sink: StatisticsSink,
    context: CallContext,
  ): Promise<Result<StatisticsAnswer, AppError<MergeFailure>>>;
  solve(
    head: SolveHead,
    frames: readonly LazyFrame[],
    context: CallContext,
  ): Promise<Result<SolvedArtefact, AppError<SolveFailure>>>;
  readonly fetchUrl: FetchBytes;
  postEvent(request: PostRequest, context: CallContext): Promise<Result<PostAnswer, AppError<PostFailure>>>;
  describeModel(name: string, context: CallContext): Promise<Result<ModelInfo, AppError<EncodeFailure>>>;
  /** What lies in the models directory of a worker, whichever answers. */
  listModels(context: CallContext): Promise<Result<readonly WorkerModel[], AppError<WorkerAway>>>;
  /** How many bulk calls all reachable workers together like to have in flight. */
  capacity(): Promise<number>;
};
