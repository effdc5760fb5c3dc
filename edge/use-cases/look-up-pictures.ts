// Pictures that may have been seen before, looked up by their hashes: the embeddings of a request together, and then, from the
// bucket, the pictures of those that came as a hash alone and have none.

import { type AppError, appError } from '#shared/app-error.ts';
import { inTurn } from '#shared/in-turn.ts';
import { err, ok } from '#shared/result.ts';
import type { FoundEmbeddings } from '../cache/embedding-cache.ts';
import { asMissing } from '../cache/tiered-bytes.ts';
import { noRoomToFetch } from '../clients/worker-call.ts';
import type { StoredPicture } from '../stores/item-record.ts';
import type { EmbeddedResult, EmbedSources, EmbedTarget } from './embedded.ts';
import { settleLarge } from './encode-missing.ts';
import { type AskingForPictures, inStep, whileHeld } from './hold-pictures.ts';
import { known, type Looked, type Named } from './name-inputs.ts';

/** Of one request, of those that are sent for from the bucket. */
const picturesAtOnce = 6;

/**
 * All embeddings of a request are asked for together, and so are the pictures of those that came as a hash alone. What is at
 * hand, here or in the bucket, can be encoded again: that they cannot be looked up is no reason to refuse it.
 */
export async function lookUpPictures(
  named: readonly (Looked | Named)[],
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked[]> {
  const pictures = named.filter((one) => one.state === 'named');
  const hashes = [...new Set(pictures.map(({ sha256 }) => sha256))];
  const seen = await findSeen(hashes, target, asking, sources);
  const atHand = new Map(
    pictures.flatMap(({ sha256, bytes }) => (bytes === undefined ? [] : [[sha256, bytes] as const])),
  );
  const wanted = hashes.filter((sha256) => !seen.results.has(sha256) && !atHand.has(sha256));
  const sent = await sendForAll(wanted, seen, target, asking, sources);
  return named.map((one) => {
    if (one.state !== 'named') return one;
    const { sha256, index } = one;
    const result = seen.results.get(sha256);
    if (result !== undefined) return known(result);
    const bytes = atHand.get(sha256);
    if (bytes !== undefined) return { state: 'unknown', sha256, bytes };
    return sent.get(sha256) ?? known(err(notUploaded(`${target.pointerOf(index)}/sha256`)));
  });
}

type Seen = Omit<FoundEmbeddings, 'known'> & { readonly results: ReadonlyMap<string, EmbeddedResult> };

async function findSeen(
  hashes: readonly string[],
  { model: { revision }, dimension }: EmbedTarget,
  { tenantId, nowMs, share }: AskingForPictures,
  { embeddings }: EmbedSources,
): Promise<Seen> {
  const owner = { tenantId, revision };
  const { known: stored, ...unknown } = await embeddings.find(owner, hashes, nowMs, (work) =>
    inStep(share, 'lookUp', work),
  );
  for (const thrown of new Set(unknown.failed.values())) asMissing(thrown);
  const results = new Map<string, EmbeddedResult>();
  for (const [sha256, { embedding, tier }] of stored) {
    if (embedding.length === dimension) results.set(sha256, ok({ embedding, source: tier, sha256 }));
  }
  return { results, ...unknown };
}

/** From the bucket, each once however often it is named; without those that nobody knows. */
async function sendForAll(
  hashes: readonly string[],
  { failed, notAsked }: Seen,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<ReadonlyMap<string, Looked>> {
  if (hashes.length === 0) return new Map();
  const pictures = await sources.items.pictures(asking.tenantId, hashes);
  // Before anything is sent for, which would go on, and take room, behind the answer.
  for (const sha256 of hashes) if (!pictures.has(sha256) && failed.has(sha256)) throw failed.get(sha256);
  const sent = await inTurn([...pictures], picturesAtOnce, async ([sha256, picture]) => {
    const looked = await sendFor(picture, target, asking, sources);
    return looked === undefined ? [] : [[sha256, looked] as const];
  });
  const busy = hashes.filter((sha256) => !pictures.has(sha256) && notAsked.has(sha256));
  return new Map([...sent.flat(), ...busy.map((sha256) => [sha256, known(err(noTurn))] as const)]);
}

const noTurn = appError(
  'busy',
  'Too many pictures of this tenant are being looked up at once. Ask for it again in a moment.',
  { retryAfterSeconds: 2 },
);

async function sendFor(
  { sha256, bytes: size, storageKey }: StoredPicture,
  target: EmbedTarget,
  asking: AskingForPictures,
  sources: EmbedSources,
): Promise<Looked | undefined> {
  if (!(await asking.share.take(size))) return known(err(noRoomToFetch));
  const bytes = await sources.objects.get(storageKey).catch((thrown: unknown) => {
    asking.share.giveBack(size);
    throw thrown;
  });
  if (bytes === undefined) {
    asking.share.giveBack(size);
    return undefined;
  }
  return whileHeld(bytes, asking.share, () =>
    settleLarge({ state: 'unknown', sha256, bytes }, target, asking, sources),
  );
}

function notUploaded(pointer: string): AppError<'not-found'> {
  const message = 'No picture with this hash has been uploaded or classified.';
  return appError('not-found', message, { errors: [{ pointer, message }] });
}
