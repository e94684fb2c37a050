# Source blocks in ipset and iptables, for hosts without nft: sets of its own for each act, elements with end and owner. A set
# is filled beside the live one and swapped in, because ipset restore stops in the middle of a bad list. Ends beyond 24.8 days
# are cut to that (the kernel's limit) and then read back as such.
IPSET_LONGEST=2147483

ipset_available() {
  command -v ipset >/dev/null 2>&1 && ipset list -n >/dev/null 2>&1 && xt_usable
}

# Set names hold at most 31 bytes: fb4h-, fb4n-, fb6h-, fb6n- and the key.
ipset_fill() {
  awk -v key="$2" -v comment="$3" -v now="$(date +%s)" -v longest="$IPSET_LONGEST" '
    BEGIN {
      for (f = 4; f <= 6; f += 2) {
        inet = " family " (f == 4 ? "inet" : "inet6") " maxelem 262144 timeout 0 comment -exist\n"
        printf "create fb%dh-%s hash:ip%screate fb%dn-%s hash:net%s", f, key, inet, f, key, inet
        printf "create tmp%dh hash:ip%screate tmp%dn hash:net%sflush tmp%dh\nflush tmp%dn\n", f, inet, f, inet, f, f
      }
    }
    $1 == "expires" {
      left = $2 - now
      if (left < 1) left = 1
      if (left > longest) left = longest
    }
    $1 == "block" {
      name = "tmp" (index($2, ":") ? 6 : 4) (index($2, "/") ? "n" : "h")
      print "add " name " " $2 " timeout " left " comment \"" comment "\" -exist"
    }
    END {
      for (f = 4; f <= 6; f += 2) {
        printf "swap tmp%dh fb%dh-%s\nswap tmp%dn fb%dn-%s\n", f, f, key, f, f, key
        printf "destroy tmp%dh\ndestroy tmp%dn\n", f, f
      }
    }
  ' "$1"
}

ipset_matches() {
  for ipset_end in src dst; do
    for ipset_kind in h n; do
      printf '%s -m set --match-set fb%s%s-%s %s\n' "$ipset_end" "$1" "$ipset_kind" "$2" "$ipset_end"
    done
  done
}

ipset_load() {
  ipset_fill "$@" | ipset restore || return
  for ipset_family in 4 6; do
    ipset_matches "$ipset_family" "$2" | xt_chains "$ipset_family" "$1" "$2" | xt "$ipset_family" restore -w 5 --noflush || {
      xt_drop "$2"
      return 1
    }
  done
}

# The sets must be there for iptables to accept the rules, so they are made under another name, and taken away again.
ipset_check() {
  ipset_try="try-${2##*-}"
  ipset_fill "$1" "$ipset_try" "$3" | ipset restore &&
    for ipset_family in 4 6; do
      ipset_matches "$ipset_family" "$ipset_try" | xt_chains "$ipset_family" "$1" "$ipset_try" |
        xt "$ipset_family" restore -w 5 --noflush --test || return
    done
  ipset_status=$?
  for ipset_set in 4h 4n 6h 6n; do ipset destroy "fb$ipset_set-$ipset_try" 2>/dev/null; done
  return "$ipset_status"
}

ipset_read() {
  { xt_standing | sed 's/^/standing /'; ipset save 2>/dev/null; } | awk '
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
  ipset_read | ipset_without "$1" "$2" 'lifted($3)' | ipset restore
}

# Elements that somebody else put into our sets stay, and so do the rules that make them count (C5).
ipset_drop() {
  ipset_ours=$(sb_comment "$(cat "${2%/*}/action")" "$1")
  if ipset_read | awk -v key="$1" -v ours="$ipset_ours" '$1 == key && $2 != ours { f = 1 } END { exit !f }'; then
    ipset_read | ipset_without "$1" "$2" 1 | ipset restore
    return
  fi
  xt_drop "$1" || return
  for ipset_set in 4h 4n 6h 6n; do
    if ipset list -n "fb$ipset_set-$1" >/dev/null 2>&1; then ipset destroy "fb$ipset_set-$1" || return; fi
  done
}
