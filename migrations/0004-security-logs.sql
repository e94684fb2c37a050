-- The audit ledger. What is hashed is the text in `line`, byte for byte; the other columns are copies for queries
-- and `audit verify` compares them with it. The application appends through a function and has no other right.

CREATE TABLE security_logs (
  seq         bigint PRIMARY KEY,
  line        text NOT NULL,
  hash        text NOT NULL,
  key         text NOT NULL UNIQUE,
  level       text NOT NULL CHECK (level IN ('CRITICAL', 'ERROR', 'AUDIT')),
  incident    text,
  actor       text NOT NULL,
  action      text NOT NULL,
  occurred_at timestamptz NOT NULL,
  stored_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE security_logs IS 'TBL-095: CRITICAL, ERROR and AUDIT events, hash-chained; appended to, never changed or deleted.';
COMMENT ON COLUMN security_logs.line IS 'Canonical JSON with seq and prev, the SHA-256 of the line before.';
COMMENT ON COLUMN security_logs.hash IS 'Lowercase hex SHA-256 of the UTF-8 bytes of line.';

CREATE INDEX security_logs_incident ON security_logs (incident, seq) WHERE incident IS NOT NULL;

CREATE TABLE security_log_heads (
  log  text PRIMARY KEY,
  seq  bigint NOT NULL,
  hash text NOT NULL
);
COMMENT ON TABLE security_log_heads IS 'The last position of each log: appenders queue on its row, and a cut tail shows against it.';
INSERT INTO security_log_heads VALUES ('security_logs', 0, repeat('0', 64));

CREATE FUNCTION security_logs_refuse() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER security_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON security_logs
  FOR EACH STATEMENT EXECUTE FUNCTION security_logs_refuse();
CREATE TRIGGER security_log_heads_stay BEFORE DELETE OR TRUNCATE ON security_log_heads
  FOR EACH STATEMENT EXECUTE FUNCTION security_logs_refuse();

CREATE FUNCTION security_log_heads_go_forward() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.log <> OLD.log OR NEW.seq <= OLD.seq THEN
    RAISE EXCEPTION 'the head of % goes forward only', OLD.log USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER security_log_heads_go_forward BEFORE UPDATE ON security_log_heads
  FOR EACH ROW EXECUTE FUNCTION security_log_heads_go_forward();

-- ALWAYS: ordinary triggers are silent under session_replication_role = replica.
ALTER TABLE security_logs ENABLE ALWAYS TRIGGER security_logs_append_only;
ALTER TABLE security_log_heads ENABLE ALWAYS TRIGGER security_log_heads_stay;
ALTER TABLE security_log_heads ENABLE ALWAYS TRIGGER security_log_heads_go_forward;

-- Takes the turn to append until the end of the transaction, and says which of the keys are stored already. seq
-- comes from here, not from a sequence: a rollback would leave gaps in a sequence, and gaps must mean something.
CREATE FUNCTION security_logs_begin_append(keys text[])
  RETURNS TABLE (head_seq bigint, head_hash text, stored_at timestamptz, stored_keys text[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT h.seq, h.hash INTO STRICT head_seq, head_hash
    FROM public.security_log_heads AS h WHERE h.log = 'security_logs' FOR UPDATE;
  -- After the wait: times follow the order of seq, and this statement sees what the one before in the queue stored.
  stored_at := clock_timestamp();
  stored_keys := ARRAY(SELECT l.key FROM public.security_logs AS l WHERE l.key = ANY (keys));
  RETURN NEXT;
END
$$;

-- Appends lines, separated by LF, that continue the chain. It computes the hashes itself and refuses a line that is out of place,
-- so that even a stolen application password can only add to the end.
CREATE FUNCTION security_logs_append(lines text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  head public.security_log_heads%ROWTYPE;
  last record;
BEGIN
  SELECT * INTO STRICT head FROM public.security_log_heads WHERE log = 'security_logs' FOR UPDATE;
  WITH hashed AS MATERIALIZED (
    SELECT given.line, given.place, encode(sha256(convert_to(given.line, 'UTF8')), 'hex') AS hash
    FROM string_to_table(lines, E'\n') WITH ORDINALITY AS given (line, place)
  ), linked AS (
    SELECT h.*, r.*, lag(h.hash, 1, head.hash) OVER (ORDER BY h.place) AS expected_prev
    FROM hashed AS h,
      json_to_record(h.line::json) AS r (seq bigint, prev text, key text, level text, incident text, actor text,
                                         action text, at timestamptz)
  ), inserted AS (
    INSERT INTO public.security_logs (seq, line, hash, key, level, incident, actor, action, occurred_at)
    SELECT
      -- A line out of place gets no seq, which the NOT NULL constraint refuses together with the whole batch.
      CASE WHEN l.seq = head.seq + l.place AND l.prev = l.expected_prev THEN l.seq END,
      l.line, l.hash, l.key, l.level, l.incident, l.actor, l.action, l.at
    FROM linked AS l
    RETURNING security_logs.seq, security_logs.hash
  )
  SELECT i.seq, i.hash INTO last FROM inserted AS i ORDER BY i.seq DESC LIMIT 1;
  IF FOUND THEN
    UPDATE public.security_log_heads SET seq = last.seq, hash = last.hash WHERE log = 'security_logs';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION security_logs_begin_append(text[]), security_logs_append(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION security_logs_begin_append(text[]), security_logs_append(text) TO firebreak_app;
GRANT SELECT ON security_logs, security_log_heads TO firebreak_app;
