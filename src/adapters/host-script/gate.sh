#!/bin/sh
# firebreak-gate: the only program Firebreak's account may run as root (C11).
#
# Reads "<sha256> <bytes>" and LF from stdin, then that many bytes of script, and runs the script only when
# its digest is in the root-owned allow list. "<sha256> <bytes> <text> <signature>": so many bytes of a signed order come after the
# script. What follows on stdin is the script's data. Takes no words. A program that can let somebody in, by its row of the list, runs
# only when check-order.sh finds that a signed order covers it (H6).
# Exit codes of its own: 75 too many requests lie here or this one does not come, 95 the host cannot check the order, 96 no order covers
# it, 97 the script is not allowed, 98 the request is malformed, 99 the host cannot run it. A program that takes more than its row of the list gives is killed.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
# Some shells keep a here-document in a file.
TMPDIR=/run
export PATH LC_ALL TMPDIR

check=/usr/local/lib/firebreak/check-order
# More data than any program takes, bytes.
most=8388608
# So many requests lie in /run at once, a part of which must come, and a place get free, within these seconds.
places=16
part_within=20
place_within=20

refuse() {
  printf 'firebreak-gate: %s\n' "$2" >&2
  exit "$1"
}

# PLACE OPTION…: a place is held by a lock on descriptor 4, which ends with the program at the latest.
take_place() {
  { mkdir -p /run/firebreak && touch "/run/firebreak/place.$1"; } || refuse 99 'cannot write to /run/firebreak'
  exec 4<"/run/firebreak/place.$1"
  shift
  flock "$@" 4
}

take_any_place() {
  place=0
  while [ "$place" -lt "$places" ]; do
    ! take_place "$place" -n || return 0
    place=$((place + 1))
  done
  take_place $(($$ % places)) -w "$place_within" || refuse 75 'too many requests at once'
}

# BYTES: so many of the request and no byte more, because others follow. dd asks the kernel for exactly so many; head of BusyBox reads
# ahead. Whoever sends slowly or nothing keeps no place.
take() {
  timeout -s KILL "$part_within" dd bs="$1" count=1 iflag=fullblock 2>/dev/null
}

[ "$#" -eq 0 ] || refuse 98 'takes no arguments'
[ "$(id -u)" -eq 0 ] || refuse 99 'must run as root'

read -r came _ </proc/uptime
# A shell's read takes one byte at a time from a pipe and dd never more than asked: nothing of the data is lost.
IFS=' ' read -r sum size text signature rest || refuse 98 'no request'
{ [ -z "$rest" ] && [ "${#sum}" -eq 64 ]; } || refuse 98 'malformed request'
{ [ -z "$text" ] || [ -n "$signature" ]; } || refuse 98 'malformed request'
case $sum in *[!0-9a-f]*) refuse 98 'malformed request' ;; esac
for bytes in "$size" "${text:-1}" "${signature:-1}"; do
  case $bytes in '' | 0* | *[!0-9]* | ???????*) refuse 98 'malformed request' ;; esac
done

# Columns: digest, name, seconds, processor seconds, memory and file size in KiB, and what of it needs a signed order.
row=$(grep "^$sum " /etc/firebreak/scripts.sha256 2>/dev/null | head -n 1)
[ -n "$row" ] || refuse 97 "script $sum is not in /etc/firebreak/scripts.sha256"
IFS=' ' read -r _ _ seconds cpu memory file asks _ <<ROW
$row
ROW
for limit in "$seconds" "$cpu" "$memory" "$file"; do
  case $limit in '' | 0* | *[!0-9]* | ??????????*)
    refuse 99 'the allow list gives no limits: run firebreak host setup again'
    ;;
  esac
done
[ -n "$asks" ] || refuse 99 'the allow list does not say what needs a signed order: run firebreak host setup again'

