-- Changes to operators: disable, enable, unlock, other roles, a new secret or key, recovery codes. Every change is a new enrolment that
-- a worker has sealed. Without the workers' key a call of these functions leaves a row that opens no more; it gives nobody any power.

ALTER TABLE operators
  ADD COLUMN disabled_at        timestamptz,
  ADD COLUMN vouchers           jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(vouchers) = 'array'),
  ADD COLUMN recovery           uuid,
  ADD COLUMN recovery_misses    integer NOT NULL DEFAULT 0 CHECK (recovery_misses >= 0),
  ADD COLUMN recovery_missed_at timestamptz;
COMMENT ON COLUMN operators.disabled_at IS 'Since when no order of this operator counts; null while they may sign. Bound into the seal.';
COMMENT ON COLUMN operators.vouchers IS 'Who changed the operator, how and when: {by, how, at}. Bound into the seal; counts like created_by (N5).';
COMMENT ON COLUMN operators.recovery IS 'Set of recovery codes that counts; null when there is none. Bound into the seal.';
COMMENT ON COLUMN operators.enrolment IS 'New with every enrolment and every change: the id of the grant. TOTP steps are used up per enrolment.';
COMMENT ON COLUMN operators.recovery_misses IS 'Wrong recovery codes; five of them bar recovery for an hour.';

CREATE TABLE operator_changes (
  enrolment  uuid PRIMARY KEY,
  replaced   uuid NOT NULL UNIQUE,
  name       text NOT NULL,
  action     text NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE operator_changes IS 'Changes that were carried out: none is carried out twice, and no replaced enrolment comes back.';

CREATE TABLE operator_recovery_codes (
  code_set uuid NOT NULL,
  digest   text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  used_at  timestamptz,
  used_by  uuid,
  PRIMARY KEY (code_set, digest)
);
COMMENT ON TABLE operator_recovery_codes IS 'HMAC-SHA-256 of recovery codes under the worker-only key. Nobody reads it; functions compare.';

ALTER TABLE removed_operators
  ADD COLUMN vouchers jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN grant_id uuid UNIQUE;
COMMENT ON COLUMN removed_operators.grant_id IS 'The order that ended it: the same order ends no later enrolment of that name.';

-- A recovery code takes the place of the TOTP code.
ALTER TABLE grants
  DROP CONSTRAINT grants_otp_check,
  ADD CONSTRAINT grants_otp_check CHECK (otp ~ '^([0-9]{6}|[0-9a-hjkmnp-tv-z]{20})$');

-- The signed request behind a change: a worker has found it good and used it up for its own enrolment.
CREATE FUNCTION enrolment_order(p_grant uuid, OUT signed json, OUT stale boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT g.signed_text::json, g.created_at < clock_timestamp() - interval '10 minutes' INTO signed, stale
    FROM public.grants AS g JOIN public.grant_uses AS u ON u.grant_id = g.id
    WHERE g.id = p_grant AND g.verdict = 'valid' AND u.use = 'enrolment:' || p_grant;
  IF signed IS NULL THEN
    RAISE EXCEPTION 'no order about an operator stands behind %', p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

CREATE FUNCTION operator_able_admin(p_name text) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM public.operators
    WHERE name = p_name AND 'admin' = ANY (roles) AND locked_at IS NULL AND disabled_at IS NULL)
$$;

CREATE FUNCTION operator_other_admin(p_name text) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM public.operators
    WHERE name <> p_name AND 'admin' = ANY (roles) AND locked_at IS NULL AND disabled_at IS NULL)
$$;

-- Carries out one change. What is changed, whose record it is and who ordered it are read from the signed order, not from the caller.
-- @returns 'done', also for a repeat; 'unknown', 'changed', 'stale', 'not-able', 'last-admin', 'not-locked', 'same-state' or 'key-taken'
CREATE FUNCTION operator_change(p_grant uuid, p_replaces uuid, p_public_key text, p_roles text[], p_key_id text, p_sealed text,
                                p_vouchers jsonb, p_recovery uuid, p_codes text[]) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
  signed json;
  stale boolean;
  action text;
  target text;
  orderer text;
  old public.operators;
  new_secret boolean;
