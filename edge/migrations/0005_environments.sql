-- Profiles of the environments that pictures come from: how many pictures, the sum of their embeddings, and a few of these.
-- `kept` comes last, so that a look at the mean does not read it.

CREATE TABLE environments (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  id TEXT NOT NULL,
  model_id TEXT NOT NULL,
  model_revision TEXT NOT NULL,
  pictures INTEGER NOT NULL,
  -- One more with every change; a change names the one it began from, so that none is lost.
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  -- float64 [d]
  sum BLOB NOT NULL,
  -- of the pictures of smallest hash, at most 128: 32 bytes of hash, then float16 [d], each
  kept BLOB NOT NULL,
  PRIMARY KEY (tenant_id, name)
);
