-- Limits on ourselves (H8): incidents that are open at once, repeats of a detector that join one, and one call at a time on a phone.
-- All of it is written by functions that only workers may call. Who signed is read from the grant, not from the caller.

ALTER TABLE security_incidents
  DROP CONSTRAINT security_incidents_outcome_check,
  ADD CONSTRAINT security_incidents_outcome_check CHECK (outcome IN ('contained', 'contained-by-force', 'contained-in-part',
    'monitored', 'manual', 'refused', 'stood-down', 'false-positive', 'joined'));

CREATE TABLE admitted_incidents (
  incident    text PRIMARY KEY REFERENCES security_incidents,
  operator    text NOT NULL,
  trigger     text NOT NULL CHECK (trigger IN ('operator', 'detector')),
  admitted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE admitted_incidents IS 'Incidents that a worker has let begin. Open are those whose row in security_incidents is not closed.';
CREATE INDEX admitted_incidents_newest ON admitted_incidents (admitted_at);
INSERT INTO admitted_incidents (incident, operator, trigger, admitted_at)
  SELECT incident, operator, trigger, declared_at FROM security_incidents WHERE closed_at IS NULL AND run_id IS NOT NULL;

CREATE TABLE incident_repeats (
  incident    text PRIMARY KEY REFERENCES security_incidents,
  joined      text NOT NULL REFERENCES admitted_incidents,
  repeated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE incident_repeats IS 'Orders of a detector that brought nothing new: which open incident each of them joined.';
CREATE INDEX incident_repeats_joined ON incident_repeats (joined);

CREATE TABLE bound_alerts (
  identity text PRIMARY KEY,
  incident text NOT NULL,
  told_at  timestamptz NOT NULL
);
COMMENT ON TABLE bound_alerts IS 'When people were last told that an identity has reached its bound, and about which incident.';

-- Who signed the order that a worker has found good and used up for this incident.
CREATE FUNCTION incident_signer(p_incident text, p_grant uuid, OUT operator text, OUT trigger text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  signed json := (SELECT g.signed_text::json FROM public.grants AS g JOIN public.grant_uses AS u ON u.grant_id = g.id
                  WHERE g.id = p_grant AND g.verdict = 'valid' AND u.subject = p_incident);
BEGIN
  IF signed IS NULL OR signed -> 'order' ->> 'action' IS DISTINCT FROM 'respond' THEN
    RAISE EXCEPTION 'no order to respond to % stands behind this', p_incident USING ERRCODE = 'insufficient_privilege';
  END IF;
  operator := signed ->> 'operator';
  trigger := signed -> 'order' ->> 'trigger';
END
$$;

-- One after the other, over all workers. The bounds are apart for people and detectors, so that a flood of these keeps nobody from acting.
-- What is older than p_window_ms and open does not count: a workflow that was ended in Temporal never closes its row.
-- @param p_known the detector's open incidents that the worker has compared with the order
-- @returns 'admitted'; 'look-again' when there is one that it has not compared; 'each' or 'all': the bound that is reached, and what is open
CREATE FUNCTION incident_admit(p_incident text, p_grant uuid, p_known text[], p_each integer, p_all integer, p_window_ms bigint,
                               OUT verdict text, OUT open_ones text[])
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
  who text;
  how text;
  mine text[];
  since timestamptz := clock_timestamp() - p_window_ms * interval '1 millisecond';
BEGIN
  SELECT s.operator, s.trigger INTO who, how FROM public.incident_signer(p_incident, p_grant) AS s;
  LOCK TABLE public.admitted_incidents IN SHARE ROW EXCLUSIVE MODE;
  open_ones := '{}';
  verdict := 'admitted';
  IF EXISTS (SELECT FROM public.admitted_incidents AS a WHERE a.incident = p_incident) THEN RETURN; END IF;
  open_ones := ARRAY(SELECT a.incident FROM public.admitted_incidents AS a JOIN public.security_incidents AS i USING (incident)
    WHERE i.closed_at IS NULL AND a.trigger = how AND a.admitted_at > since ORDER BY a.admitted_at);
  mine := ARRAY(SELECT a.incident FROM public.admitted_incidents AS a
    WHERE a.operator = who AND a.incident = ANY (open_ones) ORDER BY a.admitted_at);
  IF how = 'detector' AND NOT mine <@ p_known THEN
    verdict := 'look-again';
  ELSIF cardinality(mine) >= p_each THEN
    verdict := 'each';
    open_ones := mine;
  ELSIF cardinality(open_ones) >= p_all THEN
    verdict := 'all';
  ELSE
    INSERT INTO public.admitted_incidents (incident, operator, trigger) VALUES (p_incident, who, how);
  END IF;
END
$$;

-- @returns how many repeats the open incident has now; a repeat that is told again is the same one
CREATE FUNCTION incident_join(p_incident text, p_grant uuid, p_open text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  who text;
  how text;
BEGIN
  SELECT s.operator, s.trigger INTO who, how FROM public.incident_signer(p_incident, p_grant) AS s;
  IF how <> 'detector' OR EXISTS (SELECT FROM public.admitted_incidents AS a WHERE a.incident = p_incident)
     OR NOT EXISTS (SELECT FROM public.admitted_incidents AS a JOIN public.security_incidents AS i USING (incident)
                    WHERE a.incident = p_open AND a.operator = who AND a.trigger = how AND i.closed_at IS NULL) THEN
    RAISE EXCEPTION '% does not join %', p_incident, p_open USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.incident_repeats (incident, joined) VALUES (p_incident, p_open) ON CONFLICT DO NOTHING;
  RETURN (SELECT count(*) FROM public.incident_repeats AS r WHERE r.joined = p_open);
END
$$;

-- @returns true once in each window, also when the same incident asks again
CREATE FUNCTION bound_alert(p_identity text, p_incident text, p_window_ms bigint) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO public.bound_alerts AS b (identity, incident, told_at) VALUES (p_identity, p_incident, clock_timestamp())
    ON CONFLICT (identity) DO UPDATE SET incident = excluded.incident, told_at = excluded.told_at
    WHERE b.told_at <= clock_timestamp() - p_window_ms * interval '1 millisecond';
  RETURN EXISTS (SELECT FROM public.bound_alerts AS b WHERE b.identity = p_identity AND b.incident = p_incident);
END
$$;

-- Which phone rings now. A line is held while its worker says so; a worker that has ended holds none for longer than its lease.
CREATE TABLE phone_lines (
  phone_sha256 text PRIMARY KEY,
  delivery     text NOT NULL,
  holder       uuid NOT NULL,
  call_id      text,
  held_until   timestamptz NOT NULL
);
COMMENT ON TABLE phone_lines IS 'Calls of ours that are in progress, by the SHA-256 of the number: at most one on a phone.';
COMMENT ON COLUMN phone_lines.call_id IS 'The provider''s id once the call is placed: whoever repeats the delivery follows it and places no other.';

-- @returns 'taken'; 'placed' with a call whose end nobody has seen: of this delivery, or of another one whose worker has ended; 'busy'
CREATE FUNCTION phone_line_take(p_phone text, p_delivery text, p_holder uuid, OUT state text, OUT placed text, OUT placed_for text)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
  line public.phone_lines;
  lease constant interval := interval '20 seconds';
BEGIN
  state := 'taken';
  INSERT INTO public.phone_lines (phone_sha256, delivery, holder, held_until)
    VALUES (p_phone, p_delivery, p_holder, clock_timestamp() + lease) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN; END IF;
  SELECT * INTO line FROM public.phone_lines AS l WHERE l.phone_sha256 = p_phone FOR UPDATE;
  IF NOT FOUND OR (line.held_until > clock_timestamp() AND line.holder <> p_holder
                   AND (line.delivery <> p_delivery OR line.call_id IS NULL)) THEN
    state := 'busy';
    RETURN;
  END IF;
  IF line.call_id IS NOT NULL THEN
    state := 'placed';
    placed := line.call_id;
    placed_for := line.delivery;
  END IF;
  -- A call that was left behind stays known until another one is placed.
  UPDATE public.phone_lines AS l SET holder = p_holder, held_until = clock_timestamp() + lease,
      delivery = CASE WHEN l.call_id IS NULL THEN p_delivery ELSE l.delivery END
    WHERE l.phone_sha256 = p_phone;
END
$$;

-- Holds the line on, and notes the call once it is placed.
CREATE FUNCTION phone_line_keep(p_phone text, p_delivery text, p_holder uuid, p_call text) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE public.phone_lines AS l SET held_until = clock_timestamp() + interval '20 seconds', call_id = coalesce(p_call, l.call_id),
      delivery = CASE WHEN p_call IS NULL THEN l.delivery ELSE p_delivery END
  WHERE l.phone_sha256 = p_phone AND l.holder = p_holder
$$;

CREATE FUNCTION phone_line_free(p_phone text, p_holder uuid) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM public.phone_lines AS l WHERE l.phone_sha256 = p_phone AND l.holder = p_holder $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT SELECT ON admitted_incidents, incident_repeats TO firebreak_worker, firebreak_cli, firebreak_reader;
GRANT EXECUTE ON FUNCTION incident_admit(text, uuid, text[], integer, integer, bigint), incident_join(text, uuid, text),
  bound_alert(text, text, bigint), phone_line_take(text, text, uuid), phone_line_keep(text, text, uuid, text),
  phone_line_free(text, uuid) TO firebreak_worker;
