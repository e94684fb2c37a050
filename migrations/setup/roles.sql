-- Roles and database rights. Run once per database by a superuser (or a role with CREATEROLE that owns the
-- database), before the migrations; it may be run again. The password is set separately: see README.md.
--
--   firebreak_owner  owns every table and function, cannot log in; migrations run as it (SET ROLE)
--   firebreak_app    logs in; has exactly the rights that the migrations grant to it
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'firebreak_owner') THEN
    CREATE ROLE firebreak_owner NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'firebreak_app') THEN
    CREATE ROLE firebreak_app LOGIN;
  END IF;
  -- Re-stated on every run: a role made by hand beforehand may have been given more.
  ALTER ROLE firebreak_owner NOLOGIN NOCREATEDB NOCREATEROLE;
  ALTER ROLE firebreak_app LOGIN NOCREATEDB NOCREATEROLE NOINHERIT;

  -- PUBLIC may connect to a new database and make temporary tables in it; nobody but us needs to.
  EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO firebreak_owner, firebreak_app', pg_catalog.current_database());

  -- Before PostgreSQL 15 everybody may create objects in public.
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  GRANT USAGE, CREATE ON SCHEMA public TO firebreak_owner;
  GRANT USAGE ON SCHEMA public TO firebreak_app;
END
$$;
