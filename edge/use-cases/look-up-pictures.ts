// Pictures that may have been seen before, looked up by their hashes: the embeddings of a request together, and then, from the
// bucket, the pictures of those that came as a hash alone and have none.

import { appError } from '#shared/app-error.ts';
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
