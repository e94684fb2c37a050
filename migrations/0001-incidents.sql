-- Incidents, the documents they were declared with, and the plans made for them.
-- Columns of type json hold the exact text that was given: jsonb would reorder keys and refuse U+0000.

CREATE TABLE incident_documents (
  sha256    text PRIMARY KEY,
  bytes     bytea NOT NULL CHECK (octet_length(bytes) <= 4 * 1024 * 1024),
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (sha256 = encode(sha256(bytes), 'hex'))
);
COMMENT ON TABLE incident_documents IS 'Incident documents as they came in, by the SHA-256 of their bytes; never changed.';

CREATE TABLE security_incidents (
  incident          text PRIMARY KEY CHECK (incident ~ '^INC-[0-9]{8}-[0-9A-Z]{4}$'),
  incident_group    text,
  incident_type     text NOT NULL CHECK (incident_type IN ('intrusion', 'malware', 'ddos', 'unknown')),
  severity_level    text NOT NULL CHECK (severity_level IN ('critical', 'high', 'medium')),
  response_mode     text NOT NULL CHECK (response_mode IN ('isolate', 'monitor', 'block')),
  trigger           text NOT NULL CHECK (trigger IN ('operator', 'detector')),
  operator          text NOT NULL,
  reason            text,
  drill             boolean NOT NULL,
  title             text NOT NULL,
  hosts             text[] NOT NULL,
  document_sha256   text NOT NULL REFERENCES incident_documents,
  incident_order    json NOT NULL,
  declared_at       timestamptz NOT NULL,
  phase             text NOT NULL DEFAULT 'declared' CHECK (phase IN ('declared', 'assessing', 'notifying', 'containing',
                      'preserving', 'sealing', 'tightening', 'reporting', 'watching', 'closed')),
  abnormal          text NOT NULL DEFAULT 'none'
                      CHECK (abnormal IN ('none', 'partial', 'manual', 'escalated', 'emergency')),
  outcome           text CHECK (outcome IN ('contained', 'contained-by-force', 'contained-in-part', 'monitored', 'manual',
                      'refused', 'stood-down', 'false-positive')),
  assessment        json,
  plan_hash         text,
  security_state    text CHECK (security_state IN ('safe', 'degraded', 'worse')),
  needs_human       boolean NOT NULL DEFAULT false,
  workflow_id       text NOT NULL,
  run_id            text,
  response_ended_at timestamptz,
  deadline_met      boolean,
  closed_at         timestamptz,
  bag               json,
  report            json,
  acknowledged_by   text[] NOT NULL DEFAULT '{}',
  stored_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE security_incidents IS 'TBL-092: one row per incident; what status, list and report show of it.';
COMMENT ON COLUMN security_incidents.incident_order IS 'The signed order the incident was started with.';
COMMENT ON COLUMN security_incidents.severity_level IS 'As ordered; the assessment may have raised it.';

CREATE INDEX security_incidents_newest ON security_incidents (declared_at DESC, incident);
CREATE INDEX security_incidents_open ON security_incidents USING gin (hosts) WHERE closed_at IS NULL;

CREATE TABLE response_plans (
  incident  text NOT NULL REFERENCES security_incidents,
  plan_hash text NOT NULL,
  plan      json NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (incident, plan_hash)
);
COMMENT ON TABLE response_plans IS 'Response plans by incident and hash, stored before anybody acts on them; never changed.';

GRANT SELECT, INSERT ON incident_documents, response_plans TO firebreak_app;
GRANT SELECT, INSERT, UPDATE ON security_incidents TO firebreak_app;
