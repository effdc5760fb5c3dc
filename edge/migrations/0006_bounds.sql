-- What keeps tenants' rows within bounds, and what lets a tenant go as a whole.

-- Tenants whose everything is being taken away, and those that are gone: what an administrator follows.
CREATE TABLE deleted_tenants (
  tenant_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  rows_removed INTEGER NOT NULL DEFAULT 0,
  objects_removed INTEGER NOT NULL DEFAULT 0,
  finished_at INTEGER
) STRICT, WITHOUT ROWID;

-- The key that asked for the job: a job does not outlive its key's revocation.
ALTER TABLE jobs ADD COLUMN key_id TEXT;

-- Whose kept answer it is, so that it is counted and goes with the tenant.
ALTER TABLE idempotency ADD COLUMN tenant_id TEXT;
CREATE INDEX idempotency_by_tenant ON idempotency (tenant_id, expires_at);

-- Rows count as stored bytes: 1024 an item (edge/stores/item-store.ts).
INSERT INTO stored_bytes (tenant_id, bytes) SELECT tenant_id, 1024 * COUNT(*) FROM items WHERE true GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;

-- What ended jobs were asked for is needed by nobody.
UPDATE jobs SET input = '{}' WHERE finished_at IS NOT NULL;