BEGIN
  SELECT o.signed, o.stale INTO signed, stale FROM public.enrolment_order(p_grant) AS o;
  action := signed -> 'order' ->> 'action';
  target := signed -> 'order' ->> 'operator';
  orderer := signed ->> 'operator';
  IF target IS NULL OR action NOT IN ('operator-disable', 'operator-enable', 'operator-unlock', 'operator-roles', 'operator-rotate',
                                      'operator-recovery-codes', 'operator-recover') THEN
    RAISE EXCEPTION '% is no change of an operator', action USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- Of two changes at once the second one sees what the first one left.
  PERFORM FROM public.operators WHERE 'admin' = ANY (roles) OR name = target ORDER BY name FOR UPDATE;
  IF EXISTS (SELECT FROM public.operator_changes WHERE enrolment = p_grant) THEN RETURN 'done'; END IF;
  IF stale THEN RETURN 'stale'; END IF;
  SELECT * INTO old FROM public.operators WHERE name = target;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF old.enrolment <> p_replaces THEN RETURN 'changed'; END IF;
  IF action IN ('operator-recover', 'operator-recovery-codes') AND orderer <> target THEN RETURN 'not-able'; END IF;
  IF action = 'operator-recover' THEN
    IF old.disabled_at IS NOT NULL OR NOT 'admin' = ANY (old.roles) THEN RETURN 'not-able'; END IF;
  ELSIF NOT public.operator_able_admin(orderer) THEN
    RETURN 'not-able';
  END IF;
  IF (action = 'operator-disable' OR (action = 'operator-roles' AND NOT 'admin' = ANY (p_roles)))
     AND NOT public.operator_other_admin(target) THEN
    RETURN 'last-admin';
  END IF;
  IF action = 'operator-unlock' AND old.locked_at IS NULL THEN RETURN 'not-locked'; END IF;
  IF (action = 'operator-disable' AND old.disabled_at IS NOT NULL) OR (action = 'operator-enable' AND old.disabled_at IS NULL)
     OR (action = 'operator-roles' AND p_roles = old.roles) THEN
    RETURN 'same-state';
  END IF;
  new_secret := action IN ('operator-rotate', 'operator-recover');
  IF (action <> 'operator-rotate' AND p_public_key <> old.public_key) OR (action <> 'operator-roles' AND p_roles <> old.roles)
     OR p_recovery IS DISTINCT FROM (CASE action WHEN 'operator-recovery-codes' THEN p_grant WHEN 'operator-rotate' THEN NULL
                                                 ELSE old.recovery END)
     OR cardinality(p_codes) <> (CASE action WHEN 'operator-recovery-codes' THEN 8 ELSE 0 END) THEN
    RAISE EXCEPTION 'that is more than the order of % says', p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE public.operators SET enrolment = p_grant, public_key = p_public_key, roles = p_roles, key_id = p_key_id, sealed = p_sealed,
      vouchers = p_vouchers, recovery = p_recovery,
      disabled_at = CASE action WHEN 'operator-disable' THEN clock_timestamp() WHEN 'operator-enable' THEN NULL ELSE disabled_at END,
      locked_at = CASE WHEN new_secret OR action = 'operator-unlock' THEN NULL ELSE locked_at END,
      misses = CASE WHEN new_secret OR action = 'operator-unlock' THEN 0 ELSE misses END,
      recovery_misses = CASE WHEN new_secret OR action = 'operator-recovery-codes' THEN 0 ELSE recovery_misses END
    WHERE name = target;
  IF new_secret THEN
    DELETE FROM public.operator_totp_steps WHERE operator = target;
  ELSE
    -- The secret stays, so a code that was used stays used.
    UPDATE public.operator_totp_steps SET enrolment = p_grant WHERE operator = target AND enrolment = p_replaces;
  END IF;
  INSERT INTO public.operator_recovery_codes (code_set, digest) SELECT p_grant, unnest(p_codes);
  INSERT INTO public.operator_changes (enrolment, replaced, name, action, changed_by)
    VALUES (p_grant, p_replaces, target, action, orderer);
  RETURN 'done';
EXCEPTION WHEN unique_violation THEN
  RETURN 'key-taken';
END
$$;

