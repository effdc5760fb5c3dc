// Bytes in R2: put, get, stream, delete by prefix. Knows neither tenants nor what the bytes are; keys come from object-keys.ts.

import type { R2Bucket, R2ObjectBody } from '@cloudflare/workers-types';

export type ObjectStore = {
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  /** Holds nothing; nothing is stored where the stream errors or has another length. */
  putStream(key: string, stream: ReadableStream<Uint8Array>, byteLength: number): Promise<void>;
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  getText(key: string): Promise<string | undefined>;
  /** Throws where there is no such object. */
  open(key: string): Promise<ReadableStream<Uint8Array>>;
  /** Its length, or `undefined` where there is none. */
  size(key: string): Promise<number | undefined>;
  remove(keys: readonly string[]): Promise<void>;
  removePrefix(prefix: string): Promise<void>;
  /** At most a call's worth of them; answers how many. */
  removeSome(prefix: string): Promise<number>;
};

/** The binding's own stream type, which is not the global one wherever the edge is checked without Workers' globals. */
type StoredStream = R2ObjectBody['body'];

/** R2 deletes this many keys in one call. */
const deleteLimit = 1000;

export function createObjectStore(bucket: R2Bucket): ObjectStore {
  const store: ObjectStore = {
    async put(key, bytes) {
      await bucket.put(key, bytes);
    },
    async putStream(key, stream, byteLength) {
      const sized = stream.pipeThrough(new FixedLengthStream(byteLength));
      await bucket.put(key, sized as unknown as StoredStream);
    },
    async get(key) {
      const object = await bucket.get(key);
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
    },
    async getText(key) {
      const object = await bucket.get(key);
      return object === null ? undefined : object.text();
    },
    async open(key) {
      const object = await bucket.get(key);
      if (object === null) throw new MissingObject();
      return object.body as unknown as ReadableStream<Uint8Array>;
    },
    async size(key) {
      return (await bucket.head(key))?.size;
    },
    async remove(keys) {
      for (let start = 0; start < keys.length; start += deleteLimit) {
        await bucket.delete(keys.slice(start, start + deleteLimit));
      }
    },
    async removePrefix(prefix) {
      while ((await store.removeSome(prefix)) === deleteLimit);
    },
    async removeSome(prefix) {
      const { objects } = await bucket.list({ prefix, limit: deleteLimit });
      if (objects.length > 0) await store.remove(objects.map(({ key }) => key));
      return objects.length;
    },
  };
  return store;
}

/** Deleted since its key was read. */
export class MissingObject extends Error {
  override readonly name = 'MissingObject';
}
