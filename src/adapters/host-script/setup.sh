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
for program in sudo visudo flock base64 comm xargs sha256sum awk useradd getent timeout dd stat find mktemp sync; do
  command -v "$program" >/dev/null || fail "$program is missing"
done

# What the gate and the programs ask of these tools: BusyBox has them by name, and some of them can do less.
can() {
  words=$("$@" 2>&1 </dev/null) || fail "$1 of this host cannot do what Firebreak's programs need ($*): $words"
}
[ "$(printf abc | { dd bs=2 count=1 iflag=fullblock >/dev/null 2>&1 && cat; })" = c ] ||
  fail "dd of this host cannot read so many bytes and no more (iflag=fullblock), which Firebreak's gate needs"
can timeout -s KILL 9 true
can base64 -w 0
can flock -w 1 / true
can stat -f -c '%a %S' /
can find / -maxdepth 0 ! -name x -mmin +1 -perm /022
can sync /etc/passwd
can sh -c 'ulimit -v 1048576 && ulimit -t 60'

# No password can ever match '*', yet the account is not locked: sshd without PAM refuses locked accounts.
home=/home/$user
id "$user" >/dev/null 2>&1 ||
  useradd --system --user-group --home-dir "$home" --no-create-home --shell /bin/sh --comment Firebreak --password '*' "$user"
[ "$(id -u "$user")" -ne 0 ] || fail "$user is root"

# FIELD of the account's line.
passwd_field() {
  getent passwd "$user" | cut -d : -f "$1"
}

# FAULT PROGRAM WORD…: mends a fault of the account that this script has made; another one is left to its owner.
mend() {
  fault=$1
  shift
  case $(passwd_field 5) in
    Firebreak*) ;;
    *) fail "$user $fault. This script did not make the account, so it changes nothing of it. Next: $*" ;;
  esac
  words=$("$@" 2>&1 </dev/null) || fail "$user $fault, and that cannot be mended ($*): $words"
  printf 'firebreak setup: %s %s; mended by %s\n' "$user" "$fault" "$*"
}

[ "$(passwd_field 6)" = "$home" ] || mend "has another home than $home" usermod -d "$home" "$user"
shell=$(passwd_field 7)
status=0
timeout -s KILL 9 "${shell:-/bin/sh}" -c 'exit 7' >/dev/null 2>&1 </dev/null || status=$?
[ "$status" = 7 ] || mend "has a shell that runs nothing ($shell)" usermod -s /bin/sh "$user"

# sshd lets nobody in whose password has aged, although this account uses none.
aged=$(getent shadow "$user" | awk -F : -v today="$(($(date +%s) / 86400))" '
  $2 ~ /^!/ { print "is locked" }
  $3 == "0" || ($5 != "" && $5 >= 0 && $5 < 99999) { print "has a password that ages" }
  $8 != "" && $8 >= 0 { print "has an end (" ($8 <= today ? "it is over" : "day " $8) ")" }')
case $aged in *locked*) mend 'is locked' usermod -p '*' "$user" ;; esac
case $aged in *ages* | *end*)
  command -v chage >/dev/null || fail "chage is missing, and $user $aged"
  mend 'has a password that ages, or an end' chage -d "$(($(date +%s) / 86400))" -m 0 -M -1 -I -1 -E -1 "$user"
  ;;
esac

# Root owns the key file: whoever gets into the account cannot widen it.
mkdir -p "$home/.ssh"
chown root:root "$home" "$home/.ssh"
chmod 0755 "$home" "$home/.ssh"
key_file=$home/.ssh/authorized_keys
printf '%s\n' "$authorized_key" | place 644 "$key_file"

# ADDRESS: what sshd would do with the account from there; nothing without OpenSSH.
sshd_would() {
  sshd -T -C "user=$user,host=$1,addr=$1" 2>/dev/null || :
}

# sshd may look for keys elsewhere. A file of this account alone is ours to write.
looks_in=$(sshd_would "$from_first" | sed -n 's/^authorizedkeysfile //p')
case " $looks_in " in
  '  ' | *' .ssh/authorized_keys '* | *" %h/.ssh/authorized_keys "* | *" $key_file "*) ;;
  *)
    for elsewhere in $looks_in; do
      case $elsewhere in *%u* | *%h*) ;; *) continue ;; esac
      elsewhere=$(printf '%s\n' "$elsewhere" | sed "s|%u|$user|g; s|%h|$home|g")
      case $elsewhere in *%* | *..*) continue ;; /*) ;; *) elsewhere=$home/$elsewhere ;; esac
      key_file=$elsewhere
      printf '%s\n' "$authorized_key" | place 644 "$key_file"
      break
    done
    ;;
esac

getent hosts "$(hostname)" >/dev/null ||
  printf 'firebreak setup: put this host into /etc/hosts: sudo waits for DNS at every act while the name does not resolve\n' >&2

install -d -m 0700 -o root -g root /var/lib/firebreak
