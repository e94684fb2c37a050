#!/bin/sh
# firebreak-ends: undoes the controls of this host whose time is over when nobody else has (H10). firebreak-ends.timer runs it, or cron.
#
# An act leaves a record in its journal (prelude.sh, fb_ends_by): the program that undoes it, its end, and what the program reads. That
# program is run as the gate would run it: by its digest in the allow list, within its limits.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
TMPDIR=/run
export PATH LC_ALL TMPDIR
# The orchestrator undoes first, seconds.
margin=MARGIN_SECONDS

# A level that journald knows, for people who read the log of the unit.
tell() {
  printf '<%s>%s\n' "$1" "$2" >&2
}

# home.sh stands here.
fb_find_home

# due.sh stands here.

# RECORD: after a failure the next try waits: twice as long each time, an hour at most.
may_try() {
  [ "$(field "$1" tried_boot)" = "$boot" ] || return 0
  again=$(number "$(field "$1" again)")
  [ "$(uptime_now)" -ge "${again:-0}" ]
}

put_off() {
  tries=$(number "$(field "$1" tries)")
  tries=$((${tries:-0} + 1))
  wait=3600
  [ "$tries" -gt 6 ] || wait=$((30 << tries))
  {
    printf 'tries %s\ntried_boot %s\nagain %s\n' "$tries" "$boot" "$(($(uptime_now) + wait))"
    grep -Ev '^(tries|tried_boot|again) ' "$1"
  } >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1"
}

# FILE: runs it as the gate does, with this shell's lock. What is opened is what is compared and what is run.
run_undo() (
  [ -f "$1" ] || exit 97
  exec 3<"$1"
  [ "$(stat -L -c '%u %a' /proc/self/fd/3)" = '0 700' ] || exit 97
  sum=$(sha256sum </proc/self/fd/3) || exit 97
  row=$(grep "^${sum%% *} " /etc/firebreak/scripts.sha256 | head -n 1)
  [ -n "$row" ] || exit 97
  IFS=' ' read -r _ _ seconds cpu memory file _ <<ROW
$row
ROW
  cd / && ulimit -c 0 && ulimit -t "$cpu" && ulimit -v "$memory" && ulimit -f $((file * 2)) || exit 99
  exec env -i PATH="$PATH" LC_ALL=C HOME=/root TMPDIR=/run FIREBREAK_PEER= FIREBREAK_END=1 timeout -s KILL "$seconds" sh /proc/self/fd/3
)

# RECORD: undone when its program has taken the record away.
end_control() {
  action=$(sed '1,/^$/d' "$1" | sed -n 's/^action //p')
  program=$(field "$1" program)
  case $program in '' | *[!a-z-]*)
    tell 3 "the record $1 names no program"
    return 1
    ;;
  esac
  reply=$(sed '1,/^$/d' "$1" | run_undo "/usr/local/lib/firebreak/undo/$program.sh" 2>&1)
  status=$?
  if [ ! -e "$1" ]; then
    tell 5 "$action: its time is over, ended by this host with $program"
    return 0
  fi
  said=$(printf '%s\n' "$reply" | grep -E '^(outcome|reason|drift|why|left|part [a-z0-9-]+ refused|firebreak:)' | head -n 10 | tr '\n' ';' | tr -cd ' -~')
  tell 4 "$action: its time is over, and $program could not end it (exit $status; $said); it is tried again"
  put_off "$1"
  return 1
}

# Interfaces that an act has taken down come up with a boot, and only then is this needed.
hold_interfaces() {
  for record in "$FB_HOME"/INC-*/interfaces/end; do
    if [ ! -f "$record" ] || [ "$(field "$record" boot)" = "$boot" ]; then continue; fi
    for program in /usr/local/lib/firebreak/restore/*-restore-interfaces.sh; do
      env -i PATH="$PATH" LC_ALL=C HOME=/root TMPDIR=/run FIREBREAK_PEER= timeout -s KILL 60 sh "$program"
    done
    return
  done
}

# Nobody else is in the middle of something.
in_turn() {
  flock -w 20 9 && return
  tell 4 'another act holds this host; the ends are looked at again'
  exit 75
}

# Those whose time is over, a line each.
due_records() {
  for record in "$FB_HOME"/INC-*/end "$FB_HOME"/INC-*/end.jail "$FB_HOME"/INC-*/interfaces/end; do
    { [ -f "$record" ] && [ ! -L "$record" ] && is_due "$record" "$margin" && may_try "$record"; } && printf '%s\n' "$record"
  done
}

hold_interfaces
[ -d "$FB_DISK" ] || exit 0
exec 9<"$FB_DISK"
due=$(due_records)
# Also brings a journal back that lies in memory, when the disk has room again.
if [ -n "$due" ] || [ "$FB_HOME" != "$FB_DISK" ]; then
  in_turn
  fb_settle_home || tell 3 "neither $FB_DISK nor /run takes a journal"
  due=$(due_records)
  flock -u 9
fi
failed=0
# A record is read again under the lock: a worker may have undone or extended the control meanwhile.
for record in $due; do
  in_turn
  if [ -f "$record" ] && is_due "$record" "$margin"; then end_control "$record" || failed=1; fi
  flock -u 9
done
exit "$failed"
