# Rung 1: the ordinary way. What changes fastest first; persistence points, which only an attacker changes, last.
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
  fr_take "$lg_source" "$h_file_seconds" "$h_cap" tar -cf - --ignore-failed-read -P -- "$@"
}

# Keys of every account, wherever its home is; the list comes from the host's own account database.
lg_authorized_keys() {
  set --
  while IFS=: read -r _ _ _ _ _ lg_home _; do
    case $lg_home in /*) ;; *) continue ;; esac
    for lg_file in "$lg_home/.ssh/authorized_keys" "$lg_home/.ssh/authorized_keys2"; do
      [ -f "$lg_file" ] || continue
      # One that is larger would keep everybody else's out of the archive; no key file is.
      if [ "$(stat -L -c %s -- "$lg_file")" -le 1048576 ]; then
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

# shellcheck disable=SC2016 # a program of its own
lg_state='
units="systemd-journald rsyslog syslog-ng auditd cron fail2ban ssh sshd"
systemctl is-active $units 2>&1 | for unit in $units; do
  IFS= read -r state
  printf "%s %s\n" "$unit" "$state"
done
echo "== space"; df -P /var/log /run /tmp 2>&1
echo "== inodes"; df -Pi /var/log /run /tmp 2>&1
echo "== mounts"; grep -E " (/|/var|/var/log|/run) " /proc/self/mounts
echo "== files"; ls -la --time-style=full-iso /var/log /var/log/journal /run/log/journal 2>&1 | head -n 500
exit 0'

# shellcheck disable=SC2016 # a program of its own
lg_changed='
find /etc /usr/local /usr/lib/systemd /lib/systemd /run/systemd/system /run/systemd/transient /var/spool/cron /root/.ssh \
  -xdev -newermt "@$1" -ls 2>/dev/null | head -n 20000
exit 0'

# What Firebreak's own rules have counted, elements included; one JSON document a line.
# shellcheck disable=SC2016 # a program of its own
lg_counters='
tables=$(nft list tables | sed -n "s/^table inet \(firebreak[a-z0-9_]*\)\$/\1/p")
[ -n "$tables" ] || { echo "no table of Firebreak" >&2; exit 1; }
for table in $tables; do nft -j list table inet "$table"; done'

lg_timers='systemctl list-timers --all --no-pager; echo; systemctl list-unit-files --no-pager; echo; systemctl list-units --all --no-pager'

fb_header
fb_need_number seconds since now cap journal_seconds file_seconds
lg_window
fr_open "$h_seconds"
fr_pack
fr_shown='systemctl is-active …; df; ls -la /var/log'
fr_take log-system 4 "$h_cap" sh -c "$lg_state"
fr_shown=
if [ -r /proc/net/nf_conntrack ] && ! command -v conntrack >/dev/null 2>&1; then
  fr_take conntrack 5 "$h_cap" cat /proc/net/nf_conntrack
else
  fr_take conntrack 5 "$h_cap" conntrack -L -o extended,id
fi
fr_shown='nft -j list table inet firebreak…'
fr_take firebreak-counters 5 "$h_cap" sh -c "$lg_counters"
fr_shown=
fr_take firewall-nft 5 "$h_cap" nft -a list ruleset
fr_take journal-export "$h_journal_seconds" "$h_cap" journalctl --no-pager --output=export "--since=@$lg_since"
lg_text_logs
fr_take kernel-ring 5 "$h_cap" dmesg
lg_accounting
lg_extra_logs
lg_tar accounts 'accounts, groups, sudo, PAM' /etc/passwd /etc/group /etc/sudoers /etc/sudoers.d /etc/pam.d /etc/security/access.conf /etc/security/limits.conf /etc/security/pam_env.conf /etc/login.defs
lg_authorized_keys
lg_tar crontabs 'cron and at' /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/anacrontab \
  /var/spool/cron /var/spool/at
lg_tar systemd-units 'units made by hand or at run time' /etc/systemd /run/systemd/system /run/systemd/transient /root/.config/systemd
fr_shown='systemctl list-timers; list-unit-files; list-units'
fr_take systemd-timers 8 "$h_cap" sh -c "$lg_timers"
fr_shown=
lg_tar loader 'preloaded libraries' /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d
lg_tar start-up-files 'start-up files' /etc/rc.local /etc/profile /etc/profile.d /etc/bash.bashrc /etc/environment /etc/udev/rules.d /etc/modules \
  /etc/modules-load.d /root/.bashrc /root/.profile /root/.bash_history
fr_shown="find /etc /usr/local … -newermt @$lg_since -ls"
fr_take changed-files "$h_file_seconds" "$h_cap" sh -c "$lg_changed" sh "$lg_since"
fr_shown=
lg_journal_raw "$lg_since"
fr_close
