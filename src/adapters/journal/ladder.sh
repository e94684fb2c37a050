# The way down when the log system gives nothing (E3, rungs 2 to 6), one rung an exec.
# Header: rung, seconds, since, now, cap, journal_seconds, file_seconds; for rung 4 extra paths, one a line.

# Rung 2: the files need no daemon. One damaged file can make a whole directory unreadable (systemd#1669): then, and only
# then, because the bytes would be the same, each file is asked by itself as well.
la_files_without_daemon() {
  la_damaged=
  for la_place in persistent:/var/log/journal runtime:/run/log/journal; do
    la_directory=${la_place#*:}
    if ! [ -d "$la_directory" ]; then
      fr_absent "journal-${la_place%%:*}" no-file - "$la_directory"
      continue
    fi
    fr_take "journal-${la_place%%:*}" "$h_journal_seconds" "$h_cap" \
      journalctl --no-pager --reverse "--directory=$la_directory" --output=export "--since=@$lg_since"
    timeout 5 journalctl --no-pager "--directory=$la_directory" --lines=1 >/dev/null 2>&1 || la_damaged=1
  done
  if [ -z "$la_damaged" ]; then
    fr_absent journal-file none - 'each file by itself, because a directory cannot be read'
    return
  fi
  la_files=$(lg_journal_files)
  [ -n "$la_files" ] || fr_absent journal-file no-file - '/var/log/journal/*/*.journal /run/log/journal/*/*.journal'
  la_count=0
  while IFS= read -r la_file; do
    [ -n "$la_file" ] || continue
    la_count=$((la_count + 1))
    # What they come to is known only here, so each has an eighth of what all may have.
    if [ "$la_count" -gt 64 ]; then
      fr_absent journal-file too-many - "$la_file"
      break
    fi
    fr_detail=$la_file
    fr_take journal-file "$h_file_seconds" $((h_cap / 8)) \
      journalctl --no-pager --reverse "--file=$la_file" --output=export "--since=@$lg_since"
  done <<FILES
$la_files
FILES
  fr_detail=
}

# Rung 4: everything else that programs wrote down.
la_other_sources() {
  lg_accounting
  lg_text_logs
  lg_extra_logs
  la_other_logs
  lg_web_logs
}

# The directory itself comes with it, so that a find that lists nothing has failed.
la_find_other() {
  timeout "$h_file_seconds" find -H /var/log -xdev \( -path /var/log -o -type f -newermt "@$lg_since" ! -name '*.journal*' \
    ! -name wtmp ! -name btmp ! -name lastlog \
    ! -path '/var/log/nginx/*' ! -path '/var/log/apache2/*' ! -path '/var/log/httpd/*' ! -path '/var/log/apt/*' \
    ! -path '/var/log/audit/*' ! -name 'auth.log*' ! -name 'secure*' ! -name 'syslog*' ! -name 'messages*' \
    ! -name 'kern.log*' ! -name 'fail2ban.log*' ! -name 'cron.log*' ! -name 'dpkg.log*' \) -print0
}

la_other_logs() {
  lg_can_follow other-log || return 0
  la_found=$(la_find_other 2>/dev/null | lg_names)
  case $la_found in
    /var/log | /var/log"$la_line"*) ;;
    *)
      la_words=$(la_find_other 2>&1 >/dev/null)
      fr_absent other-log unlisted "$?" 'find /var/log -newermt …' "$la_words"
      return
      ;;
  esac
  la_count=0 la_over=0 lg_room=$h_cap
  while IFS= read -r la_file; do
    [ "$la_file" != /var/log ] || continue
    la_count=$((la_count + 1))
    if [ "$la_count" -gt "$lg_most" ] || [ "$lg_room" -le 0 ]; then
      la_over=$((la_over + 1))
      continue
    fi
    lg_plain other-log "$la_file" || continue
    fr_detail=$la_file
    fr_take_file other-log "$h_file_seconds" "$lg_room" "$la_file"
    lg_room=$((lg_room - fr_took))
  done <<FILES
