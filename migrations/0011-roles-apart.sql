-- Workers, command line and readers log in as roles of their own. Counters go one way, through functions: whoever steals a
-- password cannot put them back, use them up for others, or write what a response has found.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM firebreak_app;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM firebreak_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM firebreak_app;

-- The command line declares; a worker takes the incident up. A declaration that never started is withdrawn, not closed: the first
-- run that a worker takes up counts against it.
ALTER TABLE security_incidents ADD COLUMN withdrawn_at timestamptz;
COMMENT ON COLUMN security_incidents.withdrawn_at IS 'When the command line found that no workflow had started. Void once there is a run.';

CREATE FUNCTION incident_withdraw(p_incident text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.security_incidents SET withdrawn_at = clock_timestamp(), changed_at = clock_timestamp()
    WHERE incident = p_incident AND run_id IS NULL AND phase = 'declared' AND withdrawn_at IS NULL;
  RETURN FOUND;
END
$$;

-- The command line notes the run that it started; a worker that takes the incident up writes the one it verified over it.
CREATE FUNCTION incident_started(p_incident text, p_run text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.security_incidents SET run_id = p_run, changed_at = clock_timestamp()
  WHERE incident = p_incident AND run_id IS NULL AND phase = 'declared' AND length(p_run) <= 100
$$;

-- A grant is used up once; for an order to respond once for each incident of it.
ALTER TABLE grant_uses ADD COLUMN subject text;
UPDATE grant_uses AS u SET subject =
  CASE WHEN g.signed_text::json -> 'order' ->> 'action' = 'respond' THEN split_part(u.use, '@', 1) ELSE '' END
  FROM grants AS g WHERE g.id = u.grant_id;
ALTER TABLE grant_uses ALTER COLUMN subject SET NOT NULL;
CREATE UNIQUE INDEX grant_uses_once ON grant_uses (grant_id, subject);
COMMENT ON COLUMN grant_uses.subject IS 'The incident of an order to respond; else empty. One use for each.';

CREATE FUNCTION grant_lock(p_grant uuid) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT FROM public.grants WHERE id = p_grant FOR UPDATE $$;

CREATE FUNCTION operator_lock(p_operator text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT FROM public.operators WHERE name = p_operator FOR UPDATE $$;

-- A verdict stands once it is written.
CREATE FUNCTION grant_accept(p_grant uuid, p_request_sha256 text, p_seal text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE public.grants SET verdict = 'valid', request_sha256 = p_request_sha256, verdict_seal = p_seal, otp = NULL,
      judged_at = clock_timestamp()
    WHERE id = p_grant AND verdict IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the grant % has a verdict already', p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

CREATE FUNCTION grant_refuse(p_grant uuid, p_verdict text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF p_verdict = 'valid' THEN
    RAISE EXCEPTION 'that is no refusal' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE public.grants SET verdict = p_verdict, otp = NULL, judged_at = clock_timestamp()
    WHERE id = p_grant AND verdict IS NULL;
END
$$;

CREATE FUNCTION grant_use(p_grant uuid, p_use text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  action text := (SELECT signed_text::json -> 'order' ->> 'action' FROM public.grants WHERE id = p_grant AND verdict = 'valid');
BEGIN
  IF action IS NULL THEN
    RAISE EXCEPTION 'the grant % is not accepted', p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.grant_uses (grant_id, use, subject)
    VALUES (p_grant, p_use, CASE WHEN action = 'respond' THEN split_part(p_use, '@', 1) ELSE '' END)
    ON CONFLICT (grant_id, use) DO NOTHING;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'the grant % is used up', p_grant USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The operator of a grant that nobody has judged yet; null when it names another one. One grant moves one counter once.
CREATE FUNCTION grant_names(p_grant uuid, p_operator text) RETURNS timestamptz
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT created_at FROM public.grants
  WHERE id = p_grant AND verdict IS NULL AND signed_text::json ->> 'operator' = p_operator
$$;

-- Uses up the step of a right code and forgets the misses before it. The step lies within two of the moment the grant came in.
CREATE FUNCTION grant_take_step(p_grant uuid, p_operator text, p_enrolment uuid, p_step bigint) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  came_in timestamptz := public.grant_names(p_grant, p_operator);
BEGIN
  IF came_in IS NULL OR abs(floor(extract(epoch FROM came_in) / 30) - p_step) > 2
     OR came_in < clock_timestamp() - interval '10 minutes'
     OR NOT EXISTS (SELECT FROM public.operators WHERE name = p_operator AND enrolment = p_enrolment AND locked_at IS NULL) THEN
    RAISE EXCEPTION 'the step % is none of the grant %', p_step, p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.operator_totp_steps (operator, enrolment, step) VALUES (p_operator, p_enrolment, p_step)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE public.operators SET misses = 0 WHERE name = p_operator AND misses > 0;
  RETURN true;
END
$$;

-- Counts a wrong code and refuses its grant with it, so that one grant counts once. The fifth miss in a row locks; nothing unlocks.
CREATE FUNCTION grant_miss(p_grant uuid, p_operator text) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  counted integer;
BEGIN
  IF public.grant_names(p_grant, p_operator) IS NULL THEN
    RAISE EXCEPTION 'the grant % counts no miss of %', p_grant, p_operator USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE public.operators SET misses = misses + 1,
      locked_at = CASE WHEN misses + 1 >= 5 THEN coalesce(locked_at, clock_timestamp()) ELSE locked_at END
    WHERE name = p_operator RETURNING misses INTO counted;
  PERFORM public.grant_refuse(p_grant, 'OTP_INVALID');
  RETURN counted;
END
$$;

-- A removed enrolment never comes back: its misses and its used-up steps would be forgotten.
CREATE TABLE removed_operators (
  enrolment  uuid PRIMARY KEY,
  name       text NOT NULL,
  public_key text NOT NULL,
  roles      text[] NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  removed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  removed_by text NOT NULL
);
COMMENT ON TABLE removed_operators IS 'Enrolments that were ended; none of their grants counts any more.';

-- @returns false when it is not the first one, or the name is taken; a repeat of the same enrolment is true.
CREATE FUNCTION operator_enrol(p_name text, p_public_key text, p_roles text[], p_enrolment uuid, p_key_id text, p_sealed text,
                               p_created_by text, p_first boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM public.operators WHERE enrolment = p_enrolment) THEN RETURN true; END IF;
  IF EXISTS (SELECT FROM public.removed_operators WHERE enrolment = p_enrolment OR p_first) THEN RETURN false; END IF;
  IF p_first AND EXISTS (SELECT FROM public.operators) THEN RETURN false; END IF;
  INSERT INTO public.operators (name, public_key, roles, enrolment, key_id, sealed, created_by, first_of_all)
    VALUES (p_name, p_public_key, p_roles, p_enrolment, p_key_id, p_sealed, p_created_by, p_first)
    ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

-- @returns false for the last admin, or when there is no such operator; a repeat after a removal is false, too.
CREATE FUNCTION operator_remove(p_name text, p_enrolment uuid, p_removed_by text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Of two removals at once the second one sees what the first one left.
  PERFORM FROM public.operators WHERE 'admin' = ANY (roles) ORDER BY name FOR UPDATE;
  IF NOT EXISTS (SELECT FROM public.operators WHERE 'admin' = ANY (roles) AND locked_at IS NULL AND name <> p_name) THEN
    RETURN false;
  END IF;
  INSERT INTO public.removed_operators (enrolment, name, public_key, roles, created_at, created_by, removed_by)
    SELECT enrolment, name, public_key, roles, created_at, created_by, p_removed_by FROM public.operators
    WHERE name = p_name AND enrolment = p_enrolment;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM public.operator_totp_steps WHERE operator = p_name;
  DELETE FROM public.operators WHERE name = p_name AND enrolment = p_enrolment;
  RETURN true;
END
$$;

-- The head of the ledger is waited for in four goes of 2 s. After each one, sessions of the command line that hold it or queue for it, in a
-- transaction older than a second, are ended: whoever has its password must not keep workers from writing. An honest one takes
-- milliseconds, and tries again.
CREATE OR REPLACE FUNCTION security_logs_begin_append(keys text[])
  RETURNS TABLE (head_seq bigint, head_hash text, stored_at timestamptz, stored_keys text[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
BEGIN
  FOR go IN 1..4 LOOP
    BEGIN
      SELECT h.seq, h.hash INTO STRICT head_seq, head_hash
        FROM public.security_log_heads AS h WHERE h.log = 'security_logs' FOR UPDATE;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF go = 4 THEN RAISE; END IF;
      PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity AS a
        WHERE a.usename IN ('firebreak_cli', 'firebreak_reader') AND a.datname = current_database()
          AND a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - interval '1 second'
          AND EXISTS (SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.relation = 'public.security_log_heads'::regclass);
    END;
  END LOOP;
  -- After the wait: times follow the order of seq, and this statement sees what the one before in the queue stored.
  stored_at := clock_timestamp();
  stored_keys := ARRAY(SELECT l.key FROM public.security_logs AS l WHERE l.key = ANY (keys));
  RETURN NEXT;
END
$$;

-- What the command line may append: who read or changed what, by an account nobody has proven, under keys of its own.
CREATE FUNCTION security_logs_announce(lines text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given text;
  event json;
BEGIN
  IF octet_length(lines) > 262144 THEN
    RAISE EXCEPTION 'too much at once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR given IN SELECT string_to_table(lines, E'\n') LOOP
    event := given::json;
    IF (event ->> 'key') IS NULL OR event ->> 'key' NOT LIKE 'cli:%' OR event ->> 'actor' NOT LIKE 'os:%'
       OR event ->> 'level' NOT IN ('AUDIT', 'ERROR')
       OR event ->> 'action' !~ '^(evidence|report|host|audit|config)\.[a-z-]+$'
       OR (SELECT count(*) <> count(DISTINCT name) FROM json_object_keys(event) AS name) THEN
      RAISE EXCEPTION 'this event is not one of the command line' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
  PERFORM public.security_logs_append(lines);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Workers.
GRANT SELECT ON incident_documents, security_incidents, response_plans, emergency_responses, notification_deliveries,
  incident_timeline, security_readings, access_controls, security_logs, security_log_heads, operators, removed_operators,
  operator_totp_steps, grants, grant_uses, host_turns TO firebreak_worker;
GRANT INSERT ON response_plans, emergency_responses, notification_deliveries, incident_timeline, security_readings,
  access_controls TO firebreak_worker;
GRANT UPDATE ON emergency_responses, notification_deliveries, incident_timeline, security_readings TO firebreak_worker;
GRANT UPDATE (phase, abnormal, outcome, assessment, plan_hash, security_state, needs_human, run_id, response_ended_at,
              deadline_met, closed_at, bag, report, acknowledged_by, changed_at)
  ON security_incidents TO firebreak_worker;
GRANT UPDATE (state, ended_at) ON access_controls TO firebreak_worker;
GRANT UPDATE (seal) ON response_plans TO firebreak_worker;
GRANT INSERT, DELETE ON host_turns TO firebreak_worker;
GRANT UPDATE (held_from) ON host_turns TO firebreak_worker;
GRANT USAGE ON SEQUENCE host_talkers TO firebreak_worker;
GRANT SELECT, INSERT, DELETE ON host_conversations TO firebreak_worker;
GRANT UPDATE (found_dead) ON host_conversations TO firebreak_worker;
GRANT EXECUTE ON FUNCTION security_logs_begin_append(text[]), security_logs_append(text),
  security_logs_announce(text), grant_lock(uuid), operator_lock(text),
  grant_accept(uuid, text, text), grant_refuse(uuid, text), grant_use(uuid, text),
  grant_take_step(uuid, text, uuid, bigint), grant_miss(uuid, text),
  operator_enrol(text, text, text[], uuid, text, text, text, boolean), operator_remove(text, uuid, text) TO firebreak_worker;

-- The command line: deposits and reads.
GRANT SELECT ON incident_documents, security_incidents, response_plans, emergency_responses, notification_deliveries,
  incident_timeline, security_readings, access_controls, security_logs, security_log_heads TO firebreak_cli, firebreak_reader;
GRANT SELECT (name, public_key, roles, locked_at, created_at, created_by) ON operators TO firebreak_cli, firebreak_reader;
GRANT SELECT ON removed_operators TO firebreak_cli, firebreak_reader;
GRANT INSERT (sha256, bytes) ON incident_documents TO firebreak_cli;
GRANT INSERT (incident, incident_group, incident_type, severity_level, response_mode, trigger, operator, reason, drill, title, hosts,
              document_sha256, incident_order, declared_at, workflow_id) ON security_incidents TO firebreak_cli;
GRANT INSERT (id, signed_text, signature, otp) ON grants TO firebreak_cli;
-- For ON CONFLICT only; the ids tell nothing.
GRANT SELECT (id) ON grants TO firebreak_cli;
GRANT EXECUTE ON FUNCTION incident_withdraw(text), incident_started(text, text), security_logs_begin_append(text[]), security_logs_announce(text)
  TO firebreak_cli;
