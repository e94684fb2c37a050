#!/bin/sh
# Starts the PostgreSQL image with TLS. The key is given to the image's own user first, which the image's own start becomes.
# Other machines must come over TLS and show a certificate of our CA; inside the container the socket stays as it is.
set -eu

install -d -o postgres -g postgres -m 0700 /run/tls
install -o postgres -g postgres -m 0600 /tls/key.pem /tls/cert.pem /tls/ca.pem /run/tls/
cat > /run/tls/pg_hba.conf << 'HBA'
local   all all                     trust
host    all all 127.0.0.1/32        scram-sha-256
hostssl all all 0.0.0.0/0           scram-sha-256 clientcert=verify-ca
hostssl all all ::/0                scram-sha-256 clientcert=verify-ca
HBA
chown postgres:postgres /run/tls/pg_hba.conf
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/run/tls/cert.pem -c ssl_key_file=/run/tls/key.pem \
  -c ssl_ca_file=/run/tls/ca.pem -c hba_file=/run/tls/pg_hba.conf
