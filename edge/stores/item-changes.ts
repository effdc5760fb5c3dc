// The statements that put items into a dataset and take them out, with what changes in the same transaction: rows of pictures,
// counts of the dataset, bytes of the tenant.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import type { ItemRecord, StoredPicture } from './item-record.ts';
import { addStoredBytes } from './stored-bytes.ts';

/** How many statements each picture and each item takes; the first tells whether anything changed. */
export const pictureStatements = 2;
export const itemStatements = 3;

/** The second statement counts the bytes of the first, exactly where it changed something. */
export function insertPicture(
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

export function insertItem(
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
export function removeItems(
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
