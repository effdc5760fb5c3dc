// The edge's client of the GPU workers: one typed function a route of shared/contracts/worker.ts.
// Signing, time-outs, choice of endpoint and retries are its parts' business; it keeps nothing between calls but health.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { type Scoring, type WorkerModel, WorkerModels } from '#shared/contracts/model.ts';
import {
  type EmbeddedStatisticsHead,
  type EncodeImagesHead,
  type EncodeTexts,
  type FetchRequest,
  type Lane,
  type MergeHead,
  PostAnswer,
  type PostRequest,
  type SolveHead,
  type StatisticsHead,
} from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type Log, writeLog } from '../log.ts';
import type { StatisticsSink } from '../stores/statistics-files.ts';
import { type CheckedContainer, checkContainer } from './container-stream.ts';
import { createEndpointPool } from './endpoint-pool.ts';
import type { LazyFrame } from './framed-body.ts';
import { createLostCalls } from './lost-calls.ts';
import { createQuietLog } from './quiet-log.ts';
import { createRetryBudget } from './retry-budget.ts';
import { sortOutLost } from './sort-out-lost.ts';
import { watchStorage } from './storage-watch.ts';
import { createTurns } from './turns.ts';
import {
  decodeEncoded,
  type Encoded,
  leftOutOf,
  readBody,
  timesOf,
  withLeftOut,
  workOf,
} from './worker-answers.ts';
import {
  type Answer,
  bytesCall,
  type CallContext,
  type EncodeFailure,
  type Failure,
  type FetchFailure,
  jsonCall,
  noRoomToFetch,
  type PostFailure,
  refusals,
  streamedCall,
  type WorkerAway,
} from './worker-call.ts';
import { createDispatch, type Dispatch } from './worker-dispatch.ts';
import { createProbe } from './worker-probe.ts';
import { createTransport } from './worker-transport.ts';
import { isReady } from './worker-vigil.ts';

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

export type GpuWorkerOptions = {
  readonly endpoints: readonly string[];
  readonly secret: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly log?: Log;
  /** How long what was lost with a worker waits for it to be back. */
  readonly returnWithinMs?: Record<Lane, number>;
};

const timeoutsMs = {
  interactive: 20_000,
  fetch: 30_000,
  /** Only a last resort: bulk work ends when it is done, or when its worker is gone. */
  long: 3_600_000,
} as const;

/** How soon a worker that is back says so. */
const readyWithinMs = 1000;

/** What may be asked of a second worker as well when the first is slow. */
const light = { pictures: 4, bytes: 4 * 1024 * 1024, texts: 64 } as const;
const maxArtefactBytes = 64 * 1024 * 1024;
const maxEncodedBytes = 64 * 1024 * 1024;

