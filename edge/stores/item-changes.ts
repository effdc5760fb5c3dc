// The statements that put items into a dataset and take them out, with what changes in the same transaction: rows of pictures,
// counts of the dataset, bytes of the tenant.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import type { ItemRecord, StoredPicture } from './item-record.ts';

/** Of `insertItems`: the statements that answer the hashes of the pictures, and the ids of the items, that were made. */
export const insertedPictures = 0;
export const insertedItems = 2;

export type ItemAddition = {
  readonly items: readonly ItemRecord[];
  /** Whose objects are stored and whose rows are not there yet, as far as the caller knows. */
  readonly newPictures: readonly StoredPicture[];
  readonly maxStoredBytes: number;
};

/**
 * Five statements, however many there are: what makes the rows, and what counts those that were made. Nothing takes the
 * tenant beyond `maxStoredBytes`: what comes first has the room, what is too large for the rest of it is passed over.
 */
export function insertItems(
  db: D1Database,
  tenantId: string,
  datasetId: string,
  { items, newPictures, maxStoredBytes }: ItemAddition,
): D1PreparedStatement[] {
  const pictures = JSON.stringify(
    newPictures.map(({ sha256, bytes, storageKey }) => [sha256, bytes, storageKey]),
  );
  // With room for the rows of all items, so that no picture is left without its own.
  const maxPictureBytes = maxStoredBytes - itemRowBytes * items.length;
  const rows = JSON.stringify(items.map(toRow));
  const ids = JSON.stringify(items.map(({ id }) => id));
  return [
    db.prepare(insertPictures).bind(tenantId, datasetId, pictures, maxPictureBytes),
    db.prepare(countPictureBytes).bind(tenantId, pictures),
    db.prepare(insertRows).bind(tenantId, datasetId, rows, maxStoredBytes),
    db.prepare(countRows).bind(tenantId, datasetId, ids),
    db.prepare(countRowBytes).bind(tenantId, datasetId, ids),
  ];
}

const toRow = (item: ItemRecord) => [
  item.id,
  item.sha256,
  item.bytes,
  item.environment,
  item.class ?? '',
  item.filename ?? null,
  item.createdAtMs,
];

const used = 'COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = ?1), 0)';
const isThere = 'EXISTS (SELECT 1 FROM datasets WHERE tenant_id = ?1 AND id = ?2)';

const insertPictures = `
  WITH RECURSIVE given AS MATERIALIZED (
    SELECT ROW_NUMBER() OVER (ORDER BY key) AS place, value ->> 0 AS sha256, value ->> 1 AS bytes, value ->> 2 AS storage_key
    FROM json_each(?3)
    WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE tenant_id = ?1 AND sha256 = value ->> 0)),
  taken (place, bytes, fits) AS (
    SELECT 0, ${used}, 0
    UNION ALL
    SELECT given.place, IIF(taken.bytes + given.bytes <= ?4, taken.bytes + given.bytes, taken.bytes),
      taken.bytes + given.bytes <= ?4
    FROM taken JOIN given ON given.place = taken.place + 1)
  INSERT INTO pictures (tenant_id, sha256, bytes, storage_key)
  SELECT ?1, sha256, given.bytes, storage_key FROM given JOIN taken USING (place)
  WHERE fits AND ${isThere}
  ON CONFLICT DO NOTHING RETURNING sha256`;

/** Where none was made, nothing is added: the keys of their objects are never used twice. */
const countPictureBytes = `
  INSERT INTO stored_bytes (tenant_id, bytes)
  SELECT ?1, SUM(pictures.bytes) FROM json_each(?2) AS given CROSS JOIN pictures
    ON tenant_id = ?1 AND sha256 = given.value ->> 0 AND storage_key = given.value ->> 2
  HAVING COUNT(*) > 0
  ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes`;

const insertRows = `
  INSERT INTO items (tenant_id, dataset_id, id, sha256, bytes, environment, class, filename, created_at)
  SELECT ?1, ?2, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
  FROM (
    SELECT value, ROW_NUMBER() OVER (ORDER BY key) AS place FROM json_each(?3)
    WHERE EXISTS (SELECT 1 FROM pictures WHERE tenant_id = ?1 AND sha256 = value ->> 1)
      AND NOT EXISTS (
        SELECT 1 FROM items WHERE tenant_id = ?1 AND dataset_id = ?2 AND sha256 = value ->> 1
          AND environment = value ->> 3 AND class = value ->> 4))
  WHERE ${isThere} AND place * ${itemRowBytes} + ${used} <= ?4
  ORDER BY place
  ON CONFLICT DO NOTHING RETURNING id`;

const made =
  'json_each(?3) AS given CROSS JOIN items ON tenant_id = ?1 AND dataset_id = ?2 AND items.id = given.value';

const countRows = `
  INSERT INTO dataset_counts (tenant_id, dataset_id, environment, class, pictures, bytes)
  SELECT ?1, ?2, environment, class, COUNT(*), SUM(bytes) FROM ${made}
  WHERE TRUE GROUP BY environment, class
  ON CONFLICT DO UPDATE SET pictures = pictures + excluded.pictures, bytes = bytes + excluded.bytes`;

const countRowBytes = `
  INSERT INTO stored_bytes (tenant_id, bytes)
  SELECT ?1, ${itemRowBytes} * COUNT(*) FROM ${made}
  HAVING COUNT(*) > 0
  ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes`;

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
