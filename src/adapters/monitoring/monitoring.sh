# --- heightened monitoring: the four parts (B14) ----------------------------------------------------------------------
#
# Each part has NAME_there (can it be done here), NAME_apply, NAME_faults (prints a word while it does not stand) and
# NAME_undo. $first is the journal of the first owner: before/ is what was, left/ the digests of what we wrote.

# shellcheck disable=SC2034 # of programs for all parts
watch_parts='sshd-log-level journald-rate-limit drop-logging fail2ban'

sshd_file=/etc/ssh/sshd_config.d/00-firebreak.conf
journald_file=/etc/systemd/journald.conf.d/zz-firebreak.conf
fail2ban_file=/etc/fail2ban/jail.d/zz-firebreak.local

# Whether any of them is there.
monitoring_files() {
  [ -e "$sshd_file" ] || [ -e "$journald_file" ] || [ -e "$fail2ban_file" ]
}

# stdin to a root-owned configuration file that services can read.
put_file() {
  mkdir -p "${1%/*}" "$first/left" || return 1
  attr_loosen "$first/attributes" "$1"
  fb_write "$1.firebreak" && chmod 644 "$1.firebreak" && mv -f "$1.firebreak" "$1" || return 1
  sha256sum <"$1" >"$first/left/${1##*/}"
}

# Takes our file away if it is still ours. Fails with 1 when somebody has changed it, and with 2 when it cannot be taken away.
take_file() {
  [ -e "$1" ] || return 0
  [ "$(sha256sum <"$1")" = "$(cat "$first/left/${1##*/}" 2>/dev/null)" ] || return 1
  attr_loosen "$first/attributes" "$1"
  rm -f "$1" || return 2
}

# An undo is whole when nothing of ours is left. What somebody else has set meanwhile is theirs, and nothing that was there before has to
# be there again: jails and services come and go. It fails with 1 for drift, with 2 when something of ours is still in force.

# --- sshd: says which key opened a session, and every attempt -----------------------------------------------------------

sshd_level() {
  sshd -T 2>/dev/null | sed -n 's/^loglevel //p'
}

reload_sshd() {
  systemctl reload ssh.service 2>/dev/null || systemctl reload sshd.service 2>/dev/null || {
    # Without systemd, or started for each connection by a socket, which needs no reload.
    [ ! -s /run/sshd.pid ] || kill -HUP "$(cat /run/sshd.pid)"
  }
}

# One that does not read our file cannot be told anything; but one that did once, and does no more, has lost it.
sshd_there() {
  command -v sshd >/dev/null || return 1
  grep -Eiq '^[[:space:]]*include[[:space:]=].*sshd_config\.d/' /etc/ssh/sshd_config 2>/dev/null || {
    [ -n "${first:-}" ] && [ -s "$first/before/sshd-log-level" ] && ! grep -qx absent "$first/before/sshd-log-level"
  }
}

sshd_before() {
  sshd_level
}

# The first value wins in sshd, so the file must sort first; a configuration that sshd does not accept never stays.
sshd_apply() {
  printf '# Firebreak: heightened monitoring\nLogLevel VERBOSE\n' | put_file "$sshd_file" || return 1
  if ! sshd -t 2>/dev/null || [ -n "$(sshd_faults)" ]; then
    rm -f "$sshd_file"
    return 1
  fi
  reload_sshd
}

sshd_faults() {
  case $(sshd_level) in VERBOSE | DEBUG*) ;; *) echo off ;; esac
}

sshd_undo() {
  take_file "$sshd_file" || return
  if sshd -t 2>/dev/null; then reload_sshd; fi
  return 0
}

# --- journald: drops nothing in a flood ---------------------------------------------------------------------------------

journald_settings() {
  systemd-analyze cat-config systemd/journald.conf 2>/dev/null | awk -F= '
    $1 == "RateLimitIntervalSec" || $1 == "RateLimitInterval" { interval = $2 }
    $1 == "RateLimitBurst" { burst = $2 }
    END { print interval "/" burst }'
}

journald_there() {
  command -v systemd-analyze >/dev/null && systemctl is-active -q systemd-journald
}

journald_before() {
  journald_settings
}

# systemd keeps journald's streams over its restart: no line of a service is lost. Restarts of several incidents close
# together must not run into systemd's start limit, which would leave the host without a journal.
restart_journald() {
  systemctl reset-failed systemd-journald.service 2>/dev/null
  systemctl restart systemd-journald.service
}

