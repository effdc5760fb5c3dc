-- What tenants keep: pictures, datasets, projections, jobs, evaluations. Every table begins with the tenant, and so does
-- every key. Times are milliseconds since the epoch. '' stands for "no class", so that it takes part in uniqueness.

-- One row a stored object. The key holds a nonce: a picture deleted and uploaded again is another object.
CREATE TABLE pictures (
  tenant_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  storage_key TEXT NOT NULL,
  PRIMARY KEY (tenant_id, sha256)
) STRICT, WITHOUT ROWID;

-- The sum over pictures and artefacts, kept in the transactions that change them.
CREATE TABLE stored_bytes (
  tenant_id TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE datasets (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX datasets_by_creation ON datasets (tenant_id, created_at, id);

-- Deleted datasets whose items are still being taken away.
CREATE TABLE deleted_datasets (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset_counts (
  tenant_id TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  environment TEXT NOT NULL,
  class TEXT NOT NULL,
  pictures INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, dataset_id, environment, class)
) STRICT, WITHOUT ROWID;

-- `seq` grows with each item, so that "what was there when the fit was asked for" is a range. The second unique index is
-- also the order in which a fit reads a dataset.
CREATE TABLE items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  environment TEXT NOT NULL,
  class TEXT NOT NULL,
  filename TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, dataset_id, sha256, environment, class)
) STRICT;
CREATE INDEX items_by_creation ON items (tenant_id, dataset_id, created_at, id);
CREATE INDEX items_by_picture ON items (tenant_id, sha256);

-- A deleted projection leaves its row with `deleted_at`: its version number is never given again.
CREATE TABLE projections (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  job_id TEXT,
  model_id TEXT,
  model_revision TEXT,
  -- JSON: [{id, name}], as they were called when it was fitted.
  datasets TEXT NOT NULL,
  -- JSON: the fit's request, and the statistics of each dataset that went into it.
  recipe TEXT,
  parts TEXT NOT NULL DEFAULT '[]',
  statistics_key TEXT,
  labels TEXT,
  heads TEXT,
  content_hash TEXT,
  artefact_bytes INTEGER,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX projections_by_creation ON projections (tenant_id, created_at, id);

-- What a bare name means. Publishing moves it unless it is pinned.
CREATE TABLE aliases (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  pinned INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- Which projections a statistics file serves; the last to go takes the file with it.
CREATE TABLE statistics_uses (
  tenant_id TEXT NOT NULL,
  storage_key TEXT NOT NULL,
  projection_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, storage_key, projection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX statistics_uses_by_projection ON statistics_uses (tenant_id, projection_id);

CREATE TABLE jobs (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  stage TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  subject_id TEXT,
  error TEXT,
  input TEXT NOT NULL,
  -- Raised by whoever takes the job over; a run that finds another number here stops.
  attempt INTEGER NOT NULL DEFAULT 1,
  work_started_at INTEGER,
  heartbeat_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_creation ON jobs (tenant_id, created_at, id);
CREATE INDEX jobs_at_work ON jobs (status, heartbeat_at);

-- Finished shards, so that progress counts each once however often it is run.
CREATE TABLE job_shards (
  tenant_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  shard INTEGER NOT NULL,
  pictures INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  -- JSON: the first of the failures, with what they are about.
  failures TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant_id, job_id, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- JSON: the projection and the datasets, as they were called then.
  subject TEXT NOT NULL,
  report TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluations_by_creation ON evaluations (tenant_id, created_at, id);

-- What the workers last said of each model, for when none can be reached. Nothing of a tenant.
CREATE TABLE models (
  name TEXT NOT NULL,
  revision TEXT NOT NULL,
  embedding_dimension INTEGER NOT NULL,
  logit_scale REAL NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (name, revision)
) STRICT, WITHOUT ROWID;
