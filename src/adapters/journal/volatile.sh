# What is gone first is taken first (RFC 3227, E1). Looks only: nothing here writes, loads a module or ends a process.
# Header: seconds (the whole), cap (bytes of one source).
#
# Nothing here prints nothing when it worked: each source has a header, a version, or says how many it has looked at. So no answer is
# never read as an empty host.

# Names, not sizes: that many bytes of a listing say enough about /tmp. The places themselves are listed too.
vo_list_files() {
  set --
  for vo_place in /tmp /var/tmp /dev/shm /run/shm /run/user; do
    if [ -d "$vo_place" ]; then set -- "$@" "$vo_place"; fi
  done
  fr_take temporary-files 3 4194304 find -H "$@" -xdev -ls
}

# A process that /proc has and ps does not show, twice: one that ended in between is not hidden. A ps that does not show who asks shows
# nothing.
# shellcheck disable=SC2016 # a program of its own
vo_hidden_processes='
ask() {
  pids=$(ps -e -o pid=) || exit
  set -f
  pids=" $(echo $pids) "
  set +f
  case $pids in *" $$ "*) return ;; esac
  echo "ps does not show the process that asks" >&2
  exit 1
}
ask
looked=0 hidden= found=0
for place in /proc/[0-9]*; do
  pid=${place#/proc/}
  looked=$((looked + 1))
  case $pids in *" $pid "*) ;; *) hidden="$hidden $pid" ;; esac
done
ask
for pid in $hidden; do
  case $pids in *" $pid "*) continue ;; esac
  [ -d "/proc/$pid" ] || continue
  found=$((found + 1))
  printf "%s %s\n" "$pid" "$(tr "\000\n" " ?" <"/proc/$pid/cmdline")"
done
echo "$looked processes in /proc, $found of them not shown by ps"'

# One find for all, in as many pieces as the names need: a readlink for each of a thousand processes would cost a second. A line for each
# process that was looked at, of numbers alone: what the program is called is the attacker's choice.
vo_programs='printf "%s\0" /proc/[0-9]*/exe |
  xargs -0 -r sh -c "exec find \"\$@\" -maxdepth 0 \\( -lname \"* (deleted)\" -printf \"%h deleted\\n\" -o -printf \"%h\\n\" \\)" sh 2>/dev/null'

# The pids of them that run from a deleted file, in deleted, and how many were looked at. A find that does not look at who asks does not
# look at anybody: then it is asked once more for its own words.
# shellcheck disable=SC2016 # a program of its own
vo_deleted_pids='
own= looked=0 deleted=
while read -r place mark; do
  pid=${place#/proc/}
  looked=$((looked + 1))
  [ "$pid" != $$ ] || own=1
  [ -z "$mark" ] || deleted="$deleted $pid"
done <<PROCESSES
$('"$vo_programs"')
PROCESSES
if [ -z "$own" ]; then
  printf "" | xargs -0 -r true && find "/proc/$$/exe" -maxdepth 0 -lname x -printf x >/dev/null
  code=$?
  echo "find does not list the process that asks" >&2
  [ "$code" -ne 0 ] || code=1
  exit "$code"
fi'

# shellcheck disable=SC2016 # a program of its own
vo_deleted="$vo_deleted_pids"'
found=0
for pid in $deleted; do
  found=$((found + 1))
  printf "%s %s %s\n" "$pid" "$(readlink "/proc/$pid/exe" | tr "\n" "?")" "$(tr "\000\n" " ?" <"/proc/$pid/cmdline")"
done
echo "$looked processes looked at, $found of them run from a deleted file"'

# shellcheck disable=SC2016 # a program of its own
vo_clock="$fr_steps"'
say date -u "+utc %Y-%m-%dT%H:%M:%S.%NZ"
say date "+local %Y-%m-%dT%H:%M:%S%z"
read -r uptime </proc/uptime && echo "uptime $uptime"
say uname -a
if command -v timedatectl >/dev/null 2>&1; then timeout 1 timedatectl show 2>&1; fi
exit "$worst"'

# shellcheck disable=SC2016 # a program of its own
vo_taint='
# Not by read: of a file under /proc/sys a shell gets the first byte alone.
tainted=$(head -n 1 /proc/sys/kernel/tainted) && [ -n "$tainted" ] || exit 1
echo "tainted $tainted"
read -r cmdline </proc/cmdline && echo "cmdline $cmdline"'

# shellcheck disable=SC2016 # a program of its own
vo_routes="$fr_steps"'
step ip -4 route show table all
step ip -6 route show table all
step ip rule show
step ip -6 rule show
exit "$worst"'

vo_proc_net() {
  set --
  for vo_table in tcp tcp6 udp udp6 raw raw6 packet; do
    if [ -r "/proc/net/$vo_table" ]; then set -- "$@" "/proc/net/$vo_table"; fi
  done
  fr_take sockets-proc 2 "$h_cap" head -v -c "$h_cap" "$@"
}

# The copies of deleted programs come last although they are volatile: they are large, and on a slow link they would keep
# everything small from being taken. One copy of each file, whole or the first 20 MB and a mark.
vo_copies() {
  vo_list=$(sh -c "$vo_deleted_pids"' && echo "$deleted"' 2>/dev/null)
  vo_code=$?
  if [ "$vo_code" -ne 0 ]; then
    fr_absent deleted-executable unlisted "$vo_code" 'find /proc/[0-9]*/exe -lname "* (deleted)"' \
      "$(sh -c "$vo_deleted_pids" 2>&1 | head -c 300)"
    return
  fi
  vo_seen=' ' vo_count=0
  for vo_pid in $vo_list; do
    # Where stat does not answer, each is copied.
    vo_inode=$(stat -L -c %d:%i "/proc/$vo_pid/exe" 2>/dev/null)
    if [ -n "$vo_inode" ]; then
      case $vo_seen in *" $vo_inode "*) continue ;; esac
      vo_seen="$vo_seen$vo_inode "
    fi
    vo_count=$((vo_count + 1))
    if [ "$vo_count" -gt 16 ]; then
      fr_absent deleted-executable too-many - "/proc/$vo_pid/exe"
      break
    fi
    fr_detail=pid-$vo_pid
    fr_shown="head -c 20971520 /proc/$vo_pid/exe # was $(readlink "/proc/$vo_pid/exe")"
    fr_take deleted-executable 5 20971520 cat "/proc/$vo_pid/exe"
  done
  fr_detail=''
  fr_shown=''
  [ "$vo_count" -gt 0 ] || fr_absent deleted-executable none 0 'find /proc/[0-9]*/exe -lname "* (deleted)"'
}

