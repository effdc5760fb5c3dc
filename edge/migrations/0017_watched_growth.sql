-- What a watched day grows by within the day is held to the plan as well: it then stays as it was. A day that is judged shrinks, and
-- may always.
CREATE TRIGGER watched_day_still_fits BEFORE UPDATE ON watched_days
WHEN LENGTH(NEW.labels) + LENGTH(NEW.sum) + LENGTH(NEW.answered) + LENGTH(COALESCE(NEW.detail, ''))
  > LENGTH(OLD.labels) + LENGTH(OLD.sum) + LENGTH(OLD.answered) + LENGTH(COALESCE(OLD.detail, ''))
  AND COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0)
  + LENGTH(NEW.labels) + LENGTH(NEW.sum) + LENGTH(NEW.answered) + LENGTH(COALESCE(NEW.detail, ''))
  - (LENGTH(OLD.labels) + LENGTH(OLD.sum) + LENGTH(OLD.answered) + LENGTH(COALESCE(OLD.detail, '')))
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(IGNORE);
END;
