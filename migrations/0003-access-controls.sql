CREATE TABLE access_controls (
  action_id  text NOT NULL,
  target     text NOT NULL,
  incident   text NOT NULL REFERENCES security_incidents,
  host       text NOT NULL,
  kind       text NOT NULL,
  rung       text NOT NULL,
  reason     text NOT NULL,
  state      text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'released', 'expired')),
  since      timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at   timestamptz,
  PRIMARY KEY (action_id, target),
  CHECK ((state = 'active') = (ended_at IS NULL))
);
COMMENT ON TABLE access_controls IS 'TBL-094: controls in force now or in the past, one row per action and target. Changed before the kernel is.';
COMMENT ON COLUMN access_controls.reason IS 'Why: the reason of the order, else the title of the incident.';
COMMENT ON COLUMN access_controls.expires_at IS 'Until when the control holds by itself.';
COMMENT ON COLUMN access_controls.ended_at IS 'When it was released or ran out; null while it is active.';

CREATE INDEX access_controls_active_incident ON access_controls (incident) WHERE state = 'active';
CREATE INDEX access_controls_active_host ON access_controls (host) WHERE state = 'active';
CREATE INDEX access_controls_active_expiry ON access_controls (expires_at) WHERE state = 'active';

-- A control that has ended stays ended: a late attempt must not bring it back (B14).
CREATE FUNCTION access_controls_stay_ended() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.state <> 'active' AND (NEW.state, NEW.ended_at) IS DISTINCT FROM (OLD.state, OLD.ended_at) THEN
    RAISE EXCEPTION 'the control % on % has ended', OLD.action_id, OLD.target USING ERRCODE = 'FB001';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER access_controls_stay_ended BEFORE UPDATE ON access_controls
  FOR EACH ROW EXECUTE FUNCTION access_controls_stay_ended();

GRANT SELECT, INSERT ON access_controls TO firebreak_app;
GRANT UPDATE (state, ended_at) ON access_controls TO firebreak_app;
