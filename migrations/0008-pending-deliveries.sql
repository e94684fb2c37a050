-- A delivery whose attempts failed so far, and which is tried again, is on record as well (N3).

ALTER TABLE notification_deliveries
  DROP CONSTRAINT notification_deliveries_state_check,
  ADD CONSTRAINT notification_deliveries_state_check
    CHECK (state IN ('pending', 'delivered', 'failed', 'skipped'));
