# Prepares this host for Firebreak: account, key, gate, sudo rule, allow list, restore unit (C10, C11).
# Run as root; running it again changes only what differs.
set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

fail() {
  printf 'firebreak setup: %s\n' "$1" >&2
  exit 1
}

# stdin to a file of root's, only if it differs.
place() {
  mkdir -p "${2%/*}"
  cat >"$2.firebreak-new"
  chmod "$1" "$2.firebreak-new"
  chown root:root "$2.firebreak-new"
  if cmp -s "$2.firebreak-new" "$2" && [ "$(stat -c %a "$2")" = "$1" ]; then
    rm -f "$2.firebreak-new"
  else
    mv -f "$2.firebreak-new" "$2"
    printf 'firebreak setup: wrote %s\n' "$2"
  fi
}

[ "$(id -u)" -eq 0 ] || fail 'run me as root'
for program in sudo visudo flock base64 sha256sum awk useradd getent timeout; do
  command -v "$program" >/dev/null || fail "$program is missing"
done

# No password can ever match '*', yet the account is not locked: sshd without PAM refuses locked accounts.
home=/home/$user
id "$user" >/dev/null 2>&1 ||
  useradd --system --user-group --home-dir "$home" --no-create-home --shell /bin/sh --comment Firebreak --password '*' "$user"
[ "$(id -u "$user")" -ne 0 ] || fail "$user is root"

# Root owns the key file: whoever gets into the account cannot widen it.
mkdir -p "$home/.ssh"
chown root:root "$home" "$home/.ssh"
chmod 0755 "$home" "$home/.ssh"
printf '%s\n' "$authorized_key" | place 644 "$home/.ssh/authorized_keys"

getent hosts "$(hostname)" >/dev/null ||
  printf 'firebreak setup: put this host into /etc/hosts: sudo waits for DNS at every act while the name does not resolve\n' >&2

install -d -m 0700 -o root -g root /var/lib/firebreak
