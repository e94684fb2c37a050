# A reading of the security state (B13): what is counted, not who; the collector compares with what it looks for.
# Header: seconds.
#
# An answer begins with what a tool prints even when there is nothing to list (`asked`, a header). One that does not, or that ended with
# another code than 0, is no answer: the collector then says that it does not know.

# Failed logins of the last five minutes by connection, in a form that does not depend on sshd's LogLevel: `Failed publickey`
# is only written at VERBOSE, which heightened monitoring switches on (B14), so it is not counted. This login itself is in the
# journal: one that has no entry at all is not being written.
# shellcheck disable=SC2016 # a program of its own
re_failed_journal='
newest=$(journalctl --no-pager --quiet --output=short --since=-5min --lines=1) || exit
[ -n "$newest" ] || { echo "the journal has no entry of the last five minutes" >&2; exit 1; }
exec 5>&1
code=$({ { journalctl --no-pager --quiet --output=short --since=-5min SYSLOG_IDENTIFIER=sshd + SYSLOG_IDENTIFIER=sshd-session
  echo "$?" >&3; } |
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
      print "counted", total + 0
    }'"'"' >&5; } 3>&1) || exit
exit "$code"'

# The same from btmp, which an emptied journal does not touch. The last line of lastb says since when the file is; where there is no lastb
# any more, utmpdump reads the same file.
# shellcheck disable=SC2016 # a program of its own
re_failed_btmp='
if command -v lastb >/dev/null 2>&1; then
  list=$(lastb -w -s -5min -f /var/log/btmp) || exit
  awk '"'"'/^btmp begins / { begins = 1; next } NF { n++ } END { if (!begins) exit 1; print "counted", n + 0 }'"'"' <<LIST
$list
LIST
else
  since=$(date -u -d "-5 minutes" +%Y-%m-%dT%H:%M:%S) || exit
  list=$(utmpdump /var/log/btmp) || exit
  [ -n "$list" ] || ! [ -s /var/log/btmp ] || exit 1
  awk -v since="$since" -F "[][]" '"'"'NF && $(NF - 1) >= since { n++ } END { print "counted", n + 0 }'"'"' <<LIST
$list
LIST
fi'

# The root of all of them and who asks are always among them. Zombies hold nothing any more.
# shellcheck disable=SC2016 # a program of its own
re_processes='
list=$(ps -e -o stat= -o uid=) || exit
awk '"'"'NF == 0 { next } { asked++ } $1 !~ /^Z/ { n[$2]++ }
  END { if (!asked) exit 1; print "asked", asked; for (uid in n) print uid, n[uid] }'"'"' <<LIST
$list
LIST'

# Under a flood these are many: they are never held.
# shellcheck disable=SC2016 # a program of its own
re_peers='
exec 5>&1
code=$({ { ss -tn state established; echo "$?" >&3; } | awk '"'"'
  NR > 1 { n[$4]++ }
  END { if (NR == 0) exit 1; print "asked", NR - 1; for (peer in n) print n[peer], peer }'"'"' >&5; } 3>&1) || exit
exit "$code"'

# Blocks and isolation, one JSON document a line; without the elements, which may be thousands.
# shellcheck disable=SC2016 # a program of its own
re_counters='
tables=$(nft list tables) || exit
version=$(nft --version) && [ -n "$version" ] || exit 1
count=0
while read -r _ family table; do
  case $family-$table in inet-firebreak | inet-firebreak_*) ;; *) continue ;; esac
  count=$((count + 1))
  nft -j -t list table inet "$table" || exit
done <<TABLES
$tables
TABLES
echo "asked $count"'

# shellcheck disable=SC2016 # a program of its own
re_load='
read -r load _ </proc/loadavg || exit
processors=0
while read -r word _; do
  case $word in cpu[0-9]*) processors=$((processors + 1)) ;; intr) break ;; esac
done </proc/stat
[ "$processors" -gt 0 ] || exit 1
# Not by read: of a file under /proc/sys a shell gets the first byte alone.
ports=$(head -n 1 /proc/sys/net/ipv4/ip_local_port_range) && [ -n "$ports" ] || exit 1
printf "%s\n" "$load" "$processors" "$ports"'

fb_header
fb_need_number seconds
fr_open "$h_seconds"
fr_take load 2 65536 sh -c "$re_load"
fr_take counters 4 8388608 sh -c "$re_counters"
fr_take accounts 3 4194304 getent passwd
fr_take processes 3 1048576 sh -c "$re_processes"
fr_take sessions 3 1048576 loginctl list-sessions --no-pager
fr_take peers 4 8388608 sh -c "$re_peers"
fr_take listeners 3 1048576 ss -ltnu
fr_take failed-journal 5 4096 sh -c "$re_failed_journal"
if [ -e /var/log/btmp ]; then
  fr_take failed-btmp 3 4096 sh -c "$re_failed_btmp"
else
  fr_absent failed-btmp no-file - /var/log/btmp
fi
fr_close