export function createGpuWorkerClient(options: GpuWorkerOptions): GpuWorkerClient {
  const { now = Date.now, random = Math.random, fetch = globalThis.fetch.bind(globalThis) } = options;
  const pool = createEndpointPool(options.endpoints);
  const probe = createProbe(pool, fetch);
  const lostCalls = createLostCalls({
    pool,
    turns: createTurns({ now, forgottenAfterMs: 2 * timeoutsMs.interactive }),
    isReady: (origin) => isReady(origin, fetch, readyWithinMs),
    now,
    ...(options.returnWithinMs === undefined ? {} : { waitMs: options.returnWithinMs }),
  });
  const send = createDispatch({
    lostCalls,
    pool,
    transport: createTransport({ secret: options.secret, fetch, now }),
    budget: createRetryBudget(),
    now,
    random,
    log: options.log ?? createQuietLog(writeLog, now),
  });
  const dispatch: Dispatch = async (call, context) => {
    await probe(now());
    return send(call, context);
  };
  const encodeTexts: GpuWorkerClient['encodeTexts'] = async (request, context) => {
    const isHeavy = request.texts.length > light.texts;
    const answer = encodedAnswer('/v1/encode/texts', request.texts.length, context.lane);
    return dispatch(await jsonCall(request, { ...answer, isHeavy }), context);
  };

  return {
    encodeTexts,
    encodeImages: (head, frames, context) =>
      watchStorage(frames, context, async (watched) => {
        const sorted = await sortOutLost(head.items, context, lostCalls, async (indices) => {
          const part = partOf(head, watched.frames, indices);
          return dispatch(
            await streamedCall(part.head, part.frames, picturesAnswer(part.head, context.lane)),
            watched.context,
          );
        });
        return sorted.ok ? ok(withLeftOut(sorted.value, head.items.length)) : sorted;
      }),
    encodePictures: async (head, pictures, context) => {
      const sorted = await sortOutLost(head.items, context, lostCalls, async (indices) => {
        const part = partOf(head, pictures, indices);
        const byteLength = part.frames.reduce((sum, bytes) => sum + bytes.byteLength, 0);
        const isHeavy = part.frames.length > light.pictures || byteLength > light.bytes;
        const answer = { ...picturesAnswer(part.head, context.lane), isHeavy };
        return dispatch(await bytesCall(part.head, part.frames, answer), context);
      });
      return sorted.ok ? ok(withLeftOut(sorted.value, head.items.length)) : sorted;
    },
    statistics: (head, frames, sink, context) =>
      watchStorage(frames, context, async (watched) => {
        const sorted = await sortOutLost(head.items, context, lostCalls, async (indices, isTrial) => {
          const part = partOf(head, watched.frames, indices);
          const answer = {
            ...statisticsAnswer(
              '/v1/statistics',
              refusals.encode,
              isTrial ? toNobody : sink,
              watched.storageFailed,
            ),
            decodes: part.head.items.map(({ sha256 }) => sha256),
          };
          return dispatch(await streamedCall(part.head, part.frames, answer), watched.context);
        });
        if (!sorted.ok) return sorted;
        return ok({ ...sorted.value.value, leftOut: leftOutOf(sorted.value.sent, head.items.length) });
      }),
    embeddedStatistics: (head, frames, sink, context) =>
      watchStorage(frames, context, async (watched) => {
        const path = '/v1/statistics/embeddings';
        const answer = statisticsAnswer(path, refusals.merge, sink, watched.storageFailed);
        return dispatch(await streamedCall(head, watched.frames, answer), watched.context);
      }),
    merge: (head, frames, sink, context) =>
      watchStorage(frames, context, async (watched) => {
        const answer = statisticsAnswer('/v1/merge', refusals.merge, sink, watched.storageFailed);
        return dispatch(await streamedCall(head, watched.frames, answer), watched.context);
      }),
    solve: (head, frames, context) =>
      watchStorage(frames, context, async (watched) =>
        dispatch(await streamedCall(head, watched.frames, artefactAnswer), watched.context),
      ),
    fetchUrl: async (request, context, room) => {
      const fetched = await dispatch(await jsonCall(request, fetchAnswer(request.maxBytes, room)), context);
      if (!fetched.ok) return fetched;
      return fetched.value === undefined ? err(noRoomToFetch) : ok(fetched.value);
    },
    postEvent: async (request, context) => dispatch(await jsonCall(request, postAnswer), context),
    async describeModel(name, context) {
      await probe(now());
      for (const { report } of pool.endpoints) {
        const model = report?.models.find(({ reference }) => reference.id === name);
        if (model !== undefined) return ok(model);
      }
      // A worker may load it on demand; one short text makes it say what it is.
      const encoded = await encodeTexts({ model: name, texts: ['a'] }, context);
      if (!encoded.ok) return encoded;
      const { model: reference, dimension: embeddingDimension, logitScale, scoring } = encoded.value;
      return ok({ reference, embeddingDimension, logitScale, scoring });
    },
    listModels: async (context) => dispatch(await jsonCall({}, modelsAnswer), context),
    async capacity() {
      await probe(now());
      return pool.capacity();
    },
  };
}

/** As the worker weighs them. */
const textsPerPicture = 8;

type EncodeRefusal = (typeof refusals)['encode'][number];
type EncodePath = '/v1/encode/images' | '/v1/encode/texts';

function picturesAnswer({ items }: EncodeImagesHead, lane: Lane): Answer<Encoded, EncodeRefusal> {
  const answer = encodedAnswer('/v1/encode/images', items.length, lane);
  return { ...answer, decodes: items.map(({ sha256 }) => sha256) };
}

function encodedAnswer(path: EncodePath, count: number, lane: Lane): Answer<Encoded, EncodeRefusal> {
  return {
    path,
    refusals: refusals.encode,
    pictures: path === '/v1/encode/texts' ? Math.ceil(count / textsPerPicture) : count,
    ...(lane === 'bulk'
      ? { timeoutMs: timeoutsMs.long, isLong: true }
      : { timeoutMs: timeoutsMs.interactive }),
    async read(response) {
      const bytes = await readBody(response, maxEncodedBytes);
      return bytes.ok
        ? decodeEncoded(bytes.value, count, { pixels: workOf(response).pixels, took: timesOf(response) })
        : bytes;
    },
  };
}

