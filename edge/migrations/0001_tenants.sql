-- Who may call: tenants, their keys, what was done to either, what they used, and answers kept for replay.
-- Times are milliseconds since the epoch.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  limits TEXT NOT NULL,
  suspended INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tenants_by_creation ON tenants (created_at, id);

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  environment TEXT NOT NULL,
  -- HMAC-SHA256(pepper, whole key), hexadecimal.
  hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  requests_per_minute INTEGER,
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  rotated_to TEXT,
  last_used_at INTEGER
) STRICT;
CREATE INDEX keys_by_tenant ON keys (tenant_id, created_at, id);

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  tenant_id TEXT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  request_id TEXT NOT NULL,
  detail TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_tenant ON audit (tenant_id, at, id);

CREATE TABLE usage_counters (
  tenant_id TEXT NOT NULL,
  day TEXT NOT NULL,
  -- 'requests', 'errors', 'picturesEncoded' or 'cacheHits'.
  counter TEXT NOT NULL,
  -- `POST /v1/classifications`; '' for what belongs to no route.
  route TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day, counter, route)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  id TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  -- Whoever is at work, until `lease_until`.
  holder TEXT NOT NULL,
  lease_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- The finished answer, encrypted: it may hold a new key's secret.
  answer BLOB
) STRICT;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