journald_apply() {
  printf '# Firebreak: heightened monitoring\n[Journal]\nRateLimitIntervalSec=0\nRateLimitBurst=0\n' |
    put_file "$journald_file" && restart_journald && [ -z "$(journald_faults)" ]
}

journald_faults() {
  [ "$(journald_settings)" = 0/0 ] && systemctl is-active -q systemd-journald || echo off
}

journald_undo() {
  take_file "$journald_file" || return
  journald_there || return 0
  restart_journald && systemctl is-active -q systemd-journald || return 2
}

# --- packets that Firebreak drops ---------------------------------------------------------------------------------------

# The blocking tables belong to other programs, which rebuild them at will. So each has a mirror, one step earlier at the
# same hooks, with a rate-limited log where the original drops. A mirror that is behind counts as missing until reassert.
# At the way out it comes after connection tracking (-200), which the isolation's rules ask.
drop_tables() {
  nft list tables inet 2>/dev/null |
    sed -n 's/^table inet \(firebreak\|firebreak_iso\|firebreak_fwd_[0-9a-f]\{12\}\)$/\1/p'
}

mirror_of() {
  nft list table inet "$1" | sed \
    -e "s/^table inet $1 {/table inet $1_log {/" \
    -e 's/ priority [a-z0-9 +-]*;/ priority -311;/' \
    -e 's/counter packets [0-9]* bytes [0-9]* drop$/limit rate 10\/second burst 20 packets counter log prefix "firebreak drop " level info/' \
    -e '/hook output/s/ priority -311;/ priority -151;/'
}

# What must be equal: everything but counters and running times, and the order of elements is no matter.
comparable() {
  sed -e 's/counter packets [0-9]* bytes [0-9]*/counter/' -e 's/ expires [0-9a-z]*//g' -e 's/priority .*;/priority;/' |
    tr ',{}' '\n' | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' | grep -v '^$' | sort
}

mirrors() {
  nft list tables inet 2>/dev/null | sed -n 's/^table inet \(firebreak[a-z0-9_]*_log\)$/\1/p'
}

drop_there() {
  command -v nft >/dev/null && [ -n "$(drop_tables)$(mirrors)" ]
}

drop_before() {
  drop_tables
}

drop_apply() {
  for table in $(drop_tables); do
    {
      printf 'add table inet %s_log\ndelete table inet %s_log\n' "$table" "$table"
      mirror_of "$table"
    } >"$fb_dir/mirror.nft"
    nft -f "$fb_dir/mirror.nft" 2>"$fb_dir/mirror.errors" || return 1
  done
  for mirror in $(orphans); do nft delete table inet "$mirror"; done
  [ -z "$(drop_faults)" ]
}

# Mirrors whose original is gone.
orphans() {
  for mirror in $(mirrors); do
    drop_tables | grep -qx "${mirror%_log}" || printf '%s\n' "$mirror"
  done
}

drop_faults() {
  for table in $(drop_tables); do
    wanted=$(mirror_of "$table" | comparable)
    [ "$wanted" = "$(nft list table inet "${table}_log" 2>/dev/null | comparable)" ] || echo behind
  done
  [ -z "$(orphans)" ] || echo orphan
}

drop_undo() {
  for mirror in $(mirrors); do nft delete table inet "$mirror" || return 2; done
}

# --- fail2ban: half the failures, in twice the time -----------------------------------------------------------------------

# A reload takes its time on a loaded host.
f2b_seconds=25

f2b_questions() {
  for jail in $f2b_jails; do printf 'get %s maxretry\nget %s findtime\nget %s banip\n' "$jail" "$jail" "$jail"; done
}

# SKIP, stdin: answers; those after the first SKIP as `value JAIL MAXRETRY FINDTIME` and `ban JAIL ADDRESS`.
f2b_read() {
  awk -v skip="$1" -v names="$(printf '%s' "$f2b_jails" | tr '\n' ' ')" '
    BEGIN { jails = split(names, jail, " ") }
    $1 > skip && $1 <= skip + 3 * jails {
      at = $1 - skip - 1
      of = jail[int(at / 3) + 1]
      if (at % 3 == 2) for (i = 2; i <= NF; i++) print "ban", of, $i
      else if (NF == 2 && $2 ~ /^-?[0-9]+$/) value[of, at % 3] = $2
    }
    END { for (i = 1; i <= jails; i++) if ((jail[i], 1) in value) print "value", jail[i], value[jail[i], 0], value[jail[i], 1] }
  ' | sort
}

