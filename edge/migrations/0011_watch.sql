-- What environments were asked about, day by day: sums only. Times are milliseconds since the epoch.

CREATE TABLE watched_days (
  tenant_id TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  -- Which questions: a projection's head, or labels of one's own.
  series TEXT NOT NULL,
  -- UTC, `2026-05-04`.
  day TEXT NOT NULL,
  model_id TEXT NOT NULL,
  model_revision TEXT NOT NULL,
  -- JSON: the options of the question, and what answered as people know it.
  question TEXT NOT NULL,
  -- JSON: the labels answered with [c].
  labels TEXT NOT NULL,
  pictures INTEGER NOT NULL,
  abstained INTEGER NOT NULL,
  -- One more with every addition; an addition names the one it began from, so that none is lost.
  revision INTEGER NOT NULL,
  -- float64 [d].
  sum BLOB NOT NULL,
  -- float64 [2, c]: of the answered distribution, and how often each label was the best.
  answered BLOB NOT NULL,
  -- shared/codec/day-sums-file.ts; NULL once the day is judged.
  detail BLOB,
  judged_at INTEGER,
  -- JSON: drift along what is kept and what is dropped; NULL for too few pictures.
  drift TEXT,
  -- Of the profile that it was compared with.
  profile_revision INTEGER,
  alarm INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, environment_id, series, day)
) STRICT;
CREATE INDEX watched_days_to_judge ON watched_days (day) WHERE judged_at IS NULL;

-- JSON: how the pictures of a profile that was made of watched sums were answered, by series.
ALTER TABLE environments ADD COLUMN adopted TEXT;
