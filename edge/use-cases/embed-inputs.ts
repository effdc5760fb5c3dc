// From the inputs of a request to unit embeddings: given ones are checked, pictures seen before are looked up, the rest go to
// the worker together. Each input ends as an embedding or an error of its own.

import { type AppError, appError } from '#shared/app-error.ts';
import type { EmbeddingSource } from '#shared/contracts/classification.ts';
import type { ModelReference } from '#shared/contracts/common.ts';
import { maxPicturePixels, maxRequestPixels } from '#shared/contracts/worker.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { sha256Hex } from '#shared/digest.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EmbeddingCache } from '../cache/embedding-cache.ts';
import { asMissing } from '../cache/tiered-bytes.ts';
import type { GpuWorkerClient } from '../clients/gpu-worker.ts';
import type { Encoded } from '../clients/worker-answers.ts';
import {
  type EncodeFailure,
  type FetchFailure,
  isWorkerAway,
  noRoomToFetch,
  until,
} from '../clients/worker-call.ts';
import type { ItemStore } from '../stores/item-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { invalid } from './head-options.ts';
import {
  type AskingForPictures,
  inStep,
  smallPictureBytes,
  whileHeld,
  withFetched,
} from './hold-pictures.ts';
import { inTurn } from './in-turn.ts';
import { describeNoPicture, notAPicture } from './picture-format.ts';
import { startWorkClock } from './work-clock.ts';

export type Input =
  | { readonly kind: 'embedding'; readonly vector: Float32Array }
  | { readonly kind: 'picture'; readonly bytes: Uint8Array }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'sha256'; readonly sha256: string }
  /** Already known to be wrong, e.g. base64 that is none. */
  | { readonly kind: 'error'; readonly error: AppError<'invalid-request' | 'payload-too-large'> };

/** What may be wrong with one input, or keep it from being encoded. */
export type InputFailure =
  | FetchFailure
  | 'busy'
  | EncodeFailure
  | 'unreadable-picture'
  | 'picture-too-large'
  | 'model-mismatch'
  | 'quota-exceeded';

export type Embedded = {
  /** Unit length. */
  readonly embedding: Float32Array;
  readonly source: EmbeddingSource;
  readonly sha256: string | undefined;
};
export type EmbeddedResult = Result<Embedded, AppError<InputFailure>>;

export type EmbedTarget = {
  readonly model: ModelReference;
  readonly dimension: number;
  /** JSON pointer of input i, for errors. */
  readonly pointerOf: (index: number) => string;
};

export type EmbedSources = {
  readonly embeddings: Pick<EmbeddingCache, 'get' | 'put'>;
  readonly items: Pick<ItemStore, 'pictures'>;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly worker: Pick<GpuWorkerClient, 'encodePictures' | 'fetchUrl'>;
  readonly maxPictureBytes: number;
};

/** The common case, embeddings alone, without waiting for anything. */
export function embedNow(inputs: readonly Input[], target: EmbedTarget): EmbeddedResult[] | undefined {
  const results: EmbeddedResult[] = [];
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index];
    if (input?.kind !== 'embedding') return undefined;
    results.push(checkEmbedding(input.vector, target, index));
  }
  return results;
}

