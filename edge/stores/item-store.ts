// The items of datasets, and the pictures they point at: rows in D1, bytes in R2, each picture stored once a tenant.
//
// A picture's row goes when its last item goes, in one transaction. Its object is written before the row and deleted after
// it, under a key that is never used again, so that a crash leaves an object too many, never a row without its object.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { maxDatasetNames } from '#shared/contracts/limits.ts';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';
import {
  type ItemAddition,
  insertedItems,
  insertedPictures,
  insertItems,
  removeItems,
} from './item-changes.ts';
import {
  type ItemPosition,
  type ItemRecord,
  type ItemRow,
  type PictureRow,
  positionKey,
  type StoredPicture,
  toItem,
  toPicture,
} from './item-record.ts';

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
  /** What is there already of pictures that are to be added, in one question. */
  lookUp(tenantId: string, datasetId: string, positions: readonly ItemPosition[]): Promise<AlreadyThere>;
  /** Which of these pairs of environment and class a dataset has. */
  namesAmong(tenantId: string, datasetId: string, names: readonly ItemName[]): Promise<readonly ItemName[]>;
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
  /** Takes items away; answers the pictures that no item needs any more, whose rows are gone. */
  remove(tenantId: string, datasetId: string, ids: readonly string[]): Promise<readonly StoredPicture[]>;
};

export type AlreadyThere = {
  /** The tenant's, by hash. */
  readonly pictures: ReadonlyMap<string, StoredPicture>;
  /** The dataset's, by `positionKey`. */
  readonly items: ReadonlyMap<string, ItemRecord>;
  /** The dataset takes no further pair of environment and class. */
  readonly isFullOfNames: boolean;
};

export function createItemStore(db: D1Database): ItemStore {
  const store: ItemStore = {
    async pictures(tenantId, hashes) {
      const { results } = await selectPictures(db, tenantId, hashes).all<PictureRow>();
      return byHash(results);
    },
    async storedBytes(tenantId) {
      const bytes = await db
        .prepare('SELECT bytes FROM stored_bytes WHERE tenant_id = ?')
        .bind(tenantId)
        .first<number>('bytes');
      return bytes ?? 0;
    },
    async add(tenantId, datasetId, addition) {
      const { items, newPictures } = addition;
      const results = await db.batch<Record<string, unknown>>(insertItems(db, tenantId, datasetId, addition));
      const rowsOf = (statement: number) => results[statement]?.results ?? [];
      const made = new Set(rowsOf(insertedItems).map(({ id }) => id));
      const stored = new Set(rowsOf(insertedPictures).map(({ sha256 }) => sha256));
      const added = items.map(({ id }) => made.has(id));
      const doubtful = items.filter((_, index) => !added[index]);
      const unused = newPictures.filter(({ sha256 }) => !stored.has(sha256));
      if (doubtful.length === 0) return { added, lost: [], unused };
      const present = await store.pictures(tenantId, [...new Set(doubtful.map(({ sha256 }) => sha256))]);
      return { added, lost: doubtful.filter(({ sha256 }) => !present.has(sha256)), unused };
    },
    async lookUp(tenantId, datasetId, positions) {
      const hashes = [...new Set(positions.map(({ sha256 }) => sha256))];
      const [pictures, items, names] = await db.batch<unknown>([
        selectPictures(db, tenantId, hashes),
        selectSame(db, tenantId, datasetId, positions),
        db
          .prepare(
            `SELECT COUNT(*) AS n FROM (
               SELECT 1 FROM dataset_counts WHERE tenant_id = ? AND dataset_id = ? LIMIT ?)`,
          )
          .bind(tenantId, datasetId, maxDatasetNames),
      ]);
      const [counted] = (names?.results ?? []) as { n: number }[];
      return {
        pictures: byHash((pictures?.results ?? []) as PictureRow[]),
        items: byPosition((items?.results ?? []) as ItemRow[]),
        isFullOfNames: (counted?.n ?? 0) >= maxDatasetNames,
      };
    },
    async namesAmong(tenantId, datasetId, names) {
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
      const { results } = await selectSame(db, tenantId, datasetId, positions).all<ItemRow>();
      return byPosition(results);
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
      const done = await db.batch<PictureRow>(removeItems(db, tenantId, datasetId, list, hashes));
      return (done.at(-1)?.results ?? []).map(toPicture);
    },
  };
  return store;
}

function selectPictures(db: D1Database, tenantId: string, hashes: readonly string[]): D1PreparedStatement {
  return db
    .prepare(
      `SELECT sha256, bytes, storage_key FROM pictures
       WHERE tenant_id = ?1 AND sha256 IN (SELECT value FROM json_each(?2))`,
    )
    .bind(tenantId, JSON.stringify(hashes));
}

function selectSame(
  db: D1Database,
  tenantId: string,
  datasetId: string,
  positions: readonly ItemPosition[],
): D1PreparedStatement {
  const wanted = positions.map((item) => [item.sha256, item.environment, item.class ?? '']);
  return db
    .prepare(
      `SELECT items.* FROM json_each(?3) AS wanted CROSS JOIN items
         ON tenant_id = ?1 AND dataset_id = ?2 AND sha256 = wanted.value ->> 0
           AND environment = wanted.value ->> 1 AND class = wanted.value ->> 2`,
    )
    .bind(tenantId, datasetId, JSON.stringify(wanted));
}

const byHash = (rows: readonly PictureRow[]) => new Map(rows.map((row) => [row.sha256, toPicture(row)]));

const byPosition = (rows: readonly ItemRow[]) =>
  new Map(rows.map(toItem).map((item) => [positionKey(item), item]));
