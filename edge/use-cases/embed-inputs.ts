// From the inputs of a request to unit embeddings: given ones are checked, addresses are fetched, pictures seen before are looked
// up, and the rest go to the worker together (encode-missing.ts).

import { appError } from '#shared/app-error.ts';
import { describeBytes } from '#shared/describe-bytes.ts';
import { sha256Hex } from '#shared/digest.ts';
import { pictureTypeOf } from '#shared/pictures/signature.ts';
import { err, ok } from '#shared/result.ts';
import { asMissing } from '../cache/tiered-bytes.ts';
import { isWorkerAway, noRoomToFetch, until } from '../clients/worker-call.ts';
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
import { inTurn } from './in-turn.ts';
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