const modelsAnswer: Answer<readonly WorkerModel[], never> = {
  path: '/v1/models',
  refusals: [],
  timeoutMs: timeoutsMs.interactive,
  async read(response) {
    const listed = WorkerModels.safeParse(await response.json());
    return listed.success ? ok(listed.data.models) : err('the list of models does not fit its contract');
  },
};

/** `undefined` where there is no room for what would come: that is no fault of the worker. */
function fetchAnswer(
  maxBytes: number,
  room: FetchRoom,
): Answer<Uint8Array<ArrayBuffer> | undefined, (typeof refusals)['fetch'][number]> {
  return {
    path: '/v1/fetch',
    refusals: refusals.fetch,
    timeoutMs: timeoutsMs.fetch,
    takesNoEncoder: true,
    // Asked twice, a slow site would answer no sooner.
    isHeavy: true,
    async read(response) {
      const declared = response.headers.get('content-length');
      const byteLength = Math.min(declared === null ? maxBytes : Number(declared), maxBytes);
      if (!(await room.take(byteLength))) {
        await response.body?.cancel();
        return ok(undefined);
      }
      const bytes = await readBody(response, byteLength).catch((thrown) => err(String(thrown)));
      room.giveBack(bytes.ok ? byteLength - bytes.value.byteLength : byteLength);
      return bytes;
    },
  };
}

const postAnswer: Answer<PostAnswer, (typeof refusals)['post'][number]> = {
  path: '/v1/post',
  refusals: refusals.post,
  timeoutMs: timeoutsMs.fetch,
  takesNoEncoder: true,
  // Nobody wants it twice.
  isHeavy: true,
  async read(response) {
    const answer = PostAnswer.safeParse(await response.json());
    return answer.success ? ok(answer.data) : err('what a post came to does not fit its contract');
  },
};

const artefactAnswer: Answer<SolvedArtefact, (typeof refusals)['solve'][number]> = {
  path: '/v1/solve',
  refusals: refusals.solve,
  timeoutMs: timeoutsMs.long,
  isLong: true,
  async read(response) {
    const bytes = await readBody(response, maxArtefactBytes);
    if (!bytes.ok) return bytes;
    const artefact = await decodeArtefact(bytes.value);
    return artefact.ok
      ? ok({ bytes: bytes.value, texts: workOf(response).texts })
      : err(artefact.error.detail);
  },
};

function statisticsAnswer<Code extends AppErrorCode>(
  path: '/v1/statistics' | '/v1/statistics/embeddings' | '/v1/merge',
  passedOn: readonly Code[],
  sink: StatisticsSink,
  storageFailed: (thrown: unknown) => void,
): Answer<StatisticsAnswer, Code> {
  return {
    path,
    refusals: passedOn,
    timeoutMs: timeoutsMs.long,
    isLong: true,
    async read(response) {
      const byteLength = Number(response.headers.get('content-length') ?? Number.NaN);
      if (response.body === null || !(byteLength > 0)) return err('the answer does not say its length');
      const checked: CheckedContainer = checkContainer(response.body, 'stats');
      await sink(checked.stream, byteLength).catch((thrown) => {
        // Storage refuses a file that breaks off or is damaged as well; that is the worker's doing.
        if (!checked.isBroken()) storageFailed(thrown);
        throw thrown;
      });
      return ok({ ...(await checked.content()), byteLength, pixels: workOf(response).pixels, leftOut: [] });
    },
  };
}

const toNobody: StatisticsSink = (stream) => stream.pipeTo(new WritableStream());

/** What is sent of the pictures of a call. */
function partOf<Item, Head extends { readonly items: readonly Item[] }, Frame>(
  head: Head,
  frames: readonly Frame[],
  indices: readonly number[],
): { readonly head: Head; readonly frames: readonly Frame[] } {
  if (indices.length === head.items.length) return { head, frames };
  const chosen = new Set(indices);
  const isChosen = (_: unknown, index: number) => chosen.has(index);
  return { head: { ...head, items: head.items.filter(isChosen) }, frames: frames.filter(isChosen) };
}
