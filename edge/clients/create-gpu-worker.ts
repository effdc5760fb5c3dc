// Makes the edge's client of the GPU workers: each function of gpu-worker.ts as a call that is sent, with storage and lost
// workers watched where it needs that. Signing, choice of endpoint and retries are its parts' business; it keeps nothing
// between calls but health.

import type { AppError } from '#shared/app-error.ts';
import type { EncodeImagesHead, Lane } from '#shared/contracts/worker.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type Log, writeLog } from '../log.ts';
import { createEndpointPool, type EndpointPool } from './endpoint-pool.ts';
import type { GpuWorkerClient } from './gpu-worker.ts';
import { createLostCalls, type LostCalls } from './lost-calls.ts';
import { createQuietLog } from './quiet-log.ts';
import { createRetryBudget } from './retry-budget.ts';
import { sortOutLost } from './sort-out-lost.ts';
import { watchStorage } from './storage-watch.ts';
import { createTurns } from './turns.ts';
import { type Encoded, leftOutOf, withLeftOut } from './worker-answers.ts';
import {
  bytesCall,
  type CallContext,
  type EncodeFailure,
  jsonCall,
  noRoomToFetch,
  refusals,
  streamedCall,
} from './worker-call.ts';
import { createDispatch, type Dispatch } from './worker-dispatch.ts';
import { createProbe } from './worker-probe.ts';
import {
  artefactAnswer,
  encodedAnswer,
  fetchAnswer,
  modelsAnswer,
  picturesAnswer,
  postAnswer,
  statisticsAnswer,
  timeoutsMs,
  toNobody,
} from './worker-routes.ts';
import { createTransport } from './worker-transport.ts';
import { isReady } from './worker-vigil.ts';

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

/** How soon a worker that is back says so. */
const readyWithinMs = 1000;

/** What may be asked of a second worker as well when the first is slow. */
const light = { pictures: 4, bytes: 4 * 1024 * 1024, texts: 64 } as const;

/** What the calls go through. */
type Way = {
  readonly pool: EndpointPool;
  readonly lostCalls: LostCalls;
  /** Looks who is there, where that was not done just now. */
  readonly probe: () => Promise<void>;
  /** After a probe. */
  readonly dispatch: Dispatch;
};

export function createGpuWorkerClient(options: GpuWorkerOptions): GpuWorkerClient {
  const way = createWay(options);
  const encoding = encodeCalls(way);
  return {
    ...encoding,
    ...statisticsCalls(way),
    ...modelCalls(way, encoding),
    fetchUrl: async (request, context, room) => {
      const call = await jsonCall(request, fetchAnswer(request.maxBytes, room));
      const fetched = await way.dispatch(call, context);
      if (!fetched.ok) return fetched;
      return fetched.value === undefined ? err(noRoomToFetch) : ok(fetched.value);
    },
    postEvent: async (request, context) => way.dispatch(await jsonCall(request, postAnswer), context),
    async capacity() {
      await way.probe();
      return way.pool.capacity();
    },
  };
}

function createWay(options: GpuWorkerOptions): Way {
  const { now = Date.now, random = Math.random, fetch = globalThis.fetch.bind(globalThis) } = options;
  const pool = createEndpointPool(options.endpoints);
  const probeAt = createProbe(pool, fetch);
  const probe = () => probeAt(now());
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
    await probe();
    return send(call, context);
  };
  return { pool, lostCalls, probe, dispatch };
}

type EncodeCalls = Pick<GpuWorkerClient, 'encodeTexts' | 'encodeImages' | 'encodePictures'>;

function encodeCalls({ dispatch, lostCalls }: Way): EncodeCalls {
  const sortedOut = async (
    { items }: EncodeImagesHead,
    context: CallContext,
    send: (indices: readonly number[]) => Promise<Result<Encoded, AppError<EncodeFailure>>>,
  ) => {
    const sorted = await sortOutLost(items, context, lostCalls, send);
    return sorted.ok ? ok(withLeftOut(sorted.value, items.length)) : sorted;
  };
  return {
    encodeTexts: async (request, context) => {
      const isHeavy = request.texts.length > light.texts;
      const answer = encodedAnswer('/v1/encode/texts', request.texts.length, context.lane);
      return dispatch(await jsonCall(request, { ...answer, isHeavy }), context);
    },
    encodeImages: (head, frames, context) =>
      watchStorage(frames, context, (watched) =>
        sortedOut(head, context, async (indices) => {
          const part = partOf(head, watched.frames, indices);
          const answer = picturesAnswer(part.head, context.lane);
          return dispatch(await streamedCall(part.head, part.frames, answer), watched.context);
        }),
      ),
    encodePictures: (head, pictures, context) =>
      sortedOut(head, context, async (indices) => {
        const part = partOf(head, pictures, indices);
        const byteLength = part.frames.reduce((sum, bytes) => sum + bytes.byteLength, 0);
        const isHeavy = part.frames.length > light.pictures || byteLength > light.bytes;
        const answer = { ...picturesAnswer(part.head, context.lane), isHeavy };
        return dispatch(await bytesCall(part.head, part.frames, answer), context);
      }),
  };
}

type StatisticsCalls = Pick<GpuWorkerClient, 'statistics' | 'embeddedStatistics' | 'merge' | 'solve'>;

function statisticsCalls({ dispatch, lostCalls }: Way): StatisticsCalls {
  return {
    statistics: (head, frames, sink, context) =>
      watchStorage(frames, context, async (watched) => {
        const sorted = await sortOutLost(head.items, context, lostCalls, async (indices, isTrial) => {
          const part = partOf(head, watched.frames, indices);
          const keeper = isTrial ? toNobody : sink;
          const answer = {
            ...statisticsAnswer('/v1/statistics', refusals.encode, keeper, watched.storageFailed),
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
  };
}

function modelCalls(
  { pool, probe, dispatch }: Way,
  { encodeTexts }: EncodeCalls,
): Pick<GpuWorkerClient, 'describeModel' | 'listModels'> {
  return {
    async describeModel(name, context) {
      await probe();
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
  };
}

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
