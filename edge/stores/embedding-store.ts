// Embeddings of pictures in the tenant's Durable Objects: finds the one that has a picture. Four of a tenant, by the first bits of
// the picture's hash, since one is a single thread; more would each have a cache of pages in a local stack's memory. Knows nothing of memory or of encoding.

/** As much of the object as is used here: its class exists in the Workers runtime alone. */
export type EmbeddingRows = {
  read(
    revision: string,
    hashes: readonly string[],
  ): Promise<readonly (readonly [sha256: string, row: ArrayBuffer])[]>;
  write(
    revision: string,
    rows: readonly (readonly [sha256: string, row: Uint8Array])[],
    nowMs: number,
  ): Promise<void>;
  forget(hashes: readonly string[]): Promise<void>;
  forgetAll(): Promise<void>;
};

export type EmbeddingNamespace = { readonly getByName: (name: string) => EmbeddingRows };

/** Whose, and of which model. */
export type EmbeddingOwner = { readonly tenantId: string; readonly revision: string };

/** By the picture's hash. */
export type EmbeddingsByHash = ReadonlyMap<string, Float32Array>;

export type EmbeddingStore = {
  /** Those that are there; `hashes` in any order. */
  some(owner: EmbeddingOwner, hashes: readonly string[]): Promise<EmbeddingsByHash>;
  /** Those of `piece`, which are of one object (piecesByObject); `nowMs`: when the request began. */
  put(
    owner: EmbeddingOwner,
    embeddings: EmbeddingsByHash,
    piece: readonly string[],
    nowMs: number,
  ): Promise<void>;
  /** Of every model. */
  forget(tenantId: string, hashes: readonly string[]): Promise<void>;
  forgetTenant(tenantId: string): Promise<void>;
};

const shards = ['0', '1', '2', '3'] as const;
type Shard = (typeof shards)[number];

/** Rows of one answer: some two MiB of them, where the platform takes 32. */
const maxRowsAtOnce = 500;

export function createEmbeddingStore(namespace: EmbeddingNamespace): EmbeddingStore {
  const rowsOf = (tenantId: string, piece: readonly string[]) =>
    namespace.getByName(`${tenantId}/${shardOf(piece[0] ?? '')}`);
  return {
    async some({ tenantId, revision }, hashes) {
      const pieces = piecesByObject(hashes, maxRowsAtOnce);
      const found = await Promise.all(pieces.map((piece) => rowsOf(tenantId, piece).read(revision, piece)));
      return new Map(
        found
          .flat()
          .filter(([, { byteLength }]) => byteLength % 4 === 0)
          .map(([sha256, row]) => [sha256, new Float32Array(row)]),
      );
    },
    put: ({ tenantId, revision }, embeddings, piece, nowMs) =>
      rowsOf(tenantId, piece).write(revision, rowsFor(piece, embeddings), nowMs),
    async forget(tenantId, hashes) {
      const pieces = piecesByObject(hashes, maxRowsAtOnce);
      await Promise.all(pieces.map((piece) => rowsOf(tenantId, piece).forget(piece)));
    },
    async forgetTenant(tenantId) {
      await Promise.all(shards.map((shard) => namespace.getByName(`${tenantId}/${shard}`).forgetAll()));
    },
  };
}

/** Cuts hashes so that each piece, of at most `maxRows`, is a question to one object; a hash that is there twice is in one. */
export function piecesByObject(hashes: readonly string[], maxRows: number): string[][] {
  const byShard = Map.groupBy(new Set(hashes), shardOf);
  return [...byShard.values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / maxRows) }, (_, index) =>
      own.slice(index * maxRows, (index + 1) * maxRows),
    ),
  );
}

function shardOf(sha256: string): Shard {
  return shards[Number.parseInt(sha256.charAt(0), 16) >> 2] ?? '0';
}

function rowsFor(piece: readonly string[], embeddings: EmbeddingsByHash): [string, Uint8Array][] {
  return piece.flatMap((sha256): [string, Uint8Array][] => {
    const row = embeddings.get(sha256);
    if (row === undefined) return [];
    return [[sha256, new Uint8Array(row.buffer, row.byteOffset, row.byteLength)]];
  });
}
