-- Which worker talks to which host now (H2). A row counts as living only while the session of its worker holds the advisory
-- lock named after it, which PostgreSQL frees when the worker ends, however it ends. A row that is left behind says that a
-- worker ended while it talked to this host.

CREATE SEQUENCE host_talkers AS integer CYCLE;
COMMENT ON SEQUENCE host_talkers IS 'Names of worker processes: the second half of their advisory locks.';

CREATE TABLE host_conversations (
  id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  host       text NOT NULL,
  worker     integer NOT NULL,
  -- The worker talked to no other suspected host at that time: if it ended, it was because of this one.
  alone      boolean NOT NULL,
  since      timestamptz NOT NULL DEFAULT clock_timestamp(),
  found_dead timestamptz
);
COMMENT ON TABLE host_conversations IS 'Who talks to a host now, and whom it was talking to when it ended.';
CREATE INDEX host_conversations_host ON host_conversations (host);

GRANT USAGE ON SEQUENCE host_talkers TO firebreak_app;
GRANT SELECT, INSERT, DELETE ON host_conversations TO firebreak_app;
GRANT UPDATE (found_dead) ON host_conversations TO firebreak_app;
