-- A control knows the machine that it was put on, and can be given up when that machine is gone.

ALTER TABLE access_controls ADD COLUMN machine_key text CHECK (machine_key ~ '^SHA256:[A-Za-z0-9+/]{43}$');
ALTER TABLE access_controls ADD COLUMN machine_id text CHECK (machine_id ~ '^[0-9a-f]{64}$');
COMMENT ON COLUMN access_controls.machine_key IS 'Fingerprint of the host key that the connection was verified against; null in rows of earlier versions.';
COMMENT ON COLUMN access_controls.machine_id IS 'Digest that Firebreak makes of the machine-id, which is not stored; null where the host has none, or did not say.';

ALTER TABLE access_controls DROP CONSTRAINT access_controls_state_check;
ALTER TABLE access_controls ADD CONSTRAINT access_controls_state_check
  CHECK (state IN ('active', 'released', 'expired', 'given-up'));
COMMENT ON COLUMN access_controls.state IS 'given-up: an order says that its machine is gone. Nobody knows what became of the control there.';

ALTER TABLE emergency_responses DROP CONSTRAINT emergency_responses_state_check;
ALTER TABLE emergency_responses ADD CONSTRAINT emergency_responses_state_check
  CHECK (state IN ('succeeded', 'failed', 'undone', 'given-up'));
