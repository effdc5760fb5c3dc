// Embeddings of pictures in the tenant's Durable Objects: finds the one that has a picture. Four of a tenant, by the first bits of
// the picture's hash, since one is a single thread; more would each have a cache of pages in a local stack's memory. Knows nothing of memory or of encoding.

/** As much of the object as is used here: its class exists in the Workers runtime alone. */
export type EmbeddingRows = {
  read(
    revision: string,
    hashes: readonly string[],
  ): Promise<readonly (readonly [sha256: string, row: ArrayBuffer])[]>;
  write(revision: string, sha256: string, row: Uint8Array, nowMs: number): Promise<void>;
  forget(hashes: readonly string[]): Promise<void>;
  forgetAll(): Promise<void>;
};

export type EmbeddingNamespace = { readonly getByName: (name: string) => EmbeddingRows };

export type EmbeddingKey = { readonly tenantId: string; readonly revision: string; readonly sha256: string };

export type EmbeddingStore = {
  get(key: EmbeddingKey): Promise<Float32Array | undefined>;
  /** Those that are there, by hash; `hashes` in any order, of one tenant and model. */
  some(
    owner: Omit<EmbeddingKey, 'sha256'>,
    hashes: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>>;
  put(key: EmbeddingKey, embedding: Float32Array, nowMs: number): Promise<void>;
  /** Of every model. */
  forget(tenantId: string, hashes: readonly string[]): Promise<void>;
  forgetTenant(tenantId: string): Promise<void>;
};

const shards = ['0', '1', '2', '3'] as const;
type Shard = (typeof shards)[number];

/** Rows of one answer: some two MiB of them, where the platform takes 32. */
const maxRowsAtOnce = 500;

export function createEmbeddingStore(namespace: EmbeddingNamespace): EmbeddingStore {
  const rowsOf = (tenantId: string, shard: Shard) => namespace.getByName(`${tenantId}/${shard}`);
  const read = async ({ tenantId, revision }: Omit<EmbeddingKey, 'sha256'>, hashes: readonly string[]) => {
    const rows = await rowsOf(tenantId, shardOf(hashes[0] ?? '')).read(revision, hashes);
    return rows.flatMap(([sha256, row]): [string, Float32Array][] =>
      row.byteLength % 4 === 0 ? [[sha256, new Float32Array(row)]] : [],
    );
  };
  return {
    get: async (key) => (await read(key, [key.sha256]))[0]?.[1],
    async some(owner, hashes) {
      const pieces = piecesOf(hashes);
      return new Map((await Promise.all(pieces.map((piece) => read(owner, piece)))).flat());
    },
    async put({ tenantId, revision, sha256 }, embedding, nowMs) {
      const bytes = new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
      await rowsOf(tenantId, shardOf(sha256)).write(revision, sha256, bytes, nowMs);
    },
    async forget(tenantId, hashes) {
      const pieces = piecesOf(hashes);
      await Promise.all(pieces.map((piece) => rowsOf(tenantId, shardOf(piece[0] ?? '')).forget(piece)));
    },
    async forgetTenant(tenantId) {
      await Promise.all(shards.map((shard) => rowsOf(tenantId, shard).forgetAll()));
    },
  };
}

function shardOf(sha256: string): Shard {
  return shards[Number.parseInt(sha256.charAt(0), 16) >> 2] ?? '0';
}

/** Each of one object's hashes. */
function piecesOf(hashes: readonly string[]): string[][] {
  const byShard = Map.groupBy(new Set(hashes), shardOf);
  return [...byShard.values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / maxRowsAtOnce) }, (_, index) =>
      own.slice(index * maxRowsAtOnce, (index + 1) * maxRowsAtOnce),
    ),
  );
}
