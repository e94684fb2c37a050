# Source blocks in ipset and iptables, for hosts without nft: sets of its own for each act, elements with end and owner. A set
# is filled beside the live one and swapped in, because ipset restore stops in the middle of a bad list. Ends beyond 24.8 days
# are cut to that (the kernel's limit) and then read back as such.
IPSET_LONGEST=2147483

ipset_available() {
  command -v ipset >/dev/null 2>&1 && ipset list -n >/dev/null 2>&1 && xt_usable
}

# Set names hold at most 31 bytes: fb4h-, fb4n-, fb6h-, fb6n- and the key; tm4h- and so on while a set is filled. The kernel has one
# space of names for all, so none of these is shared between acts.
# With a fourth word the sets are filled as they are, for a look.
ipset_fill() {
  awk -v key="$2" -v comment="$3" -v direct="${4:-}" -v left="$(sb_seconds_left "$1")" -v longest="$IPSET_LONGEST" -v families="$xt_families" '
    BEGIN {
      if (left < 1) left = 1
      if (left > longest) left = longest
      count = split(families, family, " ")
      for (n = 1; n <= count; n++) {
        f = family[n]
        has[f] = 1
        inet = " family " (f == 4 ? "inet" : "inet6") " maxelem 262144 timeout 0 comment -exist\n"
        printf "create fb%dh-%s hash:ip%screate fb%dn-%s hash:net%s", f, key, inet, f, key, inet
        if (direct != "") continue
        printf "create tm%dh-%s hash:ip%screate tm%dn-%s hash:net%s", f, key, inet, f, key, inet
        printf "flush tm%dh-%s\nflush tm%dn-%s\n", f, key, f, key
      }
    }
    $1 == "block" && ((index($2, ":") ? 6 : 4) in has) {
      name = (direct == "" ? "tm" : "fb") (index($2, ":") ? 6 : 4) (index($2, "/") ? "n" : "h") "-" key
      print "add " name " " $2 " timeout " left " comment \"" comment "\" -exist"
    }
    END {
      for (n = 1; n <= count && direct == ""; n++) {
        f = family[n]
        printf "swap tm%dh-%s fb%dh-%s\nswap tm%dn-%s fb%dn-%s\n", f, key, f, key, f, key, f, key
        printf "destroy tm%dh-%s\ndestroy tm%dn-%s\n", f, key, f, key
      }
    }
  ' "$1"
}

# COMMAND…: the kernel swaps and destroys no set while somebody reads it, in an evidence collection for one. What is tried again does
# the same once more.
ipset_again() {
  for ipset_go in 1 2 3 4 5 6 7 8 9; do
    "$@" 2>/dev/null && return
    sleep "0.$ipset_go"
  done
  "$@"
}

ipset_matches() {
  for ipset_end in src dst; do
    for ipset_kind in h n; do
      printf '%s -m set --match-set fb%s%s-%s %s\n' "$ipset_end" "$1" "$ipset_kind" "$2" "$ipset_end"
    done
  done
}

ipset_load() {
  ipset_sweep_looks
  ipset_fill "$@" >"$fb_dir/ipset.draft"
  ipset_again ipset restore -file "$fb_dir/ipset.draft" || return
  xt_note_families "$1" || return
  for ipset_family in $xt_families; do
    ipset_matches "$ipset_family" "$2" | xt_chains "$ipset_family" "$1" "$2" | xt "$ipset_family" restore -w 5 --noflush || {
      xt_drop "$2"
      return 1
    }
  done
}

# The sets must be there for iptables to accept the rules, so they are made under the name of this very look, and taken away again.
ipset_check() {
  ipset_try="try-$$"
  ipset_fill "$1" "$ipset_try" "$3" direct | ipset restore &&
    for ipset_family in $xt_families; do
      ipset_matches "$ipset_family" "$ipset_try" | xt_chains "$ipset_family" "$1" "$ipset_try" |
        xt "$ipset_family" restore -w 5 --noflush --test || return
    done
  ipset_status=$?
  ipset_forget "$ipset_try"
  return "$ipset_status"
}

ipset_forget() {
  for ipset_set in 4h 4n 6h 6n; do
    ! ipset list -n "fb$ipset_set-$1" >/dev/null 2>&1 || ipset_again ipset destroy "fb$ipset_set-$1"
  done
}

# What looks that were cut off have left: their shell is gone.
ipset_sweep_looks() {
  ipset list -n | sed -n 's/^fb4h-try-\([0-9]\{1,\}\)$/\1/p' | while IFS= read -r ipset_look; do
    [ -d "/proc/$ipset_look" ] || ipset_forget "try-$ipset_look"
  done
}

ipset_read() {
  {
    xt_standing | sed 's/^/standing /'
    ipset save 2>/dev/null
  } | awk '
    $1 == "standing" { standing[$2] = 1 }
    $1 == "add" && $2 ~ /^fb[46][hn]-/ {
      key = substr($2, 6)
      seconds = "-"; comment = "?"
      for (i = 4; i < NF; i++) {
        if ($i == "timeout" && $(i + 1) > 0) seconds = $(i + 1)
        if ($i == "comment") comment = $(i + 1)
      }
      gsub(/"/, "", comment)
      gsub(/[^A-Za-z0-9._:@~-]/, "?", comment)
      if (standing[key]) print key, comment, $3, seconds
    }'
}

ipset_families() {
  xt_say_families
}

ipset_packets() {
  xt_packets "$1"
}

# stdin: what is held; stdout: the commands that take elements of act $1 away whose range the condition $3, in awk, picks.
ipset_without() {
  awk -v key="$1" -v ours="$(sb_comment "$(cat "${2%/*}/action")" "$1")" -v lease="$2" "$SB_LIFTED_AWK"'
    $1 == key && $2 == ours && ('"$3"') {
      print "del fb" (index($3, ":") ? 6 : 4) (index($3, "/") ? "n" : "h") "-" key " " $3 " -exist"
    }'
}

ipset_lift() {
  # shellcheck disable=SC2016 # a condition for awk
  ipset_read | ipset_without "$1" "$2" 'lifted($3)' | ipset restore
}

# Elements that somebody else put into our sets stay, and so do the rules that make them count (C5).
ipset_drop() {
  xt_reaches "$2" || return
  ipset_ours=$(sb_comment "$(cat "${2%/*}/action")" "$1")
  if ipset_read | awk -v key="$1" -v ours="$ipset_ours" '$1 == key && $2 != ours { f = 1 } END { exit !f }'; then
    ipset_read | ipset_without "$1" "$2" 1 | ipset restore
    return
  fi
  xt_drop "$1" || return
  for ipset_set in 4h 4n 6h 6n; do
    if ipset list -n "fb$ipset_set-$1" >/dev/null 2>&1; then ipset_again ipset destroy "fb$ipset_set-$1" || return; fi
  done
}
