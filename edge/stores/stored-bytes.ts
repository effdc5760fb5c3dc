// What a tenant stores, in bytes, as one row that changes with what it counts. Knows no limits.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';

/** For a batch, right behind the statement that made a row of so many bytes: where that made none, nothing is added. */
export function addStoredBytes(db: D1Database, tenantId: string, bytes: number): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO stored_bytes (tenant_id, bytes) SELECT ?, ? WHERE changes() > 0
       ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes`,
    )
    .bind(tenantId, bytes);
}
