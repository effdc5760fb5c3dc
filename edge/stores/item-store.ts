// The items of datasets, and the pictures they point at: rows in D1, bytes in R2, each picture stored once a tenant.
//
// A picture's row goes when its last item goes, in one transaction. Its object is written before the row and deleted after
// it, under a key that is never used again, so that a crash leaves an object too many, never a row without its object.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';
import { addStoredBytes } from './stored-bytes.ts';

export type ItemRecord = {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly environment: string;
  readonly class: string | undefined;
  readonly filename: string | undefined;
  readonly createdAtMs: number;
};

export type StoredPicture = { readonly sha256: string; readonly bytes: number; readonly storageKey: string };

/** What a fit reads: an item with where its bytes are. */
export type PlannedItem = {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly environment: string;
  readonly class: string | undefined;
  readonly filename: string | undefined;
  readonly storageKey: string;
};

export type ItemPosition = Pick<PlannedItem, 'sha256' | 'environment' | 'class'>;

/** The items of a dataset that came after `fromSeq`, up to and with `throughSeq`, and are still there. */
export type ItemSlice = {
  readonly tenantId: string;
  readonly datasetId: string;
  readonly fromSeq: number;
  readonly throughSeq: number;
  /** Only the items of this environment, this class, and among these ids. None of the three is heeded by namesIn. */
  readonly environment?: string | undefined;
  readonly class?: string | undefined;
  readonly ids?: readonly string[] | undefined;
};

export type ItemAddition = {
  readonly items: readonly ItemRecord[];
  /** Whose objects are stored and whose rows are not there yet, as far as the caller knows. */
  readonly newPictures: readonly StoredPicture[];
  readonly maxStoredBytes: number;
};

export type ItemsAdded = {
  /** For each item; false: it was there already, or is lost. */
  readonly added: readonly boolean[];
  /** Items whose picture has no row: deleted since the caller looked, beyond the limit, or the dataset is gone. */
  readonly lost: readonly ItemRecord[];
  /** New pictures that got no row, whose objects nobody needs. */
  readonly unused: readonly StoredPicture[];
};

export type ItemName = Pick<ItemRecord, 'environment' | 'class'>;

export type ItemStore = {
  /** Pictures of these hashes that the tenant has. */
  pictures(tenantId: string, hashes: readonly string[]): Promise<ReadonlyMap<string, StoredPicture>>;
  storedBytes(tenantId: string): Promise<number>;
  /**
   * Adds items, with the rows of pictures that are new, in one transaction; no picture takes the tenant beyond
   * `maxStoredBytes`.
   */
  add(tenantId: string, datasetId: string, addition: ItemAddition): Promise<ItemsAdded>;
  /**
   * Which of these pairs of environment and class a dataset has, where it has `most` of them or more; else `undefined`: there is
   * room for any.
   */
  namesWhereFull(
    tenantId: string,
    datasetId: string,
    names: readonly ItemName[],
    most: number,
  ): Promise<readonly ItemName[] | undefined>;
  find(tenantId: string, datasetId: string, id: string): Promise<ItemRecord | undefined>;
  /** The items of the dataset at these positions, by `positionKey`. */
  findSame(
    tenantId: string,
    datasetId: string,
    positions: readonly ItemPosition[],
  ): Promise<ReadonlyMap<string, ItemRecord>>;
  list(tenantId: string, datasetId: string, page: PageRequest): Promise<Page<ItemRecord>>;
  /** Some items of a dataset that may have been deleted already. */
  someIds(tenantId: string, datasetId: string, limit: number): Promise<readonly string[]>;
  /** The range of all that a dataset holds now. */
  newestSeq(tenantId: string, datasetId: string): Promise<number>;
  /** Environments and classes of a range, in no order; `undefined` among the classes for none. */
  namesIn(slice: ItemSlice): Promise<{ environment: string; class: string | undefined; pictures: number }[]>;
  /** In the order of content hash, environment, class; `after` is the last of the previous page. */
  inHashOrder(
    slice: ItemSlice,
    after: ItemPosition | undefined,
    limit: number,
  ): Promise<readonly PlannedItem[]>;
  /** The first of these ids that no item of the dataset has. */
  firstMissing(tenantId: string, datasetId: string, ids: readonly string[]): Promise<string | undefined>;
  /** Takes items away; answers the pictures that no item needs any more, whose rows are gone. */
  remove(tenantId: string, datasetId: string, ids: readonly string[]): Promise<readonly StoredPicture[]>;
};

