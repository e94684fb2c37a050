#!/bin/sh
# Makes the certificates of docker-compose.yml in the directory given: one CA, and one certificate for each service. Run again, it
# keeps the CA and makes new certificates from it, with the same names: that is how they are renewed.
#
#   make-certificates.sh deploy/compose/secrets/tls
set -eu
umask 077
mkdir -p "$1"
cd "$1"

CA_DAYS=3650
DAYS=825

if [ ! -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days "$CA_DAYS" -subj '/CN=Firebreak internal CA' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -keyout ca.key -out ca.pem 2> openssl.log
fi
chmod 0644 ca.pem

# NAME UID PURPOSES: a directory with the CA, a certificate for NAME and its key, for the user that the image runs as.
issue() {
  mkdir -p "$1"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=$1" \
    -keyout "$1/key.new" -out "$1/request" 2>> openssl.log
  cat > "$1/extensions" << EXTENSIONS
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=$3
subjectAltName=DNS:$1,DNS:localhost,IP:127.0.0.1
EXTENSIONS
  serial=0x$(openssl rand -hex 16)
  openssl x509 -req -in "$1/request" -CA ca.pem -CAkey ca.key -set_serial "$serial" -days "$DAYS" -sha256 \
    -extfile "$1/extensions" -out "$1/cert.new" 2>> openssl.log
  cp ca.pem "$1/ca.pem"
  mv "$1/key.new" "$1/key.pem"
  mv "$1/cert.new" "$1/cert.pem"
  rm "$1/request" "$1/extensions"
  chmod 0600 "$1/key.pem"
  chmod 0644 "$1/cert.pem" "$1/ca.pem"
  if [ "$(id -u)" = 0 ]; then
    chown -R "$2" "$1"
  fi
}

# PostgreSQL's image begins as root and gives its key to its own user.
issue postgres 0 serverAuth
# The server is a client of PostgreSQL and of its own front end, too.
issue temporal 1000 serverAuth,clientAuth
issue temporal-ui 5000 clientAuth
issue firebreak 904 clientAuth
rm -f openssl.log
if [ "$(id -u)" != 0 ]; then
  echo 'not run as root: give temporal/ to user 1000, temporal-ui/ to 5000, firebreak/ to 904' >&2
fi
