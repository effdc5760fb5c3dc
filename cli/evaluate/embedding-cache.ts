// Embeddings kept on disk between runs. One file for each model revision and view (the picture as it is, or after one
// intervention with one seed); a record for each picture, found by the SHA-256 of its file. Knows nothing of encoding.
//
// A record is: SHA-256 [32 bytes], d float32 little-endian, CRC-32 of both. Records are appended whole; what a crash
// left half-written, or another process garbled, fails its checksum and is encoded again.

import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export type EmbeddingCache = {
  /** Raw embeddings of one view. Opened once and remembered. */
  readonly view: (key: string) => Promise<ViewCache>;
};

export type ViewCache = {
  readonly get: (sha256: string) => Float32Array | undefined;
  /** Kept at once; on disk after the next flush at the latest. */
  readonly add: (sha256: string, embedding: Float32Array) => Promise<void>;
  readonly flush: () => Promise<void>;
};

export type CacheScope = {
  readonly directory: string;
  readonly revision: string;
  readonly dimension: number;
};

const hashBytes = 32;
const checksumBytes = 4;
const flushRecords = 128;

export function openEmbeddingCache(scope: CacheScope): EmbeddingCache {
  const views = new Map<string, Promise<ViewCache>>();
  return {
    view(key) {
      const open = views.get(key) ?? openView(scope, key);
      views.set(key, open);
      return open;
    },
  };
}

async function openView({ directory, revision, dimension }: CacheScope, key: string): Promise<ViewCache> {
  const folder = join(directory, revision.slice(0, 32));
  const file = join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.embeddings`);
  const recordBytes = hashBytes + 4 * dimension + checksumBytes;
  const stored = await readFile(file).catch(() => Buffer.alloc(0));
  const embeddings = readRecords(stored, recordBytes);
  await mkdir(folder, { recursive: true });
  if (embeddings.size * recordBytes < stored.length) {
    await writeFile(file, Buffer.concat([...embeddings].map(([sha256, row]) => makeRecord(sha256, row))));
  }
  let pending: Buffer[] = [];

  async function flush(): Promise<void> {
    const records = pending;
    pending = [];
    if (records.length > 0) await appendFile(file, Buffer.concat(records));
  }

  return {
    get: (sha256) => embeddings.get(sha256),
    async add(sha256, embedding) {
      embeddings.set(sha256, embedding);
      pending.push(makeRecord(sha256, embedding));
      if (pending.length >= flushRecords) await flush();
    },
    flush,
  };
}

function makeRecord(sha256: string, embedding: Float32Array): Buffer {
  const body = Buffer.concat([
    Buffer.from(sha256, 'hex'),
    Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength),
  ]);
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(crc32(body));
  return Buffer.concat([body, checksum]);
}

function readRecords(stored: Buffer, recordBytes: number): Map<string, Float32Array> {
  const embeddings = new Map<string, Float32Array>();
  for (let start = 0; start + recordBytes <= stored.length; start += recordBytes) {
    const body = stored.subarray(start, start + recordBytes - checksumBytes);
    if (crc32(body) !== stored.readUInt32LE(start + recordBytes - checksumBytes)) continue;
    const values = Uint8Array.prototype.slice.call(body, hashBytes);
    embeddings.set(body.toString('hex', 0, hashBytes), new Float32Array(values.buffer));
  }
  return embeddings;
}
