-- How many rows of a kind a tenant may have, held where the row is made: many requests at once look before any of them has
-- made its own. The numbers are those of edge/limits/room.ts, which words the refusal; a test holds them equal.

CREATE TRIGGER room_for_datasets BEFORE INSERT ON datasets
WHEN (SELECT COUNT(*) FROM datasets WHERE tenant_id = NEW.tenant_id)
  + (SELECT COUNT(*) FROM deleted_datasets WHERE tenant_id = NEW.tenant_id) >= 1000
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: datasets');
END;

CREATE TRIGGER room_for_keys BEFORE INSERT ON keys
WHEN (SELECT COUNT(*) FROM keys WHERE tenant_id = NEW.tenant_id) >= 2000
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: keys');
END;

CREATE TRIGGER room_for_projections BEFORE INSERT ON projections
WHEN (SELECT COUNT(*) FROM projections WHERE tenant_id = NEW.tenant_id) >= 20000
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: projections');
END;

CREATE TRIGGER room_for_evaluations BEFORE INSERT ON evaluations
WHEN (SELECT COUNT(*) FROM evaluations WHERE tenant_id = NEW.tenant_id) >= 1000
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: evaluations');
END;

CREATE TRIGGER room_for_batches BEFORE INSERT ON batches
WHEN (SELECT COUNT(*) FROM batches WHERE tenant_id = NEW.tenant_id) >= 100
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: batches');
END;

CREATE TRIGGER room_for_webhooks BEFORE INSERT ON webhooks
WHEN (SELECT COUNT(*) FROM webhooks WHERE tenant_id = NEW.tenant_id) >= 10
BEGIN
  SELECT RAISE(ABORT, 'no-room-for: webhooks');
END;