type ItemRow = {
  id: string;
  sha256: string;
  bytes: number;
  environment: string;
  class: string;
  filename: string | null;
  created_at: number;
};
type PictureRow = { sha256: string; bytes: number; storage_key: string };

export function createItemStore(db: D1Database): ItemStore {
  const store: ItemStore = {
    async pictures(tenantId, hashes) {
      const { results } = await db
        .prepare(
          `SELECT sha256, bytes, storage_key FROM pictures
           WHERE tenant_id = ?1 AND sha256 IN (SELECT value FROM json_each(?2))`,
        )
        .bind(tenantId, JSON.stringify(hashes))
        .all<PictureRow>();
      return new Map(results.map((row) => [row.sha256, toPicture(row)]));
    },
    async storedBytes(tenantId) {
      const bytes = await db
        .prepare('SELECT bytes FROM stored_bytes WHERE tenant_id = ?')
        .bind(tenantId)
        .first<number>('bytes');
      return bytes ?? 0;
    },
    async add(tenantId, datasetId, { items, newPictures, maxStoredBytes }) {
      const results = await db.batch([
        // With room for the rows of all items, so that no picture is left without its own.
        ...newPictures.flatMap((picture) =>
          insertPicture(db, tenantId, datasetId, picture, maxStoredBytes - itemRowBytes * items.length),
        ),
        ...items.flatMap((item) => insertItem(db, tenantId, datasetId, item, maxStoredBytes)),
      ]);
      // The first statement of each tells.
      const changed = (index: number) => (results[index]?.meta.changes ?? 0) > 0;
      const firstItem = pictureStatements * newPictures.length;
      const added = items.map((_, index) => changed(firstItem + itemStatements * index));
      const doubtful = items.filter((_, index) => !added[index]);
      const unused = newPictures.filter((_, index) => !changed(pictureStatements * index));
      if (doubtful.length === 0) return { added, lost: [], unused };
      const present = await store.pictures(tenantId, [...new Set(doubtful.map(({ sha256 }) => sha256))]);
      return { added, lost: doubtful.filter(({ sha256 }) => !present.has(sha256)), unused };
    },
    async namesWhereFull(tenantId, datasetId, names, most) {
      const counted = await db
        .prepare(
          `SELECT COUNT(*) AS n FROM (
             SELECT 1 FROM dataset_counts WHERE tenant_id = ? AND dataset_id = ? LIMIT ?)`,
        )
        .bind(tenantId, datasetId, most)
        .first<number>('n');
      if ((counted ?? 0) < most) return undefined;
      const wanted = names.map((name) => [name.environment, name.class ?? '']);
      const { results } = await db
        .prepare(
          `SELECT environment, class FROM dataset_counts JOIN json_each(?3) AS wanted
             ON environment = wanted.value ->> 0 AND class = wanted.value ->> 1
           WHERE tenant_id = ?1 AND dataset_id = ?2`,
        )
        .bind(tenantId, datasetId, JSON.stringify(wanted))
        .all<{ environment: string; class: string }>();
      return results.map((row) => ({ environment: row.environment, class: row.class || undefined }));
    },
    async find(tenantId, datasetId, id) {
      const row = await db
        .prepare('SELECT * FROM items WHERE tenant_id = ? AND id = ? AND dataset_id = ?')
        .bind(tenantId, id, datasetId)
        .first<ItemRow>();
      return row === null ? undefined : toItem(row);
    },
    async findSame(tenantId, datasetId, positions) {
      const wanted = positions.map((item) => [item.sha256, item.environment, item.class ?? '']);
      const { results } = await db
        .prepare(
          `SELECT items.* FROM json_each(?3) AS wanted CROSS JOIN items
             ON tenant_id = ?1 AND dataset_id = ?2 AND sha256 = wanted.value ->> 0
               AND environment = wanted.value ->> 1 AND class = wanted.value ->> 2`,
        )
        .bind(tenantId, datasetId, JSON.stringify(wanted))
        .all<ItemRow>();
      return new Map(results.map(toItem).map((item) => [positionKey(item), item]));
    },
    async list(tenantId, datasetId, { limit, after }) {
      const { results } = await db
        .prepare(
          `SELECT * FROM items WHERE tenant_id = ?1 AND dataset_id = ?2 AND (created_at, id) > (?3, ?4)
           ORDER BY created_at, id LIMIT ?5`,
        )
        .bind(tenantId, datasetId, after?.createdAtMs ?? -1, after?.id ?? '', limit + 1)
        .all<ItemRow>();
      return pageOfRows(results, limit, toItem, (row) => ({ createdAtMs: row.created_at, id: row.id }));
    },
    async someIds(tenantId, datasetId, limit) {
      const { results } = await db
        .prepare('SELECT id FROM items WHERE tenant_id = ? AND dataset_id = ? LIMIT ?')
        .bind(tenantId, datasetId, limit)
        .all<{ id: string }>();
      return results.map(({ id }) => id);
    },
    async newestSeq(tenantId, datasetId) {
      const seq = await db
        .prepare('SELECT COALESCE(MAX(seq), 0) AS seq FROM items WHERE tenant_id = ? AND dataset_id = ?')
        .bind(tenantId, datasetId)
        .first<number>('seq');
      return seq ?? 0;
    },
    async namesIn({ tenantId, datasetId, fromSeq, throughSeq }) {
      const { results } = await db
        .prepare(
          `SELECT environment, class, COUNT(*) AS pictures FROM items
           WHERE tenant_id = ? AND dataset_id = ? AND seq > ? AND seq <= ? GROUP BY environment, class`,
        )
        .bind(tenantId, datasetId, fromSeq, throughSeq)
        .all<{ environment: string; class: string; pictures: number }>();
      return results.map((row) => ({ ...row, class: row.class || undefined }));
    },
    async inHashOrder({ tenantId, datasetId, fromSeq, throughSeq, environment, ids, ...only }, after, limit) {
      const { results } = await db
        .prepare(
          `SELECT items.id, items.sha256, items.bytes, environment, class, filename, storage_key
           FROM items JOIN pictures ON pictures.tenant_id = items.tenant_id AND pictures.sha256 = items.sha256
           WHERE items.tenant_id = ?1 AND dataset_id = ?2 AND (items.sha256, environment, class) > (?3, ?4, ?5)
             AND seq > ?6 AND seq <= ?7 AND (?9 IS NULL OR environment = ?9) AND (?10 IS NULL OR class = ?10)
             AND (?11 IS NULL OR items.id IN (SELECT value FROM json_each(?11)))
           ORDER BY items.sha256, environment, class LIMIT ?8`,
        )
        .bind(
          tenantId,
          datasetId,
          after?.sha256 ?? '',
          after?.environment ?? '',
          after?.class ?? '',
          fromSeq,
          throughSeq,
          limit,
          environment ?? null,
          only.class ?? null,
          ids === undefined ? null : JSON.stringify(ids),
        )
        .all<PictureRow & Pick<ItemRow, 'id' | 'environment' | 'class' | 'filename'>>();
      return results.map((row) => ({
        ...toPicture(row),
        id: row.id,
        environment: row.environment,
        class: row.class || undefined,
        filename: row.filename ?? undefined,
      }));
    },
    async firstMissing(tenantId, datasetId, ids) {
      const id = await db
        .prepare(
          `SELECT value AS id FROM json_each(?3) WHERE value NOT IN (
             SELECT id FROM items WHERE tenant_id = ?1 AND dataset_id = ?2
               AND id IN (SELECT value FROM json_each(?3))) LIMIT 1`,
        )
        .bind(tenantId, datasetId, JSON.stringify(ids))
        .first<string>('id');
      return id ?? undefined;
    },
    async remove(tenantId, datasetId, ids) {
      const list = JSON.stringify(ids);
      const { results } = await db
        .prepare(
          `SELECT DISTINCT sha256 FROM items
           WHERE tenant_id = ?1 AND dataset_id = ?2 AND id IN (SELECT value FROM json_each(?3))`,
        )
        .bind(tenantId, datasetId, list)
        .all<{ sha256: string }>();
      const hashes = JSON.stringify(results.map(({ sha256 }) => sha256));
      const done = await db.batch<PictureRow>(removeStatements(db, tenantId, datasetId, list, hashes));
      return (done.at(-1)?.results ?? []).map(toPicture);
    },
  };
  return store;
}

