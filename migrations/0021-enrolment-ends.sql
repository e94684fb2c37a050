-- An order to enrol somebody has an end, as every other order about an operator has: an accepted one that failed is not carried out later
-- by whoever reaches Temporal. Drills have no order.

CREATE OR REPLACE FUNCTION operator_enrol(p_name text, p_public_key text, p_roles text[], p_enrolment uuid, p_key_id text, p_sealed text,
                                          p_created_by text, p_first boolean) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM public.operators WHERE enrolment = p_enrolment) THEN RETURN true; END IF;
  IF EXISTS (SELECT FROM public.removed_operators WHERE enrolment = p_enrolment OR p_first) THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM public.operator_changes WHERE p_enrolment IN (enrolment, replaced)) THEN RETURN false; END IF;
  IF EXISTS (SELECT FROM public.grants WHERE id = p_enrolment AND created_at < clock_timestamp() - interval '10 minutes') THEN
    RETURN false;
  END IF;
  IF p_first AND EXISTS (SELECT FROM public.operators) THEN RETURN false; END IF;
  INSERT INTO public.operators (name, public_key, roles, enrolment, key_id, sealed, created_by, first_of_all)
    VALUES (p_name, p_public_key, p_roles, p_enrolment, p_key_id, p_sealed, p_created_by, p_first)
    ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;
