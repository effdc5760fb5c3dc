// Bytes found in the location's Cache API or, failing that, in R2, and put in both. Memory is the business of the caches
// built on this, which know what the bytes decode to.

import { writeLog } from '../log.ts';
import type { ObjectStore } from '../stores/object-store.ts';

export type StoredTier = 'cache' | 'storage';

/** What of the platform's Cache this needs. */
export type EdgeCache = {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
};

export type TieredBytes = {
  /** `later` gets what may be done after the answer. */
  get(
    key: string,
    later: (work: Promise<unknown>) => void,
  ): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly tier: StoredTier } | undefined>;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** From storage and from this location's cache; elsewhere the copy expires. */
  delete(keys: readonly string[]): Promise<void>;
};

/** For what can be made again: a store that fails is one that has nothing, and keeps nothing. */
export function asMissing(thrown: unknown): undefined {
  writeLog({ level: 'warn', event: 'cache-storage-failed', requestId: undefined, thrown });
}

/** Never resolved: the Cache API wants an address. Keys start with the tenant, so no two tenants share one. */
const base = 'https://cache.clip-icm.invalid/';

/** What is larger is not held in memory until the Cache API has taken it too. */
const maxCachedBytes = 8 * 1024 * 1024;

type TieredOptions = {
  readonly objects: Pick<ObjectStore, 'get' | 'put' | 'remove'>;
  readonly cache: () => EdgeCache;
  readonly maxAgeSeconds: number;
};

export function createTieredBytes({ objects, cache, maxAgeSeconds }: TieredOptions): TieredBytes {
  const keep = async (key: string, bytes: Uint8Array<ArrayBuffer>) => {
    const headers = {
      'cache-control': `max-age=${maxAgeSeconds}`,
      'content-type': 'application/octet-stream',
    };
    // A cache that cannot be written only costs time.
    await cache()
      .put(base + key, new Response(bytes, { headers }))
      .catch(() => undefined);
  };
  return {
    async get(key, later) {
      const cached = await cache()
        .match(base + key)
        .catch(() => undefined);
      if (cached !== undefined) return { bytes: new Uint8Array(await cached.arrayBuffer()), tier: 'cache' };
      const bytes = await objects.get(key);
      if (bytes === undefined) return undefined;
      if (bytes.byteLength <= maxCachedBytes) later(keep(key, bytes));
      return { bytes, tier: 'storage' };
    },
    async put(key, bytes) {
      await Promise.all([objects.put(key, bytes), keep(key, bytes)]);
    },
    async delete(keys) {
      await Promise.all([
        objects.remove(keys),
        ...keys.map((key) =>
          cache()
            .delete(base + key)
            .catch(() => false),
        ),
      ]);
    },
  };
}
