# Rung 1: the ordinary way. What changes fastest first; then what is small and shows an attacker who means to stay, so that no flood of
# logs keeps it out; then the journal and the logs, those that sites write last.
# Header: seconds, since, now, cap, journal_seconds, file_seconds; then extra paths, one a line.

# lg_tar SOURCE WHAT PATH…: the files that exist, with owner, mode and times, in one archive.
lg_tar() {
  lg_source=$1 lg_what=$2
  shift 2
  lg_count=$#
  while [ "$lg_count" -gt 0 ]; do
    # Keeps what exists, in order, without making words of names.
    if [ -e "$1" ]; then set -- "$@" "$1"; fi
    shift
    lg_count=$((lg_count - 1))
  done
  if [ "$#" -eq 0 ]; then
    fr_absent "$lg_source" no-file - "tar: $lg_what"
    return
  fi
  fr_take "$lg_source" "$lg_small_seconds" "$lg_small_cap" tar -cf - --ignore-failed-read -P -- "$@"
}

# Keys of every account, wherever its home is; the list comes from the host's own account database.
lg_authorized_keys() {
  set --
  while IFS=: read -r _ _ _ _ _ lg_home _; do
    case $lg_home in /*) ;; *) continue ;; esac
    for lg_file in "$lg_home/.ssh/authorized_keys" "$lg_home/.ssh/authorized_keys2"; do
      [ -f "$lg_file" ] || continue
      # One that is larger would keep everybody else's out of the archive; no key file is.
      lg_measure "$lg_file"
      if [ -z "$lg_size" ]; then
        fr_absent authorized-keys no-tool - "stat $lg_file"
      elif [ "$lg_size" -le 1048576 ]; then
        set -- "$@" "$lg_file"
      else
        fr_absent authorized-keys not-allowed - "$lg_file"
      fi
    done
  done </etc/passwd
  for lg_file in /etc/ssh/authorized_keys /etc/ssh/authorized_keys.d /etc/ssh/sshd_config /etc/ssh/sshd_config.d; do
    if [ -e "$lg_file" ]; then set -- "$@" "$lg_file"; fi
  done
  lg_tar authorized-keys "authorized_keys of every account, sshd_config" "$@"
}

# systemctl ends with 3 when one of them is not active; it has answered when it has a word for each.
# shellcheck disable=SC2016 # a program of its own
lg_state="$fr_steps"'
units="systemd-journald rsyslog syslog-ng auditd cron fail2ban ssh sshd"
states=$(systemctl is-active $units)
code=$?
set -- $states
if [ "$#" -eq 8 ]; then
  for unit in $units; do
    echo "$unit $1"
    shift
  done
else
  echo "systemctl ended with $code and said ${states:-nothing}" >&2
  [ "$code" -ne 0 ] || code=1
  worst=$code
fi
echo "== space"; say df -P /var/log /run /tmp
echo "== inodes"; say df -Pi /var/log /run /tmp
echo "== mounts"
while read -r device place rest; do
  case $place in / | /var | /var/log | /run) echo "$device $place $rest" ;; esac
done </proc/self/mounts
echo "== files"
set --
for place in /var/log /var/log/journal /run/log/journal; do
  if [ -d "$place" ]; then set -- "$@" "$place"; fi
done
say ls -la --time-style=full-iso "$@"
exit "$worst"'

# The places themselves are listed too, so that a find that lists nothing has failed.
lg_changed() {
  set --
  lg_places=
  for lg_place in /etc /usr/local /usr/lib/systemd /lib/systemd /run/systemd/system /run/systemd/transient /var/spool/cron /root/.ssh; do
    if [ -d "$lg_place" ] && ! [ -L "${lg_place%/systemd}" ]; then
      set -- "$@" -o -path "$lg_place"
      lg_places="$lg_places $lg_place"
    fi
  done
  # Unquoted: the places are ours.
  # shellcheck disable=SC2086
  fr_take changed-files "$lg_small_seconds" "$lg_small_cap" find -H $lg_places -xdev \( -newermt "@$lg_since" "$@" \) -ls
}

# What Firebreak's own rules have counted, elements included; one JSON document a line.
# shellcheck disable=SC2016 # a program of its own
lg_counters="$fr_steps"'
tables=$(nft list tables) || exit
found=
while read -r _ family table; do
  case $family-$table in inet-firebreak*) ;; *) continue ;; esac
  found=1
  step nft -j list table inet "$table"
done <<TABLES
$tables
TABLES
[ -n "$found" ] || { echo "no table of Firebreak" >&2; exit 1; }
exit "$worst"'

# shellcheck disable=SC2016 # a program of its own
lg_timers="$fr_steps"'
say systemctl list-timers --all --no-pager
say systemctl list-unit-files --no-pager
say systemctl list-units --all --no-pager
exit "$worst"'

fb_header
fb_need_number seconds since now cap journal_seconds file_seconds
lg_window
fr_open "$h_seconds"
fr_pack
fr_shown='systemctl is-active …; df; ls -la /var/log'
fr_take log-system 4 "$lg_small_cap" sh -c "$lg_state"
fr_shown=
fr_take_conntrack 5
fr_shown='nft -j list table inet firebreak…'
fr_take firebreak-counters 5 "$lg_small_cap" sh -c "$lg_counters"
fr_shown=
fr_take_listing firewall-nft 5 "$lg_small_cap" --version nft -a list ruleset
lg_tar accounts 'accounts, groups, sudo, PAM' /etc/passwd /etc/group /etc/sudoers /etc/sudoers.d /etc/pam.d /etc/security/access.conf /etc/security/limits.conf /etc/security/pam_env.conf /etc/login.defs
lg_authorized_keys
lg_tar crontabs 'cron and at' /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/anacrontab \
  /var/spool/cron /var/spool/at
lg_tar systemd-units 'units made by hand or at run time' /etc/systemd /run/systemd/system /run/systemd/transient /root/.config/systemd
fr_shown='systemctl list-timers; list-unit-files; list-units'
fr_take systemd-timers 8 "$lg_small_cap" sh -c "$lg_timers"
fr_shown=
lg_tar loader 'preloaded libraries' /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d
lg_tar start-up-files 'start-up files' /etc/rc.local /etc/profile /etc/profile.d /etc/bash.bashrc /etc/environment /etc/udev/rules.d /etc/modules \
  /etc/modules-load.d /root/.bashrc /root/.profile /root/.bash_history
lg_changed
lg_accounting
# The newest entry first: whatever ends it, the oldest are those that are missing.
fr_take journal-export "$h_journal_seconds" "$h_cap" journalctl --no-pager --reverse --output=export "--since=@$lg_since"
fr_take_newest kernel-ring 5 "$h_cap" dmesg
lg_text_logs
lg_extra_logs
lg_journal_raw "$lg_since"
lg_web_logs
fr_close
