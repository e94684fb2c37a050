# A reading of the security state (B13): what is counted, not who; the collector compares with what it looks for.
# Header: seconds.

# Failed logins of the last five minutes by connection, in a form that does not depend on sshd's LogLevel: `Failed publickey`
# is only written at VERBOSE, which heightened monitoring switches on (B14), so it is not counted.
# shellcheck disable=SC2016 # a program of its own
re_failed_journal='
journalctl --no-pager --quiet --output=short --since=-5min SYSLOG_IDENTIFIER=sshd + SYSLOG_IDENTIFIER=sshd-session |
  awk '"'"'
    match($0, /sshd(-session)?\[[0-9]+\]: /) {
      who = substr($0, RSTART, RLENGTH)
      what = substr($0, RSTART + RLENGTH)
      if (what ~ /^(Failed (password|keyboard-interactive)|error: PAM: Authentication failure)/) failed[who]++
      else if (what ~ /^(Connection (closed|reset) by|Disconnected from) (authenticating|invalid) user/) closed[who] = 1
    }
    END {
      for (who in closed) if (!(who in failed)) failed[who] = 1
      for (who in failed) total += failed[who]
      print total + 0
    }'"'"'
exit 0'

# The same from btmp, which an emptied journal does not touch.
re_failed_btmp='lastb -w -s -5min -f /var/log/btmp 2>/dev/null | grep -v "btmp begins " | grep -c . ; exit 0'

# Zombies hold nothing any more.
# shellcheck disable=SC2016 # a program of its own
re_processes='ps -e -o stat= -o uid= | awk '"'"'$1 !~ /^Z/ { n[$2]++ } END { for (uid in n) print uid, n[uid] }'"'"

# shellcheck disable=SC2016 # a program of its own
re_peers='ss -tnH state established | awk '"'"'{ n[$4]++ } END { for (peer in n) print n[peer], peer }'"'"

# Blocks and isolation, one JSON document a line; without the elements, which may be thousands.
# shellcheck disable=SC2016 # a program of its own
re_counters='
nft list tables 2>/dev/null | sed -n "s/^table inet \(firebreak[a-z0-9_]*\)\$/\1/p" | while read -r table; do
  nft -j -t list table inet "$table"
done'

re_load='
cut -d " " -f 1 /proc/loadavg
grep -c "^processor" /proc/cpuinfo
cat /proc/sys/net/ipv4/ip_local_port_range'

fb_header
fb_need_number seconds
fr_open "$h_seconds"
fr_take load 2 65536 sh -c "$re_load"
fr_take counters 4 8388608 sh -c "$re_counters"
fr_take accounts 3 4194304 getent passwd
fr_take processes 3 1048576 sh -c "$re_processes"
fr_take sessions 3 1048576 loginctl list-sessions --no-legend --no-pager
fr_take peers 4 8388608 sh -c "$re_peers"
fr_take listeners 3 1048576 ss -ltnuH
fr_take failed-journal 5 4096 sh -c "$re_failed_journal"
fr_take failed-btmp 3 4096 sh -c "$re_failed_btmp"
fr_close
