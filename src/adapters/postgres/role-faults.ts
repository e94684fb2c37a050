/**
 * One row for each power that a role of ours must not have: it would stand above every right that the migrations give and refuse.
 * Anybody may ask it.
 */
export const ROLE_FAULTS = `
  SELECT rolname AS role, why FROM pg_catalog.pg_roles, LATERAL (VALUES
    (rolsuper, 'a superuser'), (rolbypassrls, 'above row security'), (rolcreaterole, 'able to make roles'),
    (rolcreatedb, 'able to make databases'), (rolreplication, 'able to replicate'),
    (rolname <> 'firebreak_owner' AND EXISTS (
       SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member = pg_roles.oid), 'a member of another role'),
    (rolname <> 'firebreak_owner' AND EXISTS (
       SELECT FROM pg_catalog.pg_class AS c WHERE c.relowner = pg_roles.oid), 'the owner of a table'),
    (rolname = 'firebreak_owner' AND rolcanlogin, 'able to log in')
  ) AS power (has, why)
  WHERE has AND rolname IN ('firebreak_owner', 'firebreak_worker', 'firebreak_cli', 'firebreak_reader', 'firebreak_app')
  ORDER BY rolname, why`;

/** The same for a right that only a superuser can take away; a set-up without one goes on, and `doctor` says it. */
export const LOCK_FAULTS = `
  SELECT rolname AS role, 'able to take the locks of turns on hosts' AS why FROM pg_catalog.pg_roles
  WHERE rolname IN ('firebreak_cli', 'firebreak_reader')
    AND has_function_privilege(rolname, 'pg_catalog.pg_advisory_lock(bigint)', 'EXECUTE')
  ORDER BY role`;
