#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: a role and its databases for Temporal and for Firebreak; none a superuser.
set -eu

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres "$@"; }

make_role() {
  sql --set role="$1" --set password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
SQL
}

make_database() {
  sql --set database="$1" --set owner="$2" <<'SQL'
CREATE DATABASE :"database" OWNER :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

make_role temporal "$TEMPORAL_DB_PASSWORD"
make_database temporal temporal
make_database temporal_visibility temporal

make_role firebreak "$FIREBREAK_DB_PASSWORD"
# The migrations part the audit log's owner from its writer.
sql --command 'ALTER ROLE firebreak CREATEROLE'
make_database firebreak firebreak

# Turns on hosts are advisory locks. By default everybody may take one, and only a superuser can change that: what
# migrations/setup/roles.sql does as a superuser is done here, because Firebreak's set-up job is none.
sql --dbname firebreak <<'SQL'
DO $$
DECLARE
  lock text;
BEGIN
  FOR lock IN
    SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^pg_(try_)?advisory_(xact_)?lock'
  LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', lock);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO firebreak WITH GRANT OPTION', lock);
  END LOOP;
END
$$;
SQL
