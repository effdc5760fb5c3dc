-- Whether what an ended job leaves behind has been cleared away, so that a crash right after the end is made up for.

ALTER TABLE jobs ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_to_settle ON jobs (finished_at) WHERE settled = 0 AND finished_at IS NOT NULL;