-- Uses up a recovery code. The grant is one that nobody has judged yet, and it asks for a recovery of this operator.
CREATE FUNCTION grant_take_recovery(p_grant uuid, p_operator text, p_digest text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  came_in timestamptz := public.grant_names(p_grant, p_operator);
  wanted uuid;
BEGIN
  SELECT o.recovery INTO wanted FROM public.operators AS o
    WHERE o.name = p_operator AND o.disabled_at IS NULL
      AND NOT (o.recovery_misses >= 5 AND o.recovery_missed_at > clock_timestamp() - interval '1 hour');
  IF NOT FOUND OR came_in IS NULL OR came_in < clock_timestamp() - interval '10 minutes'
     OR NOT EXISTS (SELECT FROM public.grants AS g WHERE g.id = p_grant
                    AND g.signed_text::json -> 'order' ->> 'action' = 'operator-recover'
                    AND g.signed_text::json -> 'order' ->> 'operator' = p_operator) THEN
    RAISE EXCEPTION 'the grant % takes no recovery code', p_grant USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE public.operator_recovery_codes AS c SET used_at = clock_timestamp(), used_by = p_grant
    WHERE c.code_set = wanted AND c.digest = p_digest AND c.used_at IS NULL;
  RETURN FOUND;
END
$$;

-- Counts a wrong recovery code and refuses its grant with it. Misses older than an hour are forgotten.
CREATE FUNCTION grant_recovery_miss(p_grant uuid, p_operator text) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  counted integer;
BEGIN
  IF public.grant_names(p_grant, p_operator) IS NULL THEN
    RAISE EXCEPTION 'the grant % counts no miss of %', p_grant, p_operator USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE public.operators SET recovery_missed_at = clock_timestamp(),
      recovery_misses = CASE WHEN recovery_missed_at > clock_timestamp() - interval '1 hour' THEN recovery_misses + 1 ELSE 1 END
    WHERE name = p_operator RETURNING recovery_misses INTO counted;
  PERFORM public.grant_refuse(p_grant, 'RECOVERY_INVALID');
  RETURN counted;
END
$$;

-- A replaced enrolment comes back no more than a removed one: its roles, its key and its used-up codes would come back with it.
CREATE OR REPLACE FUNCTION operator_enrol(p_name text, p_public_key text, p_roles text[], p_enrolment uuid, p_key_id text, p_sealed text,
                                          p_created_by text, p_first boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM public.operators WHERE enrolment = p_enrolment) THEN RETURN true; END IF;
  IF EXISTS (SELECT FROM public.removed_operators WHERE enrolment = p_enrolment OR p_first) THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM public.operator_changes WHERE p_enrolment IN (enrolment, replaced)) THEN RETURN false; END IF;
  IF p_first AND EXISTS (SELECT FROM public.operators) THEN RETURN false; END IF;
  INSERT INTO public.operators (name, public_key, roles, enrolment, key_id, sealed, created_by, first_of_all)
    VALUES (p_name, p_public_key, p_roles, p_enrolment, p_key_id, p_sealed, p_created_by, p_first)
    ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;

DROP FUNCTION operator_remove(text, uuid, text);

-- @param p_grant the order; null for drills, which have none
-- @returns 'done', also for a repeat of the same order; 'unknown', 'stale', 'not-able' or 'last-admin'
CREATE FUNCTION operator_remove(p_name text, p_enrolment uuid, p_removed_by text, p_grant uuid) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
BEGIN
  -- Of two removals at once the second one sees what the first one left.
  PERFORM FROM public.operators WHERE 'admin' = ANY (roles) OR name = p_name ORDER BY name FOR UPDATE;
  IF EXISTS (SELECT FROM public.removed_operators WHERE grant_id = p_grant) THEN RETURN 'done'; END IF;
  IF p_grant IS NOT NULL AND (SELECT o.stale FROM public.enrolment_order(p_grant) AS o) THEN RETURN 'stale'; END IF;
  IF NOT public.operator_other_admin(p_name) THEN RETURN 'last-admin'; END IF;
  IF NOT public.operator_able_admin(p_removed_by) THEN RETURN 'not-able'; END IF;
  INSERT INTO public.removed_operators (enrolment, name, public_key, roles, created_at, created_by, vouchers, removed_by, grant_id)
    SELECT enrolment, name, public_key, roles, created_at, created_by, vouchers, p_removed_by, p_grant FROM public.operators
    WHERE name = p_name AND enrolment = p_enrolment;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  DELETE FROM public.operator_totp_steps WHERE operator = p_name;
  DELETE FROM public.operators WHERE name = p_name AND enrolment = p_enrolment;
  RETURN 'done';
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT SELECT ON operator_changes TO firebreak_worker, firebreak_cli, firebreak_reader;
GRANT SELECT (disabled_at, vouchers) ON operators TO firebreak_cli, firebreak_reader;
GRANT EXECUTE ON FUNCTION operator_change(uuid, uuid, text, text[], text, text, jsonb, uuid, text[]),
  grant_take_recovery(uuid, text, text), grant_recovery_miss(uuid, text),
  operator_remove(text, uuid, text, uuid) TO firebreak_worker;
