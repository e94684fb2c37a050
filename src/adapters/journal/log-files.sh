# Which files are taken as logs, and how. Header: since, now (collector's clock, epoch seconds), cap (bytes of one source), seconds,
# file_seconds.
#
# Whoever may write into a log directory can make any number of files of any size. So each source has its own number, bytes and time, the
# newest files come first, and how many were left is said.

# Files of one source.
lg_most=200

# A host whose clock is behind stamps its entries too early: the window opens that much earlier there.
lg_window() {
  fb_read_clock
  lg_skew=$((fb_now - h_now))
  lg_since=$h_since
  [ "$lg_skew" -ge 0 ] || lg_since=$((h_since + lg_skew))
  # Without it no log file is taken: where a name leads could not be said.
  lg_root=$(readlink -f /var/log 2>&1)
  lg_root_code=$? lg_root_words=
  case $lg_root_code$lg_root in
    0/*) ;;
    *)
      lg_root_words=${lg_root:-readlink says nothing}
      lg_root=
      ;;
  esac
  # What is small, and what only an attacker changes, comes first and costs the rest neither much time nor much room.
  lg_small_cap=$h_cap
  [ "$lg_small_cap" -le 67108864 ] || lg_small_cap=67108864
  lg_small_seconds=$h_file_seconds
  [ "$lg_small_seconds" -le 15 ] || lg_small_seconds=15
  fr_check=lg_opened
}

# SOURCE: false, and an absence, on a host that cannot say where a name leads.
lg_can_follow() {
  [ -z "$lg_root" ] || return 0
  fr_absent "$1" no-tool "$lg_root_code" 'readlink -f /var/log' "$lg_root_words"
  return 1
}

# A regular file that really lies where logs may lie: a link planted under /var/log must not bring /etc/shadow.
lg_allowed() {
  [ -f "$1" ] || return 1
  lg_lies_well "$(readlink -f -- "$1")"
}

# The same for the file that was opened: the name may lead elsewhere by then.
lg_opened() {
  if [ -z "$lg_root" ]; then
    fr_refused=no-tool fr_why=$lg_root_words
    return 1
  fi
  lg_lies_well "$(readlink /proc/self/fd/8)"
}

lg_lies_well() {
  case $1 in
    "${lg_root:?}"/* | /srv/* | /run/log/*) return 0 ;;
    /var/lib/wtmpdb/wtmp.db | /var/lib/wtmpdb/wtmp.db-wal | /var/lib/wtmpdb/wtmp.db-journal) return 0 ;;
    /var/lib/lastlog/lastlog2.db | /var/lib/lastlog/lastlog2.db-wal | /var/lib/lastlog/lastlog2.db-journal) return 0 ;;
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

# FILE SINCE: of a file whose age cannot be had nobody can say that it is old.
lg_recent() {
  lg_time=$(stat -L -c %Y -- "$1" 2>/dev/null)
  case $lg_time in '' | *[!0-9]*) return 0 ;; esac
  [ "$lg_time" -ge "$2" ]
}

# Bytes of FILE, in lg_size; empty where stat does not answer.
lg_measure() {
  lg_size=$(stat -L -c %s -- "$1" 2>/dev/null)
  case $lg_size in *[!0-9]*) lg_size= ;; esac
}

# PATH…: all of them, the newest first, one a line, in lg_aged. Fails where the host's tools do not do it; then the order stays.
lg_by_age() {
  lg_aged=$(printf '%s\0' "$@" | xargs -0 -r stat -L --printf '%Y %n\0' -- 2>/dev/null | lg_names | sort -rn | cut -d ' ' -f 2-)
  [ -n "$lg_aged" ]
}

# lg_files SOURCE PATTERN…: the live files whatever their age, and their rotated siblings written since the window opened.
lg_files() {
  lg_source=$1
  shift
  lg_can_follow "$lg_source" || return 0
  lg_first=$1 lg_patterns=
  for lg_pattern in "$@"; do
    # Unquoted here and below: the patterns are ours; what they match is not split again.
    # shellcheck disable=SC2086
    if lg_there $lg_pattern; then lg_patterns="$lg_patterns $lg_pattern"; fi
  done
  if [ -z "$lg_patterns" ]; then
    fr_absent "$lg_source" no-file - "$*"
    return 0
  fi
  # shellcheck disable=SC2086
  set -- $lg_patterns
  lg_count=$# lg_sorted=
  if [ "$lg_count" -gt 16 ] && lg_by_age "$@"; then
    lg_sorted=1
    IFS='
'
    set -f
    # shellcheck disable=SC2086
    set -- $lg_aged
    set +f
    unset IFS
    # Links that lead nowhere have no age.
    [ "$#" -ge "$lg_count" ] || fr_absent "$lg_source" unreadable - "$((lg_count - $#)) names of$lg_patterns"
  fi
  lg_take_files "$@"
}

lg_there() {
  [ -e "$1" ] || [ -L "$1" ]
}

# FILE…: until the source has all that it may have.
lg_take_files() {
  lg_seen=0 lg_taken=0 lg_room=$h_cap lg_empty=0 lg_old=0 lg_over=
  fr_clock
  lg_until=$((fr_now + h_seconds / 4))
  for lg_file in "$@"; do
    if [ -f "$lg_file" ] && ! [ -s "$lg_file" ]; then
      lg_seen=$((lg_seen + 1)) lg_empty=$((lg_empty + 1)) lg_last_empty=$lg_file
      continue
    fi
    if [ "$lg_taken" -ge "$lg_most" ] || [ "$lg_room" -le 0 ]; then lg_over=too-many; fi
    if ! fr_time_left || [ "$fr_now" -gt "$lg_until" ]; then lg_over=no-time; fi
    [ -z "$lg_over" ] || break
    lg_seen=$((lg_seen + 1))
    lg_take_one
  done
  fr_detail=
  if [ "$lg_empty" -gt "$lg_most" ]; then
    fr_absent "$lg_source" too-many - "$lg_empty files of$lg_patterns, all of them empty"
  elif [ "$lg_empty" -gt 1 ]; then
    fr_absent "$lg_source" empty - "$lg_empty files of$lg_patterns"
  elif [ "$lg_empty" -eq 1 ]; then
    fr_absent "$lg_source" empty - "$lg_last_empty"
  fi
  if [ -n "$lg_over" ]; then
    fr_absent "$lg_source" "$lg_over" - "$(($# - lg_seen)) more files of$lg_patterns, the next is $(printf '%s' "$lg_file" | tr '[:cntrl:]' '?')"
  elif [ "$lg_taken$lg_empty" = 00 ]; then
    fr_absent "$lg_source" none - "$lg_old files of$lg_patterns, all of them older"
  fi
}

lg_take_one() {
  case $lg_file in
    *.log | */syslog | */messages | */secure | */cron | */access_log | */error_log) ;;
    *)
      # By age: behind one that is too old every other is as well.
      if { [ -n "$lg_sorted" ] && [ "$lg_old" -gt 0 ]; } || ! lg_recent "$lg_file" "$lg_since"; then
        lg_old=$((lg_old + 1))
        return
      fi
      ;;
  esac
  lg_taken=$((lg_taken + 1))
  lg_plain "$lg_source" "$lg_file" || return
  if ! lg_allowed "$lg_file"; then
    fr_absent "$lg_source" not-allowed - "$lg_file"
    return
  fi
  fr_detail=$lg_file
  [ "$lg_file" != "$lg_first" ] || fr_detail=
  fr_take_file "$lg_source" "$h_file_seconds" "$lg_room" "$lg_file"
  lg_room=$((lg_room - fr_took))
}

