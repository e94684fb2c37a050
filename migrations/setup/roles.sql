-- Roles and database rights. Run once per database by a superuser (or a role with CREATEROLE that owns the
-- database), before the migrations; it may be run again. Passwords are set separately: see README.md.
--
--   firebreak_owner   owns every table and function, cannot log in; migrations run as it (SET ROLE)
--   firebreak_worker  the workers: write what a response learns; authority and the ledger through functions only
--   firebreak_cli     the command line: deposits signed orders and reads views
--   firebreak_reader  dashboards and auditors: reads
--   firebreak_app     the single role of versions before 0011: has no rights any more and cannot log in
DO $$
DECLARE
  wanted text;
  superuser boolean := (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);
BEGIN
  FOREACH wanted IN ARRAY ARRAY['firebreak_owner', 'firebreak_worker', 'firebreak_cli', 'firebreak_reader', 'firebreak_app'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
      EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
    END IF;
    -- Re-stated on every run: a role made by hand beforehand may have been given more.
    EXECUTE pg_catalog.format('ALTER ROLE %I NOCREATEDB NOCREATEROLE', wanted);
    IF superuser THEN
      EXECUTE pg_catalog.format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOREPLICATION', wanted);
    END IF;
  END LOOP;
  ALTER ROLE firebreak_owner NOLOGIN INHERIT;
  ALTER ROLE firebreak_app NOLOGIN NOINHERIT;
  ALTER ROLE firebreak_worker LOGIN NOINHERIT;
  -- Bounded: a stolen password must not take the connections of the workers.
  ALTER ROLE firebreak_cli LOGIN NOINHERIT CONNECTION LIMIT 40;
  ALTER ROLE firebreak_reader LOGIN NOINHERIT CONNECTION LIMIT 20;
  -- Defaults against a client that hangs. A hostile one can set others; functions end its transactions (0011).
  ALTER ROLE firebreak_cli SET statement_timeout = '15s';
  ALTER ROLE firebreak_cli SET idle_in_transaction_session_timeout = '5s';
  ALTER ROLE firebreak_reader SET statement_timeout = '60s';
  ALTER ROLE firebreak_reader SET idle_in_transaction_session_timeout = '60s';
  ALTER ROLE firebreak_reader SET default_transaction_read_only = on;
  -- Lets functions of the owner end a session of these two that holds what workers wait for.
  GRANT firebreak_cli, firebreak_reader TO firebreak_owner;

  -- PUBLIC may connect to a new database and make temporary tables in it; nobody but us needs to.
  EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC, firebreak_app', pg_catalog.current_database());
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO firebreak_owner, firebreak_worker, firebreak_cli, firebreak_reader',
                            pg_catalog.current_database());

  -- Before PostgreSQL 15 everybody may create objects in public.
  REVOKE ALL ON SCHEMA public FROM PUBLIC, firebreak_app;
  GRANT USAGE, CREATE ON SCHEMA public TO firebreak_owner;
  GRANT USAGE ON SCHEMA public TO firebreak_worker, firebreak_cli, firebreak_reader;

  -- Turns on hosts are advisory locks, which everybody may take by default: a stolen password could keep workers waiting. Only a
  -- superuser takes that away. Somebody to whom a superuser gave the right to pass it on passes it on.
  FOR wanted IN
    SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^pg_(try_)?advisory_(xact_)?lock'
      AND (superuser OR has_function_privilege(p.oid, 'EXECUTE WITH GRANT OPTION'))
  LOOP
    IF superuser THEN
      EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', wanted);
    END IF;
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO firebreak_owner, firebreak_worker', wanted);
  END LOOP;
END
$$;
