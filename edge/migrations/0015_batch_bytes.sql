-- What a batch keeps counts as stored bytes until it is deleted: the objects of its rows and its summary, and its own row with 1024
-- for the rest of it, as an item's. How large the objects of batches of before are is not known here: they go within 30 days.

-- Written before the object: what is there is counted, and the same object written again is counted once.
CREATE TABLE batch_objects (
  tenant_id TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  object_key TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, batch_id, object_key)
) STRICT, WITHOUT ROWID;

INSERT INTO stored_bytes (tenant_id, bytes)
  SELECT tenant_id, SUM(1024 + LENGTH(CAST(subject AS BLOB))) FROM batches WHERE true GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;

CREATE TRIGGER batch_bytes_added AFTER INSERT ON batches
BEGIN
  INSERT INTO stored_bytes (tenant_id, bytes) VALUES (NEW.tenant_id, 1024 + LENGTH(CAST(NEW.subject AS BLOB)))
    ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER batch_bytes_given_back AFTER DELETE ON batches
BEGIN
  UPDATE stored_bytes SET bytes = bytes - (1024 + LENGTH(CAST(OLD.subject AS BLOB))) WHERE tenant_id = OLD.tenant_id;
END;

CREATE TRIGGER batch_object_bytes_added AFTER INSERT ON batch_objects
BEGIN
  INSERT INTO stored_bytes (tenant_id, bytes) VALUES (NEW.tenant_id, NEW.bytes)
    ON CONFLICT (tenant_id) DO UPDATE SET bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER batch_object_bytes_changed AFTER UPDATE ON batch_objects
BEGIN
  UPDATE stored_bytes SET bytes = bytes - OLD.bytes + NEW.bytes WHERE tenant_id = NEW.tenant_id;
END;

CREATE TRIGGER batch_object_bytes_given_back AFTER DELETE ON batch_objects
BEGIN
  UPDATE stored_bytes SET bytes = bytes - OLD.bytes WHERE tenant_id = OLD.tenant_id;
END;

-- What the plan says, else what edge/stores/plan-limits.ts says; refused with words (edge/limits/room.ts).
CREATE TRIGGER batch_fits BEFORE INSERT ON batches
WHEN COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) + 1024 + LENGTH(CAST(NEW.subject AS BLOB))
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: bytes');
END;

-- Runs before it is known that the object is there already, whose bytes are counted.
CREATE TRIGGER batch_object_fits BEFORE INSERT ON batch_objects
WHEN COALESCE((SELECT bytes FROM stored_bytes WHERE tenant_id = NEW.tenant_id), 0) + NEW.bytes
  - COALESCE((SELECT bytes FROM batch_objects
      WHERE tenant_id = NEW.tenant_id AND batch_id = NEW.batch_id AND object_key = NEW.object_key), 0)
  > COALESCE((SELECT json_extract(limits, '$.storedBytes') FROM tenants WHERE id = NEW.tenant_id), 10737418240)
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: bytes');
END;