lg_text_logs() {
  lg_files auth-log '/var/log/auth.log' '/var/log/auth.log[.-]*' '/var/log/secure' '/var/log/secure[.-]*'
  lg_files audit-log '/var/log/audit/audit.log' '/var/log/audit/audit.log[.-]*'
  lg_files fail2ban-log '/var/log/fail2ban.log' '/var/log/fail2ban.log[.-]*'
  lg_files syslog '/var/log/syslog' '/var/log/syslog[.-]*' '/var/log/messages' '/var/log/messages[.-]*' '/var/log/daemon.log*'
  lg_files kern-log '/var/log/kern.log' '/var/log/kern.log[.-]*'
  lg_files firewall-log '/var/log/ufw.log*' '/var/log/firewalld*' '/var/log/ulog/*'
  lg_files cron-log '/var/log/cron.log' '/var/log/cron.log[.-]*' '/var/log/cron'
  lg_files dpkg-log '/var/log/dpkg.log' '/var/log/dpkg.log[.-]*'
  lg_files apt-log '/var/log/apt/history.log' '/var/log/apt/history.log[.-]*' '/var/log/apt/term.log' '/var/log/apt/term.log[.-]*'
}

# Sites write these, as many as they are.
lg_web_logs() {
  lg_files nginx-log '/var/log/nginx/*'
  lg_files apache-log '/var/log/apache2/*' '/var/log/httpd/*'
}

