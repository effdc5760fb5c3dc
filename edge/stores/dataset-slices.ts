// A dataset as jobs read it: the items of a range of its history, which later uploads do not change, in an order that does not
// depend on how they came. Single items and their lists are in item-store.ts.

import type { D1Database } from '@cloudflare/workers-types';
import {
  type ItemPosition,
  type ItemRecord,
  type ItemRow,
  type PictureRow,
  type StoredPicture,
  toPicture,
} from './item-record.ts';

/** An item with where its bytes are. */
export type PlannedItem = Omit<ItemRecord, 'createdAtMs'> & Pick<StoredPicture, 'storageKey'>;

/** The items of a dataset that came after `fromSeq`, up to and with `throughSeq`, and are still there. */
export type Slice = { readonly datasetId: string; readonly fromSeq: number; readonly throughSeq: number };

export type ItemSlice = Slice & {
  readonly tenantId: string;
  /** Only the items of this environment, this class, and among these ids. None of the three is heeded by namesIn. */
  readonly environment?: string | undefined;
  readonly class?: string | undefined;
  readonly ids?: readonly string[] | undefined;
};

export type DatasetSlices = {
  /** All that a dataset holds now. */
  whole(tenantId: string, datasetId: string): Promise<Slice>;
  /** Environments and classes of a range, in no order; `undefined` among the classes for none. */
  namesIn(slice: ItemSlice): Promise<{ environment: string; class: string | undefined; pictures: number }[]>;
  /** How many items a range has. */
  countIn(slice: Slice & Pick<ItemSlice, 'tenantId'>): Promise<number>;
  /** In the order of content hash, environment, class; `after` is the last of the previous page. */
  inHashOrder(
    slice: ItemSlice,
    after: ItemPosition | undefined,
    limit: number,
  ): Promise<readonly PlannedItem[]>;
  /** The first of these ids that no item of the dataset has. */
  firstMissing(tenantId: string, datasetId: string, ids: readonly string[]): Promise<string | undefined>;
};

export function createDatasetSlices(db: D1Database): DatasetSlices {
  return {
    async whole(tenantId, datasetId) {
      const throughSeq = await db
        .prepare('SELECT MAX(seq) AS seq FROM items WHERE tenant_id = ? AND dataset_id = ?')
        .bind(tenantId, datasetId)
        .first<number>('seq');
      return { datasetId, fromSeq: 0, throughSeq: throughSeq ?? 0 };
    },
    async countIn({ tenantId, datasetId, fromSeq, throughSeq }) {
      const items = await db
        .prepare(
          'SELECT COUNT(*) AS items FROM items WHERE tenant_id = ? AND dataset_id = ? AND seq > ? AND seq <= ?',
        )
        .bind(tenantId, datasetId, fromSeq, throughSeq)
        .first<number>('items');
      return items ?? 0;
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
  };
}
