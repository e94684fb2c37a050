#!/bin/sh
# Brings Temporal's two databases to the schema of this admin-tools image; repeatable, and the upgrade step as well.
set -eu

migrate() {
  echo "schema of database $1"
  sql_tool "$1" setup-schema --version 0.0
  sql_tool "$1" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

sql_tool() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user "$POSTGRES_USER" --database "$database" \
    --tls --tls-ca-file /tls/ca.pem --tls-cert-file /tls/cert.pem --tls-key-file /tls/key.pem --tls-server-name postgres "$@"
}

migrate temporal temporal
migrate temporal_visibility visibility