# Paths of the incident document: one a line on stdin, after the header. Each has a cap of its own, all of them eight times that.
lg_extra_logs() {
  lg_extra=0 lg_room=$((8 * h_cap))
  while IFS= read -r lg_path; do
    lg_extra=$((lg_extra + 1))
    case $lg_path in
      '' | *'/../'* | */..) fr_absent extra-log not-allowed - "$lg_path" ;;
      /var/log/* | /srv/*)
        if ! [ -e "$lg_path" ]; then
          fr_absent extra-log no-file - "$lg_path"
        elif lg_can_follow extra-log; then
          if [ "$lg_room" -lt "$h_cap" ]; then
            fr_absent extra-log too-many - "$lg_path"
          elif lg_allowed "$lg_path"; then
            fr_detail=$lg_path
            fr_take_file extra-log "$h_file_seconds" "$h_cap" "$lg_path"
            lg_room=$((lg_room - fr_took))
          else
            fr_absent extra-log not-allowed - "$lg_path"
          fi
        fi
        ;;
      *) fr_absent extra-log not-allowed - "$lg_path" ;;
    esac
  done
  fr_detail=
  [ "$lg_extra" -gt 0 ] || fr_absent extra-log none - 'the incident names no further logs'
}

# lg_account SOURCE FILE: wtmp and btmp outlive a stopped log daemon: login(1) and sshd write them. Since 2024 some systems keep the same in
# databases, of which a part is of no use.
lg_account() {
  if ! [ -f "$2" ]; then
    fr_absent "$1" no-file - "$2"
    return
  fi
  fr_take_file "$1" "$h_file_seconds" "$h_cap" "$2"
}

# lg_accounts_of SOURCE FILE PROGRAM…: what the host's own reader makes of it. Readers print a line even for an empty file, which would look like
# an answer.
lg_accounts_of() {
  lg_source=$1 lg_file=$2
  shift 2
  if [ -s "$lg_file" ]; then
    fr_take "$lg_source" "$h_file_seconds" "$h_cap" "$@"
  else
    fr_absent "$lg_source" no-file - "$* # $lg_file is empty or missing"
  fi
}

lg_accounting() {
  # Bytes of a record of utmp(5).
  fr_unit=384
  lg_account wtmp /var/log/wtmp
  lg_account btmp /var/log/btmp
  fr_unit=1 fr_whole=1
  lg_account lastlog /var/log/lastlog
  # What a database has not yet written into itself lies beside it.
  for lg_beside in '' -wal -journal; do
    lg_database wtmpdb "/var/lib/wtmpdb/wtmp.db$lg_beside"
    lg_database lastlog2 "/var/lib/lastlog/lastlog2.db$lg_beside"
  done
  fr_whole='' fr_detail=''
  lg_accounts_of logins /var/log/wtmp last -a -F -w -f /var/log/wtmp
  lg_accounts_of logins-failed /var/log/btmp lastb -a -F -w -f /var/log/btmp
  lg_accounts_of logins-last /var/log/lastlog lastlog
  lg_accounts_of logins-wtmpdb /var/lib/wtmpdb/wtmp.db wtmpdb last -a -F -w
  lg_accounts_of logins-lastlog2 /var/lib/lastlog/lastlog2.db lastlog2
}

lg_database() {
  case $2 in
    *.db) fr_detail='' ;;
    *)
      [ -s "$2" ] || return 0
      fr_detail=$2
      ;;
  esac
  lg_account "$1" "$2"
}

# lg_journal_raw SINCE: the bytes of the files written since then; sealing and deleted entries are only in these. The newest first: what the
# attack wrote last is there. Half a journal cannot be read. Journals are many, so they may have four times what another source has.
lg_journal_raw() {
  lg_since_raw=$1
  lg_can_follow journal-raw || return 0
  set --
  for lg_file in /var/log/journal/*.journal /var/log/journal/*.journal~ /var/log/journal/*/*.journal /var/log/journal/*/*.journal~ \
    /run/log/journal/*.journal /run/log/journal/*.journal~ /run/log/journal/*/*.journal /run/log/journal/*/*.journal~; do
    [ -f "$lg_file" ] || continue
    if [ "$#" -ge 1000 ]; then
      fr_absent journal-raw too-many - "more than 1000 journal files, from $lg_file on"
      break
    fi
    set -- "$@" "$lg_file"
  done
  if [ "$#" -eq 0 ]; then
    fr_absent journal-raw no-file - '/var/log/journal/*/*.journal /run/log/journal/*/*.journal'
    return
  fi
  if [ "$#" -gt 1 ] && lg_by_age "$@"; then
    IFS='
'
    set -f
    # shellcheck disable=SC2086
    set -- $lg_aged
    set +f
    unset IFS
  fi
  fr_whole=1 lg_taken=0 lg_old=0 lg_room=$((4 * h_cap))
  while [ "$#" -gt 0 ] && [ "$lg_taken" -lt 64 ] && [ "$lg_room" -gt 0 ]; do
    lg_take_journal "$1" "$lg_since_raw"
    shift
  done
  fr_whole='' fr_detail=''
  if [ "$#" -gt 0 ]; then
    fr_absent journal-raw too-many - "$# more journal files"
  elif [ "$lg_taken" -eq 0 ]; then
    fr_absent journal-raw none - "$lg_old journal files, all of them older"
  fi
}

lg_take_journal() {
  if ! lg_recent "$1" "$2"; then
    lg_old=$((lg_old + 1))
    return
  fi
  lg_taken=$((lg_taken + 1))
  lg_plain journal-raw "$1" || return
  lg_left=$lg_room
  [ "$lg_left" -le "$h_cap" ] || lg_left=$h_cap
  fr_detail=${1##*/}
  fr_take_file journal-raw "$h_file_seconds" "$lg_left" "$1"
  lg_room=$((lg_room - fr_took))
}

# The files of a journal, for whoever asks each by itself: one more than are taken, so that more are seen.
lg_journal_files() {
  set --
  for lg_file in /var/log/journal/*/*.journal /var/log/journal/*/*.journal~ /run/log/journal/*/*.journal /run/log/journal/*/*.journal~; do
    case $lg_file in *[[:cntrl:]]*) continue ;; esac
    if [ -f "$lg_file" ] && [ "$#" -lt 65 ]; then set -- "$@" "$lg_file"; fi
  done
  [ "$#" -eq 0 ] || printf '%s\n' "$@"
}