$la_found
FILES
  fr_detail=
  if [ "$la_over" -gt 0 ]; then fr_absent other-log too-many - "$la_over more files under /var/log"; fi
  [ "$la_count" -gt 0 ] || fr_absent other-log none - 'find /var/log -newermt …'
}
la_line='
'

# Rung 5: the kernel's own memory.
la_kernel() {
  fr_take_newest kernel-ring 5 "$h_cap" dmesg
  la_found=
  for la_file in /sys/fs/pstore/*; do
    [ -f "$la_file" ] || continue
    la_found=1
    fr_detail=$la_file
    fr_take kernel-crash 5 "$h_cap" head -c "$h_cap" "$la_file"
  done
  fr_detail=
  [ -n "$la_found" ] || fr_absent kernel-crash no-file - '/sys/fs/pstore/*'
}

# One find for all of them, in as many pieces as the names need. What is printed is /proc's own, and the descriptors of who asks with it: a find
# that does not print those has failed.
# shellcheck disable=SC2016 # a program of its own
la_links() {
  printf '%s\0' /proc/[0-9]*/fd/* "/proc/$$/fd/0" |
    xargs -0 -r sh -c 'asks=$1; shift; exec find "$@" -maxdepth 0 \( -lname "* (deleted)" -o -path "$asks" \)' sh "/proc/$$/fd/*"
}

# Is what was opened what the link led to when it was looked at?
la_same() {
  [ "$(readlink /proc/self/fd/8)" = "$la_target" ]
}

# Rung 6: a log that was removed lives on as long as somebody has it open.
la_open_deleted() {
  la_count=0 la_asks=
  la_list=$(la_links 2>/dev/null)
  for la_link in $la_list; do
    case $la_link in "/proc/$$/fd/"*) la_asks=1 ;; esac
  done
  if [ -z "$la_asks" ]; then
    la_words=$(find "/proc/$$/fd/0" -maxdepth 0 -lname x 2>&1)
    fr_absent open-deleted unlisted "$?" 'find /proc/[0-9]*/fd/* -lname "* (deleted)"' "$la_words"
    return
  fi
  lg_can_follow open-deleted || return 0
  lg_room=$h_cap
  for la_link in $la_list; do
    la_target=$(readlink "$la_link" 2>/dev/null) || continue
    case $la_target in *' (deleted)') ;; *) continue ;; esac
    la_pid=${la_link#/proc/}
    la_pid=${la_pid%%/*}
    case $la_target in
      /var/log/* | /run/log/* | /srv/*) ;;
      *)
        IFS= read -r la_name <"/proc/$la_pid/comm" 2>/dev/null || continue
        case $la_name in rsyslogd | syslog-ng | syslogd | systemd-journal | auditd | nginx | apache2 | httpd | fail2ban-server) ;; *) continue ;; esac
        ;;
    esac
    [ -f "$la_link" ] || continue
    la_count=$((la_count + 1))
    if [ "$la_count" -gt 64 ] || [ "$lg_room" -le 0 ]; then
      fr_absent open-deleted too-many - "$la_link -> $la_target"
      return
    fi
    fr_detail="pid-$la_pid-fd-${la_link##*/}"
    fr_comment="was $la_target"
    fr_check=la_same
    fr_take_file open-deleted "$h_file_seconds" "$lg_room" "$la_link"
    lg_room=$((lg_room - fr_took))
  done
  fr_detail=''
  fr_comment=''
  [ "$la_count" -gt 0 ] || fr_absent open-deleted none - 'find /proc/[0-9]*/fd/* -lname "* (deleted)"'
}

fb_header
fb_need_number rung seconds since now cap journal_seconds file_seconds
lg_window
fr_open "$h_seconds"
fr_pack
case $h_rung in
  2) la_files_without_daemon ;;
  # Bytes that nothing here can read may be read by somebody later.
  3) lg_journal_raw 0 ;;
  4) la_other_sources ;;
  5) la_kernel ;;
  6) la_open_deleted ;;
  *) fb_fail 64 'no such rung' ;;
esac
fr_close
