# What is gone first is taken first (RFC 3227, E1). Looks only: nothing here writes, loads a module or ends a process.
# Header: seconds (the whole), cap (bytes of one source).

# Names, not sizes: a listing of at most this many lines says enough about /tmp.
# shellcheck disable=SC2016 # a program of its own
vo_list_files='
for place in /tmp /var/tmp /dev/shm /run/shm /run/user; do
  [ -d "$place" ] && find "$place" -xdev -mindepth 1 -ls
done 2>/dev/null | head -n 20000
exit 0'

# A process that /proc has and ps does not show, twice: one that ended in between is not hidden.
# shellcheck disable=SC2016 # a program of its own
vo_hidden_processes='
look() {
  shown=" $(ps -e -o pid= | tr -s " \n" " ") "
  for place in /proc/[0-9]*; do
    pid=${place#/proc/}
    case $shown in *" $pid "*) ;; *) [ -d "$place" ] && echo "$pid" ;; esac
  done
}
for pid in $(look); do
  [ -d "/proc/$pid" ] || continue
  ps -p "$pid" -o pid= >/dev/null 2>&1 && continue
  [ -d "/proc/$pid" ] && printf "%s %s\n" "$pid" "$(tr "\000" " " <"/proc/$pid/cmdline")"
done
exit 0'

# One find for all, in as many pieces as the names need: a readlink for each of a thousand processes would cost a second. It prints
# the number alone: what the program is called is the attacker's choice.
vo_deleted_pids='printf "%s\0" /proc/[0-9]*/exe |
  xargs -0 -r sh -c "find \"\$@\" -maxdepth 0 -lname \"* (deleted)\" -printf \"%h\\n\"" sh 2>/dev/null | sed "s|^/proc/||"'

# shellcheck disable=SC2016 # a program of its own
vo_deleted="$vo_deleted_pids"' | while read -r pid; do
  printf "%s %s %s\n" "$pid" "$(readlink "/proc/$pid/exe" | tr "\n" "?")" "$(tr "\000\n" " ?" <"/proc/$pid/cmdline")"
done 2>/dev/null
exit 0'

vo_clock='
date -u "+utc %Y-%m-%dT%H:%M:%S.%NZ"
date "+local %Y-%m-%dT%H:%M:%S%z"
printf "uptime "; cat /proc/uptime
uname -a
if command -v timedatectl >/dev/null 2>&1; then timeout 1 timedatectl show 2>&1; fi
exit 0'

# shellcheck disable=SC2016 # a program of its own
vo_proc_net='
for table in tcp tcp6 udp udp6 raw raw6 packet; do
  [ -r "/proc/net/$table" ] && { echo "== /proc/net/$table"; cat "/proc/net/$table"; }
done
exit 0'

# The copies of deleted programs come last although they are volatile: they are large, and on a slow link they would keep
# everything small from being taken. One copy of each file, whole or the first 20 MB and a mark.
vo_copies() {
  vo_seen=' ' vo_count=0
  for vo_pid in $(sh -c "$vo_deleted_pids"); do
    vo_inode=$(stat -L -c %d:%i "/proc/$vo_pid/exe" 2>/dev/null) || continue
    case $vo_seen in *" $vo_inode "*) continue ;; esac
    vo_seen="$vo_seen$vo_inode "
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
fr_take sockets-tcp 3 "$h_cap" ss -tanpeH
fr_take sockets-udp 3 "$h_cap" ss -uanpeH
fr_take sockets-packet 2 "$h_cap" ss -0anpeH
vo_sh sockets-proc 2 'cat /proc/net/{tcp,tcp6,udp,udp6,raw,raw6,packet}' "$vo_proc_net"
fr_take sessions 2 "$h_cap" who -a
fr_take sessions-logind 2 "$h_cap" loginctl list-sessions --no-legend --no-pager
fr_take sessions-recent 2 "$h_cap" last -a -F -w -n 200
fr_take processes 3 "$h_cap" ps axwwo pid,ppid,user:32,lstart,stat,nlwp,rss,args --forest
vo_sh processes-exe 2 'ls -lb /proc/[0-9]*/exe' 'printf "%s\0" /proc/[0-9]*/exe | xargs -0 ls -lb 2>/dev/null; exit 0'
vo_sh processes-hidden 2 'every pid of /proc that ps does not show' "$vo_hidden_processes"
vo_sh deleted-executables 2 'every /proc/PID/exe that is deleted or a memfd' "$vo_deleted"
fr_take kernel-modules 2 "$h_cap" cat /proc/modules
vo_sh kernel-taint 2 'cat /proc/sys/kernel/tainted /proc/cmdline' \
  'printf "tainted "; cat /proc/sys/kernel/tainted; printf "cmdline "; cat /proc/cmdline'
fr_take firewall-nft 3 "$h_cap" nft -a list ruleset
fr_take firewall-iptables 2 "$h_cap" iptables-save -c
fr_take firewall-ip6tables 2 "$h_cap" ip6tables-save -c
fr_take firewall-ipset 2 "$h_cap" ipset save
if [ -r /proc/net/nf_conntrack ] && ! command -v conntrack >/dev/null 2>&1; then
  fr_take conntrack 3 "$h_cap" cat /proc/net/nf_conntrack
else
  fr_take conntrack 3 "$h_cap" conntrack -L -o extended,id
fi
fr_take neighbours 2 "$h_cap" ip neighbor show
vo_sh routes 2 'ip -4 route show table all; ip -6 route show table all; ip rule' \
  'ip -4 route show table all; ip -6 route show table all; ip rule show; ip -6 rule show; exit 0'
fr_take addresses 2 "$h_cap" ip -s address show
fr_take mounts 2 "$h_cap" cat /proc/self/mountinfo
vo_sh temporary-files 3 'find /tmp /var/tmp /dev/shm /run/shm /run/user -xdev -ls | head -n 20000' "$vo_list_files"
fr_pack
vo_copies
fr_close