# In memory (/run), so that a full disk stops nothing; the file is gone before the script starts. All requests together get a quarter of
# what is free there, and what programs make of their data as much again, so that nobody fills it.
take_any_place
# What a program that was killed has left: no program that works there lasts so long.
find /run/firebreak -mindepth 1 -maxdepth 1 ! -name 'place.*' -mmin +3 -exec rm -rf {} + 2>/dev/null
free=$(stat -f -c '%a * %S' /run/firebreak 2>/dev/null)
# shellcheck disable=SC2004 # an expression
case $free in
  [0-9]*' * '[0-9]*) room=$(($free / (4 * places))) ;;
  # A host without a stat that answers is one to look at.
  *) room=1048576 ;;
esac
[ "$most" -le "$room" ] || most=$room
most=$((most - size - ${text:-0} - ${signature:-0}))
[ "$most" -gt 0 ] || refuse 98 'too much data for what is free in /run'
copy=$(mktemp /run/firebreak/script.XXXXXX) || refuse 99 'cannot write to /run/firebreak'
given=
trap 'rm -rf "$copy" "$given"' EXIT
take "$size" >"$copy" || refuse 75 'the script does not come'
actual=$(sha256sum <"$copy")
exec 3<"$copy"
rm -f "$copy"
[ "${actual%% *}" = "$sum" ] || refuse 98 'the script is not what was announced'

refused=
# The order, and all that the program is going to read: check-order.sh and the program read the same bytes.
if [ "$asks" = none ]; then
  # Nothing of it stays here; its place is free.
  [ -z "$signature" ] || take $((text + signature)) >/dev/null || refuse 75 'the order does not come'
  exec 4<&-
else
  given=$(mktemp -d /run/firebreak/order.XXXXXX) || refuse 99 'cannot write to /run/firebreak'
  [ -z "$signature" ] || { take "$text" >"$given/text" && take "$signature" >"$given/signature"; } ||
    refuse 75 'the order does not come'
  # All that is left: nothing follows that could be read ahead.
  timeout -s KILL "$part_within" head -c "$most" >"$given/input" || refuse 75 'the data does not come, or cannot be written to /run/firebreak'
  [ "$(wc -c <"$given/input")" -lt "$most" ] || refuse 98 'too much data'
  words=$(env -i PATH="$PATH" LC_ALL=C HOME=/root TMPDIR=/run timeout -s KILL 20 sh "$check" "$asks" "$given" <"$given/input" 2>&1)
  case $? in
    0) ;;
    94) refused="firebreak-gate: $words" ;;
    96) refuse 96 "$words" ;;
    64) refuse 98 "$words" ;;
    *) refuse 95 "${words:-cannot check the order}" ;;
  esac
  exec <"$given/input"
  rm -rf "$given"
fi

# sudo clears the environment, so the address Firebreak comes from is read from the session above it;
# scripts need it to keep that way open.
peer=
pid=$PPID
for _ in 1 2 3 4 5; do
  [ -r "/proc/$pid/environ" ] || break
  # Only a whole entry counts: a line break in the value of another one must not make one.
  peer=$(tr '\n\000' '\001\n' <"/proc/$pid/environ" 2>/dev/null |
    sed -n 's/^SSH_CONNECTION=\([0-9A-Fa-f.:]\{1,\}\) [^[:cntrl:]]*$/\1/p' | head -n 1)
  [ -z "$peer" ] || break
  pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
  [ -n "$pid" ] || break
done

# One program takes what its row says and no more, whatever it meets. KILL, because a program can hold every other signal off; and at
# once, because what asks first would also end an act whose link was lost.
cd / || exit 99
ulimit -c 0
ulimit -t "$cpu"
ulimit -v "$memory"
ulimit -f $((file * 2))
exec env -i PATH="$PATH" LC_ALL=C HOME=/root TMPDIR=/run FIREBREAK_PEER="$peer" FIREBREAK_CAME="${came%%.*}" FIREBREAK_REFUSED="$refused" \
  timeout -s KILL "$seconds" sh /proc/self/fd/3
