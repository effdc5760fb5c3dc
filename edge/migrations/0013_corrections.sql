-- Labels put right (or confirmed) under the answers of a projection's name, each with the embedding that was answered, so that a
-- refit takes it in without encoding it again.

CREATE TABLE corrections (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  -- The projection's name, whatever its version.
  name TEXT NOT NULL,
  model_revision TEXT NOT NULL,
  -- Of the picture, or of the embedding where that is all there was.
  sha256 TEXT NOT NULL,
  environment TEXT NOT NULL,
  -- The right one.
  label TEXT NOT NULL,
  -- What was answered, where that was told.
  answered TEXT,
  created_at INTEGER NOT NULL,
  -- float32 [d], unit length, as the embedding store has it
  embedding BLOB NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name, sha256)
);
CREATE INDEX corrections_by_creation ON corrections (tenant_id, created_at, id);

-- JSON: how a version did on the corrections that it took in, before and after.
ALTER TABLE projections ADD COLUMN corrections TEXT;
