# Which files are taken as logs, and how. Header: since, now (collector's clock, epoch seconds), cap, file_seconds.

# A host whose clock is behind stamps its entries too early: the window opens that much earlier there.
lg_window() {
  lg_skew=$(($(date +%s) - h_now))
  lg_since=$h_since
  [ "$lg_skew" -ge 0 ] || lg_since=$((h_since + lg_skew))
  lg_root=$(readlink -f /var/log)
  [ -n "$lg_root" ] || fb_fail 70 'where /var/log is cannot be read'
  fr_check=lg_opened
}

# A regular file that really lies where logs may lie: a link planted under /var/log must not bring /etc/shadow.
lg_allowed() {
  [ -f "$1" ] || return 1
  lg_lies_well "$(readlink -f -- "$1")"
}

# The same for the file that was opened: the name may lead elsewhere by then.
lg_opened() {
  lg_lies_well "$(readlink /proc/self/fd/8)"
}

lg_lies_well() {
  case $1 in
    "${lg_root:?}"/* | /srv/* | /run/log/*) return 0 ;;
  esac
  return 1
}

# Paths ended by NUL to lines. A line break in a name becomes a byte that names no file, so it cannot make a second name.
lg_names() {
  tr '\n\000' '\001\n'
}

# SOURCE NAME: a name with control characters is told of and not used.
lg_plain() {
  case $2 in *[[:cntrl:]]*) ;; *) return 0 ;; esac
  fr_absent "$1" not-allowed - "$(printf '%s' "$2" | tr '[:cntrl:]' '?')"
  return 1
}

lg_recent() {
  [ "$(stat -L -c %Y -- "$1" 2>/dev/null || echo 0)" -ge "$lg_since" ]
}

# lg_files SOURCE PATTERN…: the live files whatever their age, and their rotated siblings written since the window opened. Not more
# than 200: whoever owns the directory could make any number.
lg_files() {
  lg_source=$1 lg_found='' lg_count=0
  shift
  for lg_pattern in "$@"; do
    # Unquoted: the patterns are ours; what they match is not split again.
    for lg_file in $lg_pattern; do
      [ -e "$lg_file" ] || [ -L "$lg_file" ] || continue
      lg_count=$((lg_count + 1))
      if [ "$lg_count" -gt 200 ]; then
        fr_absent "$lg_source" too-many - "$lg_pattern"
        break
      fi
      lg_plain "$lg_source" "$lg_file" || continue
      if ! lg_allowed "$lg_file"; then
        fr_absent "$lg_source" not-allowed - "$lg_file"
        continue
      fi
      case $lg_file in *.log | */syslog | */messages | */secure | */cron | */access_log | */error_log) ;; *) lg_recent "$lg_file" || continue ;; esac
      fr_detail=$lg_file
      [ "$lg_file" != "$1" ] || fr_detail=
      fr_take_file "$lg_source" "$h_file_seconds" "$h_cap" "$lg_file"
      lg_found=1
    done
  done
  fr_detail=
  [ -n "$lg_found" ] || fr_absent "$lg_source" no-file - "$*"
}

lg_text_logs() {
  lg_files auth-log '/var/log/auth.log' '/var/log/auth.log[.-]*' '/var/log/secure' '/var/log/secure[.-]*'
  lg_files syslog '/var/log/syslog' '/var/log/syslog[.-]*' '/var/log/messages' '/var/log/messages[.-]*' '/var/log/daemon.log*'
  lg_files kern-log '/var/log/kern.log' '/var/log/kern.log[.-]*'
  lg_files audit-log '/var/log/audit/audit.log' '/var/log/audit/audit.log[.-]*'
  lg_files fail2ban-log '/var/log/fail2ban.log' '/var/log/fail2ban.log[.-]*'
  lg_files nginx-log '/var/log/nginx/*'
  lg_files apache-log '/var/log/apache2/*' '/var/log/httpd/*'
  lg_files firewall-log '/var/log/ufw.log*' '/var/log/firewalld*' '/var/log/ulog/*'
  lg_files cron-log '/var/log/cron.log' '/var/log/cron.log[.-]*' '/var/log/cron'
  lg_files dpkg-log '/var/log/dpkg.log' '/var/log/dpkg.log[.-]*'
  lg_files apt-log '/var/log/apt/history.log' '/var/log/apt/history.log[.-]*' '/var/log/apt/term.log' '/var/log/apt/term.log[.-]*'
}

# Paths of the incident document: one a line on stdin, after the header.
lg_extra_logs() {
  while IFS= read -r lg_path; do
    case $lg_path in
      '' | *'/../'* | */..) fr_absent extra-log not-allowed - "$lg_path" ;;
      /var/log/* | /srv/*)
        if ! [ -e "$lg_path" ]; then
          fr_absent extra-log no-file - "$lg_path"
        elif ! lg_allowed "$lg_path"; then
          fr_absent extra-log not-allowed - "$lg_path"
        else
          fr_detail=$lg_path
          fr_take_file extra-log "$h_file_seconds" "$h_cap" "$lg_path"
        fi
        ;;
      *) fr_absent extra-log not-allowed - "$lg_path" ;;
    esac
  done
  fr_detail=
}

# wtmp and btmp outlive a stopped log daemon: login(1) and sshd write them. Their readers print a line even for an empty
# file, which would look like an answer.
lg_accounting() {
  for lg_name in wtmp btmp lastlog; do
    if [ -f "/var/log/$lg_name" ]; then
      fr_take_file "$lg_name" "$h_file_seconds" "$h_cap" "/var/log/$lg_name"
    else
      fr_absent "$lg_name" no-file - "/var/log/$lg_name"
    fi
  done
  if [ -s /var/log/wtmp ]; then fr_take logins "$h_file_seconds" "$h_cap" last -a -F -w -f /var/log/wtmp; fi
  if [ -s /var/log/btmp ]; then fr_take logins-failed "$h_file_seconds" "$h_cap" lastb -a -F -w -f /var/log/btmp; fi
  if [ -s /var/log/lastlog ]; then fr_take logins-last "$h_file_seconds" "$h_cap" lastlog; fi
}

# Journal files, the newest first: what the attack wrote last is at the end. Names are the host's: one a line, no words.
lg_journal_files() {
  find /var/log/journal /run/log/journal -xdev -type f \( -name '*.journal' -o -name '*.journal~' \) -print0 2>/dev/null |
    lg_names | while IFS= read -r lg_file; do
    case $lg_file in *[[:cntrl:]]*) continue ;; esac
    printf '%s %s\n' "$(stat -c %Y -- "$lg_file" 2>/dev/null || echo 0)" "$lg_file"
  done | sort -rn | head -n 64 | cut -d ' ' -f 2-
}

# lg_journal_raw SINCE: the bytes of the files written since then; sealing and deleted entries are only in these.
lg_journal_raw() {
  lg_list=$(lg_journal_files)
  if [ -z "$lg_list" ]; then
    fr_absent journal-raw no-file - 'find /var/log/journal /run/log/journal -name *.journal'
    return
  fi
  printf '%s\n' "$lg_list" | while IFS= read -r lg_file; do
    [ "$(stat -c %Y -- "$lg_file" 2>/dev/null || echo 0)" -ge "$1" ] || continue
    fr_detail=${lg_file##*/}
    fr_take_file journal-raw "$h_file_seconds" "$h_cap" "$lg_file"
  done
}
