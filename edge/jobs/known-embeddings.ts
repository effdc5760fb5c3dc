// Embeddings of a shard's pictures that are kept one by one, because the pictures have been classified before. A shard is a range of
// hashes, so a few lists of keys tell which are there, in place of one question a picture.

import type { EmbeddingCache } from '../cache/embedding-cache.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { inBackground } from '../use-cases/in-background.ts';
import { inTurn } from '../use-cases/in-turn.ts';

/** A tenant may have any number of other pictures in the range: beyond so many lists each picture is asked for. */
const maxLists = 8;
const readsAtOnce = 6;

export type KnownSources = {
  readonly objects: Pick<ObjectStore, 'list'>;
  readonly embeddings: Pick<EmbeddingCache, 'get'>;
};

/** By hash; `hashes` in any order. */
export async function knownEmbeddings(
  hashes: readonly string[],
  { tenantId, revision }: { readonly tenantId: string; readonly revision: string },
  { objects, embeddings }: KnownSources,
): Promise<ReadonlyMap<string, Float32Array>> {
  const nowMs = Date.now();
  const candidates = await listed([...new Set(hashes)].sort(), { tenantId, revision }, objects);
  const found = new Map<string, Float32Array>();
  await inTurn(candidates, readsAtOnce, async (sha256) => {
    const known = await embeddings.get({ tenantId, revision, sha256 }, inBackground, nowMs);
    if (known !== undefined) found.set(sha256, known.embedding);
  });
  return found;
}

/** Those of the sorted hashes that may have an embedding. */
async function listed(
  hashes: readonly string[],
  { tenantId, revision }: { readonly tenantId: string; readonly revision: string },
  objects: Pick<ObjectStore, 'list'>,
): Promise<string[]> {
  const [first, last] = [hashes[0], hashes.at(-1)];
  if (first === undefined || last === undefined) return [];
  const keyOf = (sha256: string) => objectKeys.embedding(tenantId, sha256, revision);
  const byKey = new Map(hashes.map((sha256) => [keyOf(sha256), sha256]));
  const prefix = objectKeys.embeddings(tenantId);
  const there: string[] = [];
  let after = `${prefix}${first}`;
  for (let page = 0; page < maxLists; page++) {
    const { keys, more } = await objects.list(prefix, after);
    for (const key of keys) {
      const sha256 = byKey.get(key);
      if (sha256 !== undefined) there.push(sha256);
    }
    const end = keys.at(-1);
    if (!more || end === undefined || end >= keyOf(last)) return there;
    after = end;
  }
  return [...there, ...hashes.filter((sha256) => keyOf(sha256) > after)];
}
