#!/bin/sh
# Makes random passwords and certificates for docker-compose.yml in deploy/compose/secrets (mode 0600, never committed).
# Run it as root, so that each image's user can read its own key.
# Does nothing the second time: the database knows the first ones already.
set -eu
umask 077
cd "$(dirname "$0")"

if [ -e secrets ]; then
  echo "$(pwd)/secrets is there already; nothing changed" >&2
  exit 0
fi

password() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
superuser=$(password) temporal=$(password) firebreak=$(password)
worker=$(password) cli=$(password) reader=$(password)

mkdir secrets.partial
cat > secrets.partial/postgres.env <<EOF
POSTGRES_PASSWORD=$superuser
TEMPORAL_DB_PASSWORD=$temporal
FIREBREAK_DB_PASSWORD=$firebreak
EOF
# The schema tool and the server read the same password under different names.
cat > secrets.partial/temporal.env <<EOF
POSTGRES_USER=temporal
POSTGRES_PWD=$temporal
SQL_PASSWORD=$temporal
EOF
# For the workers only.
cat > secrets.partial/firebreak.env <<EOF
DATABASE_URL=postgres://firebreak_worker:$worker@postgres:5432/firebreak
EOF
# For those who give orders: it deposits and reads.
cat > secrets.partial/firebreak-cli.env <<EOF
DATABASE_URL=postgres://firebreak_cli:$cli@postgres:5432/firebreak
EOF
# For the set-up job only: workers never see the owner's password.
cat > secrets.partial/firebreak-set-up.env <<EOF
FIREBREAK_ADMIN_DATABASE_URL=postgres://firebreak:$firebreak@postgres:5432/firebreak
FIREBREAK_WORKER_DATABASE_PASSWORD=$worker
FIREBREAK_CLI_DATABASE_PASSWORD=$cli
FIREBREAK_READER_DATABASE_PASSWORD=$reader
EOF
./make-certificates.sh secrets.partial/tls
mv secrets.partial secrets
echo "secrets are in $(pwd)/secrets" >&2
