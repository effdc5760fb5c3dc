// What is asked of each of the worker's routes: its path, how long it may take, what it weighs, which refusals are the
// caller's business, and how what it answers is read. Sends nothing.

import type { AppErrorCode } from '#shared/app-error.ts';
import { decodeArtefact } from '#shared/codec/icm-file.ts';
import { type WorkerModel, WorkerModels } from '#shared/contracts/model.ts';
import { type EncodeImagesHead, type Lane, PostAnswer } from '#shared/contracts/worker.ts';
import { err, ok } from '#shared/result.ts';
import type { StatisticsSink } from '../stores/statistics-files.ts';
import { type CheckedContainer, checkContainer } from './container-stream.ts';
import type { FetchRoom, SolvedArtefact, StatisticsAnswer } from './gpu-worker.ts';
import { decodeEncoded, type Encoded, readBody, timesOf, workOf } from './worker-answers.ts';
import { type Answer, refusals } from './worker-call.ts';

export const timeoutsMs = {
  interactive: 20_000,
  fetch: 30_000,
  /** Only a last resort: bulk work ends when it is done, or when its worker is gone. */
  long: 3_600_000,
} as const;

/** As the worker weighs them. */
const textsPerPicture = 8;

const maxArtefactBytes = 64 * 1024 * 1024;
const maxEncodedBytes = 64 * 1024 * 1024;

type EncodeRefusal = (typeof refusals)['encode'][number];
type EncodePath = '/v1/encode/images' | '/v1/encode/texts';

export function picturesAnswer({ items }: EncodeImagesHead, lane: Lane): Answer<Encoded, EncodeRefusal> {
  const answer = encodedAnswer('/v1/encode/images', items.length, lane);
  return { ...answer, decodes: items.map(({ sha256 }) => sha256) };
}

export function encodedAnswer(path: EncodePath, count: number, lane: Lane): Answer<Encoded, EncodeRefusal> {
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

export const modelsAnswer: Answer<readonly WorkerModel[], never> = {
  path: '/v1/models',
  refusals: [],
  timeoutMs: timeoutsMs.interactive,
  async read(response) {
    const listed = WorkerModels.safeParse(await response.json());
    return listed.success ? ok(listed.data.models) : err('the list of models does not fit its contract');
  },
};

/** `undefined` where there is no room for what would come: that is no fault of the worker. */
export function fetchAnswer(
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

export const postAnswer: Answer<PostAnswer, (typeof refusals)['post'][number]> = {
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

export const artefactAnswer: Answer<SolvedArtefact, (typeof refusals)['solve'][number]> = {
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

export function statisticsAnswer<Code extends AppErrorCode>(
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

export const toNobody: StatisticsSink = (stream) => stream.pipeTo(new WritableStream());
