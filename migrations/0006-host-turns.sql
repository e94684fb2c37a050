-- Who waits for, or holds, the turn on a host (B9). A row counts only while the session that made it lives:
-- that session holds an advisory lock named after the row, which PostgreSQL frees when the session ends.

CREATE TABLE host_turns (
  id           integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (CYCLE),
  host         text NOT NULL,
  incident     text NOT NULL,
  rank         integer NOT NULL,
  waiting_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  held_from    timestamptz
);
COMMENT ON TABLE host_turns IS 'Incidents that wait for or hold a host, served by rank, then in order of arrival.';
CREATE INDEX host_turns_host ON host_turns (host, rank, id);

GRANT SELECT, INSERT, DELETE ON host_turns TO firebreak_app;
GRANT UPDATE (held_from) ON host_turns TO firebreak_app;
