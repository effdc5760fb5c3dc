// Datasets in D1: names and counts. Their items are item-store.ts's business, the bytes picture-store.ts's.

import type { D1Database } from '@cloudflare/workers-types';
import type { Page, PageRequest } from './cursor.ts';
import { newestFirst } from './newest-first.ts';

export type DatasetRecord = {
  readonly id: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAtMs: number;
};

export type DatasetCount = {
  readonly environment: string;
  /** `undefined` for pictures without a class. */
  readonly class: string | undefined;
  readonly pictures: number;
  readonly bytes: number;
};

export type DatasetStore = {
  /** False where the tenant has a dataset of this name. */
  insert(tenantId: string, dataset: DatasetRecord): Promise<boolean>;
  /** By id or name. */
  find(tenantId: string, selector: string): Promise<DatasetRecord | undefined>;
  list(tenantId: string, page: PageRequest): Promise<Page<DatasetRecord>>;
  /** How many pairs of environment and class each has. */
  nameCounts(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Of several datasets, by id; sorted by environment and class. */
  counts(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, readonly DatasetCount[]>>;
  /** How many pictures it has, of an environment and class or of all. */
  pictures(
    tenantId: string,
    id: string,
    only: { readonly environment?: string | undefined; readonly class?: string | undefined },
  ): Promise<number>;
  /** Which of these ids still exist. */
  existing(tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Hides it at once and frees its name; its items are to be swept. */
  remove(tenantId: string, id: string): Promise<void>;
  /** Removed datasets that still have items. */
  removed(limit: number): Promise<readonly { readonly tenantId: string; readonly id: string }[]>;
  /** All items of a removed dataset are gone. */
  swept(tenantId: string, id: string): Promise<void>;
};

type Row = { id: string; name: string; description: string | null; created_at: number };

export function createDatasetStore(db: D1Database): DatasetStore {
  return {
    async insert(tenantId, { id, name, description, createdAtMs }) {
      const { meta } = await db
        .prepare(
          `INSERT INTO datasets (tenant_id, id, name, description, created_at) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (tenant_id, name) DO NOTHING`,
        )
        .bind(tenantId, id, name, description ?? null, createdAtMs)
        .run();
      return meta.changes > 0;
    },
    async find(tenantId, selector) {
      // A name can look like an id only by malice; the id wins.
      const row = await db
        .prepare(
          `SELECT * FROM datasets WHERE tenant_id = ?1 AND (id = ?2 OR name = ?2) ORDER BY id = ?2 DESC LIMIT 1`,
        )
        .bind(tenantId, selector)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: (tenantId, page) => newestFirst(db, { table: 'datasets', toItem: toRecord }, tenantId, page),
    async nameCounts(tenantId, ids) {
      const { results } = await db
        .prepare(
          `SELECT dataset_id AS id, COUNT(*) AS names FROM dataset_counts
           WHERE tenant_id = ?1 AND dataset_id IN (SELECT value FROM json_each(?2)) GROUP BY dataset_id`,
        )
        .bind(tenantId, JSON.stringify(ids))
        .all<{ id: string; names: number }>();
      return new Map(results.map(({ id, names }) => [id, names]));
    },
    async counts(tenantId, ids) {
      const { results } = await db
        .prepare(
          `SELECT dataset_id, environment, class, pictures, bytes FROM dataset_counts
           WHERE tenant_id = ?1 AND dataset_id IN (SELECT value FROM json_each(?2)) AND pictures > 0
           ORDER BY environment, class`,
        )
        .bind(tenantId, JSON.stringify(ids))
        .all<{ dataset_id: string; environment: string; class: string; pictures: number; bytes: number }>();
      const counts = new Map<string, DatasetCount[]>(ids.map((id) => [id, []]));
      for (const { dataset_id, environment, class: label, pictures, bytes } of results) {
        counts.get(dataset_id)?.push({ environment, class: label || undefined, pictures, bytes });
      }
      return counts;
    },
    async pictures(tenantId, id, { environment = null, class: label = null }) {
      const pictures = await db
        .prepare(
          `SELECT SUM(pictures) AS pictures FROM dataset_counts WHERE tenant_id = ?1 AND dataset_id = ?2
             AND (?3 IS NULL OR environment = ?3) AND (?4 IS NULL OR class = ?4)`,
        )
        .bind(tenantId, id, environment, label)
        .first<number>('pictures');
      return pictures ?? 0;
    },
    async existing(tenantId, ids) {
      const { results } = await db
        .prepare('SELECT id FROM datasets WHERE tenant_id = ?1 AND id IN (SELECT value FROM json_each(?2))')
        .bind(tenantId, JSON.stringify(ids))
        .all<{ id: string }>();
      return new Set(results.map(({ id }) => id));
    },
    async remove(tenantId, id) {
      await db.batch([
        db.prepare('INSERT OR IGNORE INTO deleted_datasets VALUES (?, ?)').bind(tenantId, id),
        db.prepare('DELETE FROM dataset_counts WHERE tenant_id = ? AND dataset_id = ?').bind(tenantId, id),
        db.prepare('DELETE FROM datasets WHERE tenant_id = ? AND id = ?').bind(tenantId, id),
      ]);
    },
    async removed(limit) {
      const { results } = await db
        .prepare('SELECT tenant_id, id FROM deleted_datasets LIMIT ?')
        .bind(limit)
        .all<{ tenant_id: string; id: string }>();
      return results.map(({ tenant_id, id }) => ({ tenantId: tenant_id, id }));
    },
    async swept(tenantId, id) {
      await db
        .prepare('DELETE FROM deleted_datasets WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .run();
    },
  };
}

function toRecord({ id, name, description, created_at }: Row): DatasetRecord {
  return { id, name, description: description ?? undefined, createdAtMs: created_at };
}
