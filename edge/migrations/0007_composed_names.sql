-- Names are in Unicode's NFC since this version; what was stored before may not be. SQLite cannot compose characters, so names
-- beyond ASCII are listed here, and the cron trigger looks at each once.

CREATE TABLE names_to_compose (
  tenant_id TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  environment TEXT NOT NULL,
  class TEXT NOT NULL,
  PRIMARY KEY (tenant_id, dataset_id, environment, class)
) STRICT, WITHOUT ROWID;

INSERT INTO names_to_compose (tenant_id, dataset_id, environment, class)
  SELECT tenant_id, dataset_id, environment, class FROM dataset_counts
  WHERE environment GLOB '*[^ -~]*' OR class GLOB '*[^ -~]*';
