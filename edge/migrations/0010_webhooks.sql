-- Where a tenant wants to be told of what happens, and what came of telling it. Times are milliseconds since the epoch.

CREATE TABLE webhooks (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  -- JSON: types of events.
  events TEXT NOT NULL,
  description TEXT,
  -- NULL while it is enabled; else 'request', 'gone' or 'failing'.
  disabled_by TEXT,
  -- Encrypted under a key that the database does not have (edge/use-cases/sealed.ts).
  secret BLOB NOT NULL,
  -- Fingerprint of the pepper that both secrets are under.
  pepper TEXT NOT NULL,
  -- The secret of before, while requests are signed with both.
  previous_secret BLOB,
  previous_until INTEGER,
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- One event for one endpoint. The same event told again is the same row.
CREATE TABLE webhook_deliveries (
  tenant_id TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  -- What is sent; empty once there is nothing left to send.
  body TEXT NOT NULL,
  -- 'pending', 'delivered', 'failed' or 'dropped'.
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- One more each time another run takes it over.
  run INTEGER NOT NULL DEFAULT 1,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_attempt_at INTEGER,
  response_status INTEGER,
  error TEXT,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (tenant_id, webhook_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (tenant_id, created_at, event_id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE status = 'pending';

-- Keys that could do everything can do this too.
UPDATE keys SET scopes = json_insert(scopes, '$[#]', 'webhooks:manage')
  WHERE (SELECT COUNT(*) FROM json_each(keys.scopes)
         WHERE value IN ('classify', 'embed', 'datasets', 'projections', 'evaluate', 'keys:manage')) = 6;
