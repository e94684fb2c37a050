# Source blocks as plain iptables rules, for hosts with nothing better: one rule an address in the act's own chain. The
# kernel keeps no ends for rules, so a timer on the host runs the restore program at the end, which takes away what is over.

iptables_available() {
  xt_usable
}

iptables_matches() {
  awk -v family="$1" -v comment="$3" '
    $1 == "block" && (index($2, ":") ? 6 : 4) == family {
      words = " -m comment --comment \"" comment "\""
      print "src -s " $2 words
      print "dst -d " $2 words
    }
  ' "$2"
}

iptables_timer() {
  iptables_left=$(($(sb_seconds_left "$1") + 2))
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
    systemctl stop "firebreak-end-$2.timer" >/dev/null 2>&1
    systemd-run --quiet --collect --unit="firebreak-end-$2" --on-active="${iptables_left}s" \
      --timer-property=AccuracySec=1s /usr/local/sbin/firebreak-restore
  else
    # shellcheck disable=SC2016 # a program of its own
    setsid sh -c 'sleep "$1"; exec /usr/local/sbin/firebreak-restore' sh "$iptables_left" \
      </dev/null >/dev/null 2>&1 3<&- 4<&- 9>&- &
  fi
}

iptables_load() {
  xt_note_families "$1" || return
  for iptables_family in $xt_families; do
    iptables_matches "$iptables_family" "$1" "$3" | xt_chains "$iptables_family" "$1" "$2" |
      xt "$iptables_family" restore -w 5 --noflush || {
      xt_drop "$2"
      return 1
    }
  done
  iptables_timer "$1" "$2"
}

iptables_check() {
  for iptables_family in $xt_families; do
    iptables_matches "$iptables_family" "$1" "$3" | xt_chains "$iptables_family" "$1" "$2" |
      xt "$iptables_family" restore -w 5 --noflush --test || return
  done
}

# Ends come from the leases, which the timer keeps.
iptables_read() {
  {
    for iptables_dir in "$FB_HOME"/INC-*; do
      { [ -r "$iptables_dir/state" ] && read -r iptables_rung <"$iptables_dir/rung"; } 2>/dev/null || continue
      { [ "$iptables_rung" = iptables ] && [ -r "$iptables_dir/lease" ]; } || continue
      printf 'lease %s %s\n' "$(sb_key "$(cat "$iptables_dir/action")")" "$(sb_seconds_left "$iptables_dir/lease")"
    done
    xt_standing | sed 's/^/standing /'
    for iptables_family in $xt_families; do xt "$iptables_family" save -t raw 2>/dev/null; done
  } | awk '
    $1 == "lease" { left[$2] = $3 }
    $1 == "standing" { standing[$2] = 1 }
    $1 == "-A" && $2 ~ /^fb-/ && $3 == "-s" && $NF == "DROP" {
      key = substr($2, 4)
      target = $4
      sub(/\/(32|128)$/, "", target)
      comment = "?"
      for (i = 5; i < NF; i++) if ($i == "--comment") comment = $(i + 1)
      gsub(/"/, "", comment)
      gsub(/[^A-Za-z0-9._:@~-]/, "?", comment)
      if (standing[key]) print key, comment, target, ((key in left) ? left[key] : "-")
    }'
}

iptables_families() {
  xt_say_families
}

iptables_packets() {
  xt_packets "$1"
}

# Rules of ours only, by their comment; counters and order of the others stay.
iptables_lift() {
  iptables_ours=$(sb_comment "$(cat "${2%/*}/action")" "$1")
  for iptables_family in $xt_families; do
    iptables_words=$(xt "$iptables_family" save -t raw 2>/dev/null |
      awk -v key="$1" -v ours="$iptables_ours" -v lease="$2" "$SB_LIFTED_AWK"'
        $1 != "-A" || ($2 != "fb-" key && $2 != "fo-" key) || $NF != "DROP" { next }
        {
          plain = $0
          gsub(/"/, "", plain)
          if (!index(plain, " --comment " ours " ") || !lifted($4)) next
          sub(/^-A/, "-D")
          rules = rules $0 "\n"
        }
        END { if (rules != "") printf "*raw\n%sCOMMIT\n", rules }')
    [ -z "$iptables_words" ] || printf '%s\n' "$iptables_words" | xt "$iptables_family" restore -w 5 --noflush || return
  done
}

iptables_drop() {
  xt_reaches "$2" || return
  systemctl stop "firebreak-end-$1.timer" >/dev/null 2>&1
  xt_drop "$1"
}
