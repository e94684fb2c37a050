-- A worker seals that an incident is closed, with the key that only workers have. Whoever stole the workers' password could else set the
-- phase, and so keep its acts from beginning.

ALTER TABLE security_incidents ADD COLUMN closing_seal text;
COMMENT ON COLUMN security_incidents.closing_seal IS 'Of the workers, over the incident. Closed without it, the incident goes on for workers.';
GRANT UPDATE (closing_seal) ON security_incidents TO firebreak_worker;
