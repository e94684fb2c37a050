-- What was done, who was told, what was measured.

CREATE TABLE emergency_responses (
  action_id   text NOT NULL,
  attempt     integer NOT NULL CHECK (attempt >= 1),
  state       text NOT NULL CHECK (state IN ('succeeded', 'failed', 'undone')),
  incident    text NOT NULL REFERENCES security_incidents,
  host        text NOT NULL,
  kind        text NOT NULL,
  result      json,
  error_code  text,
  detail      text,
  occurred_at timestamptz NOT NULL,
  stored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (action_id, attempt, state)
);
COMMENT ON TABLE emergency_responses IS 'TBL-093: one row per action, attempt and what became of it; an undo has a row of its own.';
COMMENT ON COLUMN emergency_responses.result IS 'ActionResult: outcome counts per target, what was read back, which rung holds.';

CREATE INDEX emergency_responses_incident ON emergency_responses (incident, occurred_at);

-- The tables below may speak of an incident that was never declared: a workflow started around the CLI is
-- refused, and people are told of it. So there is no reference to security_incidents.

CREATE TABLE notification_deliveries (
  id              text PRIMARY KEY,
  incident        text NOT NULL,
  kind            text NOT NULL,
  person          text NOT NULL,
  channel         text NOT NULL CHECK (channel IN ('voice', 'sms', 'mail', 'slack')),
  state           text NOT NULL CHECK (state IN ('delivered', 'failed', 'skipped')),
  attempts        integer NOT NULL,
  provider_id     text,
  possible_double boolean NOT NULL,
  occurred_at     timestamptz NOT NULL,
  reason          text
);
COMMENT ON TABLE notification_deliveries IS 'One message to one person by one channel, and whether it arrived.';

CREATE INDEX notification_deliveries_incident ON notification_deliveries (incident, occurred_at);

CREATE TABLE incident_timeline (
  incident    text NOT NULL,
  key         text NOT NULL,
  entry       json NOT NULL,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (incident, key)
);
COMMENT ON TABLE incident_timeline IS 'The lines of the report''s timeline, by a key that a retry repeats.';

CREATE TABLE security_readings (
  incident text NOT NULL,
  stage    text NOT NULL CHECK (stage IN ('before', 'after', 'watch')),
  host     text NOT NULL,
  read_at  timestamptz NOT NULL,
  reading  json NOT NULL,
  PRIMARY KEY (incident, stage, host, read_at)
);
COMMENT ON TABLE security_readings IS 'The security state of a host before and after containment and during the watch.';

GRANT SELECT, INSERT, UPDATE ON emergency_responses, notification_deliveries, incident_timeline, security_readings
  TO firebreak_app;