f2b_jails_of() {
  sed -n 's/^1 .*Jail list:[[:space:]]*//p' | tr ', ' '\n' | grep -x '[A-Za-z0-9_-]\{1,64\}' | sort
}

# Asked once, in the script's own shell: no jail comes or goes while we hold the host's lock. The first owner's pre-image
# knows the jails already, if they are still the same.
f2b_look() {
  [ -z "${f2b_looked:-}" ] || return 0
  f2b_looked=1
  f2b_jails=$([ -z "${first:-}" ] || awk 'NF == 3 { print $1 }' "$first/before/fail2ban" 2>/dev/null | sort)
  f2b_answers=$({ echo status && f2b_questions; } | f2b "$f2b_seconds")
  f2b_there=$(printf '%s\n' "$f2b_answers" | f2b_jails_of)
  if [ "$f2b_jails" != "$f2b_there" ]; then
    f2b_jails=$f2b_there
    [ -z "$f2b_jails" ] || f2b_answers=$({ echo status && f2b_questions; } | f2b "$f2b_seconds")
  fi
  f2b_now=$(printf '%s\n' "$f2b_answers" | f2b_read 1)
}

# Reloads, and looks right before ($f2b_earlier) and after ($f2b_now), in one conversation.
f2b_reload() {
  f2b_answers=$({ f2b_questions && echo reload && f2b_questions; } | f2b "$f2b_seconds")
  f2b_asked=$(f2b_questions | wc -l)
  f2b_earlier=$(printf '%s\n' "$f2b_answers" | f2b_read 0)
  f2b_now=$(printf '%s\n' "$f2b_answers" | f2b_read $((f2b_asked + 1)))
  printf '%s\n' "$f2b_answers" | grep -qx "$((f2b_asked + 1)) OK"
}

f2b_bans() {
  printf '%s\n' "$1" | sed -n 's/^ban //p'
}

f2b_values() {
  printf '%s\n' "$f2b_now" | sed -n 's/^value //p'
}

fail2ban_there() {
  command -v fail2ban-client >/dev/null || return 1
  f2b_look
  [ -n "$f2b_jails" ]
}

fail2ban_before() {
  f2b_values
}

raised() {
  awk '$2 > 0 { print $1, int(($2 + 1) / 2), $3 * 2 }' "$first/before/fail2ban"
}

# Values come from the first owner's pre-image, so a second owner does not halve them again. A reload keeps bans.
fail2ban_apply() {
  raised | awk 'BEGIN { print "# Firebreak: heightened monitoring" } { printf "[%s]\nmaxretry = %s\nfindtime = %s\n", $1, $2, $3 }' |
    put_file "$fail2ban_file" && f2b_reload || return 1
  [ -z "$(fail2ban_faults)" ] && [ "$(f2b_bans "$f2b_now")" = "$(f2b_bans "$f2b_earlier")" ]
}

fail2ban_faults() {
  [ "$(f2b_values | sort)" = "$(raised | sort)" ] || echo off
}

# One that reloads nothing, because a jail of somebody else's is faulty, may not have loaded ours either: its values tell.
fail2ban_undo() {
  take_file "$fail2ban_file" || return
  fail2ban_there || return 0
  f2b_reload
  f2b_is=$(f2b_values | sort)
  [ -n "$f2b_is" ] || return 2
  [ "$f2b_is" != "$(raised | sort)" ] || [ "$f2b_is" = "$(sort "$first/before/fail2ban")" ] || return 2
}

# --- all of them ----------------------------------------------------------------------------------------------------------

# PART to the first word of its functions.
part_word() {
  case $1 in
    sshd-log-level) echo sshd ;;
    journald-rate-limit) echo journald ;;
    drop-logging) echo drop ;;
    fail2ban) echo fail2ban ;;
  esac
}

# PART: the file that it is set in; the kernel's rules are none.
part_file() {
  case $1 in
    sshd-log-level) echo "$sshd_file" ;;
    journald-rate-limit) echo "$journald_file" ;;
    drop-logging) echo / ;;
    fail2ban) echo "$fail2ban_file" ;;
  esac
}
