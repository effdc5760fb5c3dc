-- Batch classifications: what was asked. Their rows and the summary are in R2.
CREATE TABLE batches (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- JSON: dataset, projection and options, as they were called then.
  subject TEXT NOT NULL,
  items INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- Hidden from then on; the row goes once its objects have.
  removed_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX batches_by_creation ON batches (tenant_id, created_at, id);
-- What housekeeping looks for.
CREATE INDEX batches_by_age ON batches (created_at);
CREATE INDEX batches_removed ON batches (removed_at) WHERE removed_at IS NOT NULL;
