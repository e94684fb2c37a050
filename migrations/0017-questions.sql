-- What a response asks people while it waits for them: whoever looks must see it, with the time that is left.

ALTER TABLE security_incidents ADD COLUMN questions jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN security_incidents.questions IS 'Open questions to people: kind, until, host.';
GRANT UPDATE (questions) ON security_incidents TO firebreak_worker;
