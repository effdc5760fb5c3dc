// From the inputs of a request to unit embeddings: given ones are checked, addresses are fetched, pictures seen before are looked
// up, and the rest go to the worker together (encode-missing.ts).

import { appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { sha256Hex } from '#shared/digest.ts';
import { inTurn } from '#shared/in-turn.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok } from '#shared/result.ts';
import type { FoundEmbeddings } from '../cache/embedding-cache.ts';
import { asMissing } from '../cache/tiered-bytes.ts';
import { createBreather } from '../clients/breathe.ts';
import { isWorkerAway, noRoomToFetch, until } from '../clients/worker-call.ts';
import type { StoredPicture } from '../stores/item-record.ts';
import {
  checkEmbedding,
  type EmbeddedResult,
  type EmbedSources,
  type EmbedTarget,
  type Input,
} from './embedded.ts';
import { encodeMissing } from './encode-missing.ts';
import {
  type AskingForPictures,
  inStep,
  smallPictureBytes,
  whileHeld,
  withFetched,
} from './hold-pictures.ts';
import { describeNoPicture, notAPicture } from './picture-format.ts';

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
  const named = await nameAll(inputs, target, fetched, sources);
  const looked = await lookUpAll(named, target, asking, sources);
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

type Known = { readonly state: 'known'; readonly result: EmbeddedResult };
/** Has to be encoded. */
type Unknown = { readonly state: 'unknown'; readonly sha256: string; readonly bytes: Uint8Array };
/** May have been seen before; `bytes` are there unless the request has the hash alone. */
type Named = {
  readonly state: 'named';
  readonly index: number;
  readonly sha256: string;
  readonly bytes: Uint8Array | undefined;
};
type Looked = Known | Unknown;

const known = (result: EmbeddedResult): Known => ({ state: 'known', result });

/** What each input is called, with a turn for others among many. */
async function nameAll(
  inputs: readonly Input[],
  target: EmbedTarget,
  fetched: ReadonlyMap<string, Looked>,
  sources: EmbedSources,
): Promise<(Looked | Named)[]> {
  const breathe = createBreather();
  const named: (Looked | Named)[] = [];
  for (const [index, input] of inputs.entries()) {
    named.push(await nameInput(input, index, target, fetched, sources));
    await breathe();
  }
  return named;
}

async function nameInput(
  input: Input,
  index: number,
  target: EmbedTarget,
  fetched: ReadonlyMap<string, Looked>,
  { maxPictureBytes }: Pick<EmbedSources, 'maxPictureBytes'>,
): Promise<Looked | Named> {
  if (input.kind === 'error') return known(err(input.error));
  if (input.kind === 'embedding') return known(checkEmbedding(input.vector, target, index));
  if (input.kind === 'sha256') return { state: 'named', index, sha256: input.sha256, bytes: undefined };
  if (input.kind === 'picture') return namePicture(input.bytes, index, maxPictureBytes);
  const found = fetched.get(input.url);
  if (found === undefined) throw new Error('every address of a request is fetched before');
  return found;
}

async function namePicture(
  bytes: Uint8Array,
  index: number,
  maxPictureBytes: number,
): Promise<Known | Named> {
  if (bytes.byteLength > maxPictureBytes) {
    const detail = `A picture may have at most ${describeBytes(maxPictureBytes)}.`;
    return known(err(appError('payload-too-large', detail)));
  }
  if (pictureTypeOf(bytes) === undefined) return known(err(describeNoPicture(bytes)));
  return { state: 'named', index, sha256: await sha256Hex(bytes), bytes };
}

/**
 * All embeddings of a request are asked for together, and so are the pictures of those that came as a hash alone. What is at hand,
 * here or in the bucket, can be encoded again: that they cannot be looked up is no reason to refuse it.
 */
async function lookUpAll(
  named: readonly (Looked | Named)[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked[]> {
  const hashesOf = (is: (one: Named) => boolean) => [
    ...new Set(named.flatMap((one) => (one.state === 'named' && is(one) ? [one.sha256] : []))),
  ];
  const seen = await findSeen(
    hashesOf(() => true),
    target,
    asking,
    sources,
  );
  const wanted = hashesOf(({ sha256, bytes }) => bytes === undefined && !seen.results.has(sha256));
  const none: ReadonlyMap<string, StoredPicture> = new Map();
  const pictures = wanted.length === 0 ? none : await sources.items.pictures(asking.tenantId, wanted);
  return inTurn(named, picturesAtOnce, async (one) => {
    if (one.state !== 'named') return one;
    const { sha256, bytes } = one;
    const result = seen.results.get(sha256);
    if (result !== undefined) return known(result);
    const picture = pictures.get(sha256);
    if (bytes !== undefined) return { state: 'unknown', sha256, bytes };
    if (picture === undefined && seen.failed.has(sha256)) throw seen.failed.get(sha256);
    return sendFor(one, picture, target, asking, sources);
  });
}

type Seen = {
  readonly results: ReadonlyMap<string, EmbeddedResult>;
  readonly failed: FoundEmbeddings['failed'];
};

async function findSeen(
  hashes: readonly string[],
  { model: { revision }, dimension }: EmbedTarget,
  { tenantId, nowMs, share }: AskingForPictures,
  { embeddings }: EmbedSources,
): Promise<Seen> {
  const owner = { tenantId, revision };
  const { known: stored, failed } = await embeddings.find(owner, hashes, nowMs, (work) =>
    inStep(share, 'lookUp', work),
  );
  for (const thrown of new Set(failed.values())) asMissing(thrown);
  const results = new Map<string, EmbeddedResult>();
  for (const [sha256, { embedding, tier }] of stored) {
    if (embedding.length === dimension) results.set(sha256, ok({ embedding, source: tier, sha256 }));
  }
  return { results, failed };
}

async function lookUpFetched(
  bytes: Uint8Array,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
  const named = await namePicture(bytes, 0, sources.maxPictureBytes);
  const [looked] = await lookUpAll([named], target, asking, sources);
  return looked ?? known(err(notAPicture));
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

/** From the bucket. */
async function sendFor(
  { sha256, index }: Named,
  picture: StoredPicture | undefined,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked> {
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

/** Of one request, of those that are sent for from the bucket. */
const picturesAtOnce = 6;

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
        settleLarge(await lookUpFetched(bytes, target, asking, sources), target, asking, sources),
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
