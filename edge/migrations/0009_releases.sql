-- Which version of a name answers, and why; what a candidate would have answered; jobs whose version is to wait.

-- JSON: what was decided when it became ready (shared/contracts/release.ts); NULL: before anything was.
ALTER TABLE projections ADD COLUMN release TEXT;
-- When its name last came to mean it; NULL: never, so that it is a candidate.
ALTER TABLE projections ADD COLUMN released_at INTEGER;
-- Until now every version was current at once, unless its name was pinned.
UPDATE projections SET released_at = created_at WHERE status = 'ready';

-- The candidate that is asked beside the current version, whose answers nobody gets.
ALTER TABLE aliases ADD COLUMN shadow INTEGER;

-- 'auto', 'current' or 'candidate': whether the version that the job makes may answer for its name; NULL: it makes none.
ALTER TABLE jobs ADD COLUMN release TEXT;
UPDATE jobs SET release = 'auto' WHERE kind IN ('fit', 'refit', 'extend');

-- How often a candidate would have answered differently, by the labels of both; '' for an answer that was withheld.
CREATE TABLE shadow_counts (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- What answered, and what was asked beside it.
  version INTEGER NOT NULL,
  shadow INTEGER NOT NULL,
  label TEXT NOT NULL,
  shadow_label TEXT NOT NULL,
  answers INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name, version, shadow, label, shadow_label)
) STRICT, WITHOUT ROWID;