/** Names hold no control characters. */
export function positionKey(item: ItemPosition): string {
  return `${item.sha256}\t${item.environment}\t${item.class ?? ''}`;
}

const pictureStatements = 2;
const itemStatements = 3;

/** The second statement counts the bytes of the first, exactly where it changed something. */
function insertPicture(
  db: D1Database,
  tenantId: string,
  datasetId: string,
  { sha256, bytes, storageKey }: StoredPicture,
  maxStoredBytes: number,
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO pictures (tenant_id, sha256, bytes, storage_key) SELECT ?1, ?2, ?3, ?4
         WHERE ?3 + COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0) <= ?5
           AND EXISTS (SELECT 1 FROM datasets WHERE tenant_id = ?1 AND id = ?6)
         ON CONFLICT DO NOTHING`,
      )
      .bind(tenantId, sha256, bytes, storageKey, maxStoredBytes, datasetId),
    addStoredBytes(db, tenantId, bytes),
  ];
}

function insertItem(
  db: D1Database,
  tenantId: string,
  datasetId: string,
  item: ItemRecord,
  maxStoredBytes: number,
): D1PreparedStatement[] {
  const label = item.class ?? '';
  return [
    db
      .prepare(
        `INSERT INTO items (tenant_id, dataset_id, id, sha256, bytes, environment, class, filename, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
         WHERE EXISTS (SELECT 1 FROM pictures WHERE tenant_id = ?1 AND sha256 = ?4)
           AND EXISTS (SELECT 1 FROM datasets WHERE tenant_id = ?1 AND id = ?2)
           AND ${itemRowBytes} + COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0) <= ?10
         ON CONFLICT DO NOTHING`,
      )
      .bind(
        tenantId,
        datasetId,
        item.id,
        item.sha256,
        item.bytes,
        item.environment,
        label,
        item.filename ?? null,
        item.createdAtMs,
        maxStoredBytes,
      ),
    db
      .prepare(
        `INSERT INTO dataset_counts (tenant_id, dataset_id, environment, class, pictures, bytes)
         SELECT ?, ?, ?, ?, 1, ? WHERE changes() > 0
         ON CONFLICT DO UPDATE SET pictures = pictures + 1, bytes = bytes + excluded.bytes`,
      )
      .bind(tenantId, datasetId, item.environment, label, item.bytes),
    addStoredBytes(db, tenantId, itemRowBytes),
  ];
}

/** Counts before items and bytes before pictures, because each needs what the next takes away. */
function removeStatements(
  db: D1Database,
  tenantId: string,
  datasetId: string,
  ids: string,
  hashes: string,
): D1PreparedStatement[] {
  const chosen = `items.tenant_id = ?1 AND items.dataset_id = ?2 AND items.id IN (SELECT value FROM json_each(?3))`;
  const here = `${chosen} AND items.environment = dataset_counts.environment AND items.class = dataset_counts.class`;
  const unused = `tenant_id = ?1 AND sha256 IN (SELECT value FROM json_each(?2))
    AND NOT EXISTS (SELECT 1 FROM items WHERE items.tenant_id = ?1 AND items.sha256 = pictures.sha256)`;
  return [
    db
      .prepare(
        `UPDATE dataset_counts SET
           pictures = pictures - (SELECT COUNT(*) FROM items WHERE ${here}),
           bytes = bytes - (SELECT COALESCE(SUM(items.bytes), 0) FROM items WHERE ${here})
         WHERE tenant_id = ?1 AND dataset_id = ?2`,
      )
      .bind(tenantId, datasetId, ids),
    db
      .prepare(
        `UPDATE stored_bytes SET bytes = bytes - ${itemRowBytes} * (SELECT COUNT(*) FROM items WHERE ${chosen})
         WHERE tenant_id = ?1`,
      )
      .bind(tenantId, datasetId, ids),
    db.prepare(`DELETE FROM items WHERE ${chosen}`).bind(tenantId, datasetId, ids),
    db
      .prepare(
        `UPDATE stored_bytes SET bytes = bytes - (SELECT COALESCE(SUM(bytes), 0) FROM pictures WHERE ${unused})
         WHERE tenant_id = ?1`,
      )
      .bind(tenantId, hashes),
    db
      .prepare(`DELETE FROM pictures WHERE ${unused} RETURNING sha256, bytes, storage_key`)
      .bind(tenantId, hashes),
  ];
}

function toItem(row: ItemRow): ItemRecord {
  return {
    id: row.id,
    sha256: row.sha256,
    bytes: row.bytes,
    environment: row.environment,
    class: row.class || undefined,
    filename: row.filename ?? undefined,
    createdAtMs: row.created_at,
  };
}

function toPicture({ sha256, bytes, storage_key }: PictureRow): StoredPicture {
  return { sha256, bytes, storageKey: storage_key };
}
