-- What became of acts, controls and incidents stays on record: no row is written over, and an end says which end it was.

-- Attempts are counted anew by every activity, so a second try, an undo or a look of the watch would take the place of earlier rows.
ALTER TABLE emergency_responses ADD COLUMN execution text NOT NULL DEFAULT '';
ALTER TABLE emergency_responses DROP CONSTRAINT emergency_responses_pkey;
ALTER TABLE emergency_responses ADD PRIMARY KEY (action_id, execution, attempt, state);
COMMENT ON TABLE emergency_responses IS 'TBL-093: one row per action, attempt and what became of it; an undo has a row of its own. Rows are never changed.';
COMMENT ON COLUMN emergency_responses.execution IS 'The run and activity that the attempt is counted in; empty in rows of earlier versions.';
REVOKE UPDATE ON emergency_responses FROM firebreak_worker;

ALTER TABLE access_controls ADD COLUMN noticed_at timestamptz CHECK (noticed_at IS NULL OR state = 'expired');
COMMENT ON COLUMN access_controls.ended_at IS 'When it was released by order, or when its time was over; null while it is active.';
COMMENT ON COLUMN access_controls.noticed_at IS 'When Firebreak saw that the time of an expired control was over, and began to read the host back.';
GRANT UPDATE (noticed_at) ON access_controls TO firebreak_worker;

ALTER TABLE security_incidents
  ADD COLUMN ended text CHECK (ended IN ('released', 'stood-down', 'expired')),
  DROP CONSTRAINT security_incidents_outcome_check,
  ADD CONSTRAINT security_incidents_outcome_check CHECK (outcome IN ('contained', 'contained-by-force', 'contained-in-part',
    'monitored', 'manual', 'refused', 'stood-down', 'false-positive', 'joined', 'rehearsed'));
COMMENT ON COLUMN security_incidents.outcome IS 'What the response came to. What has become of it since: ended, and access_controls.';
COMMENT ON COLUMN security_incidents.ended IS 'How its controls came to their end; null while it is open, or when none ever was in force.';
GRANT UPDATE (ended) ON security_incidents TO firebreak_worker;