/** In the order of the inputs. */
export async function embedInputs(
  inputs: readonly Input[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<EmbeddedResult[]> {
  const startedMs = performance.now();
  const fetched = await fetchAll(inputs, target, asking, sources);
  const fetchedMs = fetched.size > 0 ? asking.timing?.since('fetch', startedMs) : startedMs;
  const looked = await inTurn([...inputs.entries()], lookUpsAtOnce, ([index, input]) =>
    lookUp(input, index, target, asking, { ...sources, fetched }),
  );
  asking.timing?.since('lookup', fetchedMs ?? startedMs);
  const hits = looked.filter(
    (found) => found.state === 'known' && found.result.ok && found.result.value.sha256,
  );
  if (hits.length > 0) asking.count('cacheHits', hits.length);
  const missing = new Map<string, Uint8Array>();
  for (const found of looked) if (found.state === 'unknown') missing.set(found.sha256, found.bytes);
  const encoded = missing.size === 0 ? new Map() : await encodeMissing(missing, target, asking, sources);
  return looked.map((found) =>
    found.state === 'known' ? found.result : (encoded.get(found.sha256) ?? err(notAPicture)),
  );
}

type Looked =
  | { readonly state: 'known'; readonly result: EmbeddedResult }
  | { readonly state: 'unknown'; readonly sha256: string; readonly bytes: Uint8Array };

const known = (result: EmbeddedResult): Looked => ({ state: 'known', result });

async function lookUp(
  input: Input,
  index: number,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources & { readonly fetched: ReadonlyMap<string, Looked> },
): Promise<Looked> {
  if (input.kind === 'error') return known(err(input.error));
  if (input.kind === 'embedding') return known(checkEmbedding(input.vector, target, index));
  if (input.kind === 'sha256') return lookUpHash(input.sha256, index, target, asking, sources);
  if (input.kind === 'picture') return lookUpBytes(input.bytes, target, asking, sources);
  const fetched = sources.fetched.get(input.url);
  if (fetched === undefined) throw new Error('every address of a request is fetched before');
  return fetched;
}

async function lookUpBytes(
  bytes: Uint8Array,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  if (bytes.byteLength > sources.maxPictureBytes) {
    const detail = `A picture may have at most ${describeBytes(sources.maxPictureBytes)}.`;
    return known(err(appError('payload-too-large', detail)));
  }
  if (pictureTypeOf(bytes) === undefined) return known(err(describeNoPicture(bytes)));
  const sha256 = await sha256Hex(bytes);
  // What is at hand can be encoded again, so a cache that cannot be read is no reason to refuse it.
  const found = await seenBefore(sha256, target, asking, sources).catch(asMissing);
  return found ?? { state: 'unknown', sha256, bytes };
}

/** A large picture that was sent for is encoded by itself at once, so that the next one finds room. */
async function settleLarge(
  looked: Looked,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  if (looked.state === 'known' || looked.bytes.byteLength <= smallPictureBytes) return looked;
  const { sha256, bytes } = looked;
  const encoded = await encodeMissing(new Map([[sha256, bytes]]), target, asking, sources);
  return known(encoded.get(sha256) ?? err(notAPicture));
}

async function seenBefore(
  sha256: string,
  { model, dimension }: EmbedTarget,
  { tenantId, nowMs, share }: AskingForPictures,
  { embeddings }: EmbedSources,
): Promise<Looked | undefined> {
  const key = { tenantId, revision: model.revision, sha256 };
  const found = await inStep(share, 'lookUp', () => embeddings.get(key, nowMs));
  if (found === undefined || found.embedding.length !== dimension) return undefined;
  return known(ok({ embedding: found.embedding, source: found.tier, sha256 }));
}

async function lookUpHash(
  sha256: string,
  index: number,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  const found = await seenBefore(sha256, target, asking, sources);
  if (found !== undefined) return found;
  const picture = (await sources.items.pictures(asking.tenantId, [sha256])).get(sha256);
  if (picture !== undefined && !(await asking.share.take(picture.bytes))) return known(err(noRoomToFetch));
  const bytes = picture && (await sources.objects.get(picture.storageKey));
  if (bytes !== undefined) {
    return whileHeld(bytes, asking.share, () =>
      settleLarge({ state: 'unknown', sha256, bytes }, target, asking, sources),
    );
  }
  const message = 'No picture with this hash has been uploaded or classified.';
  return known(
    err(
      appError('not-found', message, { errors: [{ pointer: `${target.pointerOf(index)}/sha256`, message }] }),
    ),
  );
}

/** Of one request: as many as a worker fetches for one tenant, and as a request may have connections. */
const fetchesAtOnce = 6;

/** Of one request: storage is asked for others in between. */
const lookUpsAtOnce = 6;
const writesAtOnce = 4;

/** Each address once, however often it is named, at the cost of the plan. */
async function fetchAll(
  inputs: readonly Input[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<ReadonlyMap<string, Looked>> {
  const urls = [...new Set(inputs.flatMap((input) => (input.kind === 'url' ? [input.url] : [])))];
  if (urls.length === 0) return new Map();
  const { worker, maxPictureBytes } = sources;
  const { share } = asking;
  const plan = { maxBytes: maxPictureBytes, room: share, takeTurn: () => share.turn('fetch') };
  const fetched = await asking.charge({ fetches: urls.length }, async (refused) => {
    const answers = await inTurn(urls, fetchesAtOnce, (url) =>
      withFetched(url, worker.fetchUrl, plan, until(asking.context, refused), async (bytes) =>
        settleLarge(await lookUpBytes(bytes, target, asking, sources), target, asking, sources),
      ),
    );
    const [first] = answers;
    const noneAsked = answers.every((answer) => !answer.ok && isWorkerAway(answer.error));
    return noneAsked && first !== undefined && !first.ok ? first : ok(answers);
  });
  if (!fetched.ok) return new Map(urls.map((url) => [url, known(fetched)]));
  asking.count('urlsFetched', urls.length);
  return new Map(
    fetched.value.map((answer, index) => [urls[index] ?? '', answer.ok ? answer.value : known(answer)]),
  );
}

async function encodeMissing(
  missing: ReadonlyMap<string, Uint8Array>,
  { model, dimension }: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Map<string, EmbeddedResult>> {
  const hashes = [...missing.keys()];
  const all = (error: AppError<InputFailure>) =>
    new Map(hashes.map((sha256) => [sha256, err(error)] as const));
  const items = [...missing].map(([sha256, bytes]) => ({ sha256, byteLength: bytes.byteLength }));
  const head = { model: model.id, items, seed: 0 };
  const clock = startWorkClock();
  const assumedPixels = Math.min(hashes.length * maxPicturePixels, maxRequestPixels);
  const encoded = await asking.charge(
    { pictures: hashes.length, pixels: 0 },
    (refused) =>
      clock.run(() =>
        sources.worker.encodePictures(head, [...missing.values()], until(asking.context, refused)),
      ),
    {
      told: ({ pixels }) => ({ pixels }),
      assumed: { pixels: assumedPixels },
    },
  );
  const hasWorked = encoded.ok || encoded.error.worked === true;
  if (hasWorked) asking.count('picturesEncoded', hashes.length);
  if (hasWorked) asking.count('pixelsDecoded', encoded.ok ? encoded.value.pixels : assumedPixels);
  if (!encoded.ok) return all(encoded.error);
  if (asking.timing !== undefined) clock.tell(asking.timing, encoded.value.took);
  if (encoded.value.model.revision !== model.revision || encoded.value.dimension !== dimension) {
    return all(appError('model-mismatch', `The encoder now has another revision of ${model.id}.`));
  }
  return sortOut(hashes, encoded.value, asking, sources);
}

function sortOut(
  hashes: readonly string[],
  { embeddings, dimension, failures, model }: Encoded,
  { tenantId, later, nowMs, share }: AskingForPictures,
  sources: EmbedSources,
): Map<string, EmbeddedResult> {
  const failed = new Map(failures.map((failure) => [failure.index, failure]));
  const results = new Map<string, EmbeddedResult>();
  const writes: (() => Promise<void>)[] = [];
  hashes.forEach((sha256, index) => {
    const failure = failed.get(index);
    if (failure !== undefined) {
      results.set(sha256, err(appError(failure.code, failure.detail)));
      return;
    }
    const embedding = embeddings.slice(index * dimension, (index + 1) * dimension);
    const key = { tenantId, revision: model.revision, sha256 };
    writes.push(sources.embeddings.put(key, embedding, nowMs));
    results.set(sha256, ok({ embedding, source: 'worker', sha256 }));
  });
  // One that finds no turn is made again when it is next asked for.
  later(inTurn(writes, writesAtOnce, (write) => inStep(share, 'write', write)));
  return results;
}

function checkEmbedding(
  vector: Float32Array,
  { dimension, pointerOf }: EmbedTarget,
  index: number,
): EmbeddedResult {
  const refuse = (message: string) => err(invalid(`${pointerOf(index)}/embedding`, message));
  if (vector.length !== dimension) {
    return refuse(`The embedding has ${vector.length} numbers; the model's have ${dimension}.`);
  }
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i] as number) ** 2;
  // One sum tells both: it is finite exactly when every number is (float32 squares cannot overflow float64).
  if (!Number.isFinite(squares)) return refuse('The embedding has a number that is not finite.');
  if (squares === 0) return refuse('The embedding is all zeros.');
  const scale = 1 / Math.sqrt(squares);
  const embedding = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) embedding[i] = (vector[i] as number) * scale;
  return ok({ embedding, source: 'request', sha256: undefined });
}
