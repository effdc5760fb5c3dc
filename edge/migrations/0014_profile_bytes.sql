-- Profiles of environments and watched days count as stored bytes: what they hold, and 1024 for the row as an item's. Triggers, so
-- that the sum moves with every write and deletion, the sweeps of housekeeping too.

INSERT INTO stored_bytes (tenant_id, bytes)
  SELECT tenant_id, SUM(bytes) FROM (
    SELECT tenant_id, 1024 + LENGTH(sum) + LENGTH(kept) + LENGTH(COALESCE(adopted, '')) AS bytes FROM environments
    UNION ALL
    SELECT tenant_id, 1024 + LENGTH(labels) + LENGTH(sum) + LENGTH(answered) + LENGTH(COALESCE(detail, '')) FROM watched_days
  ) WHERE true GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;

CREATE TRIGGER profile_bytes_added AFTER INSERT ON environments
BEGIN
  INSERT INTO stored_bytes (tenant_id, bytes)
    VALUES (NEW.tenant_id, 1024 + LENGTH(NEW.sum) + LENGTH(NEW.kept) + LENGTH(COALESCE(NEW.adopted, '')))
    ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER profile_bytes_changed AFTER UPDATE ON environments
BEGIN
  UPDATE stored_bytes SET bytes = bytes - (1024 + LENGTH(OLD.sum) + LENGTH(OLD.kept) + LENGTH(COALESCE(OLD.adopted, '')))
    + (1024 + LENGTH(NEW.sum) + LENGTH(NEW.kept) + LENGTH(COALESCE(NEW.adopted, '')))
    WHERE tenant_id = NEW.tenant_id;
END;

CREATE TRIGGER profile_bytes_given_back AFTER DELETE ON environments
BEGIN
  UPDATE stored_bytes SET bytes = bytes - (1024 + LENGTH(OLD.sum) + LENGTH(OLD.kept) + LENGTH(COALESCE(OLD.adopted, '')))
    WHERE tenant_id = OLD.tenant_id;
END;

CREATE TRIGGER watched_day_bytes_added AFTER INSERT ON watched_days
BEGIN
  INSERT INTO stored_bytes (tenant_id, bytes)
    VALUES (NEW.tenant_id, 1024 + LENGTH(NEW.labels) + LENGTH(NEW.sum) + LENGTH(NEW.answered) + LENGTH(COALESCE(NEW.detail, '')))
    ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER watched_day_bytes_changed AFTER UPDATE ON watched_days
BEGIN
  UPDATE stored_bytes SET bytes = bytes - (1024 + LENGTH(OLD.labels) + LENGTH(OLD.sum) + LENGTH(OLD.answered) + LENGTH(COALESCE(OLD.detail, '')))
    + (1024 + LENGTH(NEW.labels) + LENGTH(NEW.sum) + LENGTH(NEW.answered) + LENGTH(COALESCE(NEW.detail, '')))
    WHERE tenant_id = NEW.tenant_id;
END;

CREATE TRIGGER watched_day_bytes_given_back AFTER DELETE ON watched_days
BEGIN
  UPDATE stored_bytes SET bytes = bytes - (1024 + LENGTH(OLD.labels) + LENGTH(OLD.sum) + LENGTH(OLD.answered) + LENGTH(COALESCE(OLD.detail, '')))
    WHERE tenant_id = OLD.tenant_id;
END;

-- What the plan says, else what edge/stores/plan-limits.ts says. A profile that would pass it is refused with words (edge/limits/
-- room.ts); a day that would is not watched. A profile may always shrink.
CREATE TRIGGER profile_fits BEFORE INSERT ON environments
WHEN COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) + 1024 + LENGTH(NEW.sum) + LENGTH(NEW.kept) + LENGTH(COALESCE(NEW.adopted, ''))
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: bytes');
END;

CREATE TRIGGER profile_still_fits BEFORE UPDATE ON environments
WHEN 1024 + LENGTH(NEW.sum) + LENGTH(NEW.kept) + LENGTH(COALESCE(NEW.adopted, ''))
  > 1024 + LENGTH(OLD.sum) + LENGTH(OLD.kept) + LENGTH(COALESCE(OLD.adopted, ''))
  AND COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) + 1024 + LENGTH(NEW.sum) + LENGTH(NEW.kept) + LENGTH(COALESCE(NEW.adopted, ''))
  - (1024 + LENGTH(OLD.sum) + LENGTH(OLD.kept) + LENGTH(COALESCE(OLD.adopted, '')))
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: bytes');
END;

CREATE TRIGGER watched_day_fits BEFORE INSERT ON watched_days
WHEN COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) + 1024 + LENGTH(NEW.labels) + LENGTH(NEW.sum) + LENGTH(NEW.answered) + LENGTH(COALESCE(NEW.detail, ''))
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(IGNORE);
END;