# vo_sh SOURCE SECONDS WHAT PROGRAM: a fixed program of several steps, shown by its purpose.
vo_sh() {
  fr_shown=$3
  fr_take "$1" "$2" "$h_cap" sh -c "$4"
  fr_shown=
}

fb_header
fb_need_number seconds cap
fr_open "$h_seconds"
vo_sh clock 2 'date; uptime; uname -a; timedatectl show' "$vo_clock"
fr_take sockets-tcp 3 "$h_cap" ss -tanpe
fr_take sockets-udp 3 "$h_cap" ss -uanpe
fr_take sockets-packet 2 "$h_cap" ss -0anpe
vo_proc_net
fr_take sessions 2 "$h_cap" who -aH
fr_take sessions-logind 2 "$h_cap" loginctl list-sessions --no-pager
fr_take sessions-recent 2 "$h_cap" last -a -F -w -n 200
fr_take processes 3 "$h_cap" ps axwwo pid,ppid,user:32,lstart,stat,nlwp,rss,args --forest
vo_sh processes-exe 2 'ls -lb /proc/[0-9]*/exe' 'printf "%s\0" /proc/[0-9]*/exe | xargs -0 ls -lb'
vo_sh processes-hidden 2 'every pid of /proc that ps does not show' "$vo_hidden_processes"
vo_sh deleted-executables 2 'every /proc/PID/exe that is deleted or a memfd' "$vo_deleted"
fr_take kernel-modules 2 "$h_cap" head -v -c "$h_cap" /proc/modules
vo_sh kernel-taint 2 'cat /proc/sys/kernel/tainted /proc/cmdline' "$vo_taint"
fr_take_listing firewall-nft 3 "$h_cap" --version nft -a list ruleset
fr_take_listing firewall-iptables 2 "$h_cap" -V iptables-save -c
fr_take_listing firewall-ip6tables 2 "$h_cap" -V ip6tables-save -c
fr_take_listing firewall-ipset 2 "$h_cap" version ipset save
fr_take_conntrack 3
fr_take_listing neighbours 2 "$h_cap" -V ip neighbor show
vo_sh routes 2 'ip -4 route show table all; ip -6 route show table all; ip rule' "$vo_routes"
fr_take addresses 2 "$h_cap" ip -s address show
fr_take mounts 2 "$h_cap" head -c "$h_cap" /proc/self/mountinfo
vo_list_files
fr_pack
vo_copies
fr_close
