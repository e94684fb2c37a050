-- What was signed stays as it was declared: the application may change only what the run learns about an incident.
REVOKE UPDATE ON security_incidents FROM firebreak_app;
GRANT UPDATE (phase, abnormal, outcome, assessment, plan_hash, security_state, needs_human, run_id, response_ended_at,
              deadline_met, closed_at, bag, report, acknowledged_by, changed_at)
  ON security_incidents TO firebreak_app;

-- The signed text names every host of the order now, up to 1,000 of them.
ALTER TABLE grants DROP CONSTRAINT grants_signed_text_check;
ALTER TABLE grants ADD CONSTRAINT grants_signed_text_check CHECK (octet_length(signed_text) <= 131072);
