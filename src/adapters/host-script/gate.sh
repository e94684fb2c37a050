#!/bin/sh
# firebreak-gate: the only program Firebreak's account may run as root (C11).
#
# Reads "<sha256> <bytes>" and LF from stdin, then that many bytes of script, and runs the script only when
# its digest is in the root-owned allow list. What follows on stdin is the script's data. Takes no words.
# Exit codes of its own: 97 the script is not allowed, 98 the request is malformed, 99 the host cannot run it.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

refuse() {
  printf 'firebreak-gate: %s\n' "$2" >&2
  exit "$1"
}

[ "$#" -eq 0 ] || refuse 98 'takes no arguments'
[ "$(id -u)" -eq 0 ] || refuse 99 'must run as root'

# A shell's read takes one byte at a time from a pipe and head -c never more than asked: nothing of the data is lost.
IFS=' ' read -r sum size rest || refuse 98 'no request'
[ -z "$rest" ] && [ "${#sum}" -eq 64 ] || refuse 98 'malformed request'
case $sum in *[!0-9a-f]*) refuse 98 'malformed request' ;; esac
case $size in '' | 0* | *[!0-9]* | ???????*) refuse 98 'malformed request' ;; esac

grep -q "^$sum " /etc/firebreak/scripts.sha256 2>/dev/null ||
  refuse 97 "script $sum is not in /etc/firebreak/scripts.sha256"

# In memory (/run), so that a full disk stops nothing; the file is gone before the script starts.
mkdir -p /run/firebreak && copy=$(mktemp /run/firebreak/script.XXXXXX) || refuse 99 'cannot write to /run/firebreak'
head -c "$size" >"$copy"
actual=$(sha256sum <"$copy")
exec 3<"$copy"
rm -f "$copy"
[ "${actual%% *}" = "$sum" ] || refuse 98 'the script is not what was announced'

# sudo clears the environment, so the address Firebreak comes from is read from the session above it;
# scripts need it to keep that way open.
peer=
pid=$PPID
for _ in 1 2 3 4 5; do
  [ -r "/proc/$pid/environ" ] || break
  peer=$(tr '\000' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=\([0-9A-Fa-f.:]\{1,\}\) .*/\1/p')
  [ -z "$peer" ] || break
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
  [ -n "$pid" ] || break
done

cd / || exit 99
exec env -i PATH="$PATH" LC_ALL=C HOME=/root FIREBREAK_PEER="$peer" sh /proc/self/fd/3
