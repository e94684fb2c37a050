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
