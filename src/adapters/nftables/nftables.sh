# Source blocks in nftables: one table for all acts, chains and sets of its own for each act, so that acts of different
# incidents never share an element: what one releases the other still holds (C4). No auto-merge where there are time-outs:
# merged ranges take one member's end for all. -310 lies before conntrack and NAT: established flows and published container
# ports are cut too.

nftables_available() {
  command -v nft >/dev/null 2>&1 && nft list tables >/dev/null 2>&1
}

# The whole state of one act as a transaction: made or emptied first, then filled.
nftables_rules() {
  awk -v key="$2" -v comment="$3" -v left="$(sb_seconds_left "$1")" '
    BEGIN { if (left < 1) left = 1 }
    function family(text) { return index(text, ":") ? 6 : 4 }
    # Kept apart and joined on the way out: growing one long string takes time by its square.
    function put(set, text) { element[set, ++count[set]] = text }
    $1 == "direction" { direction = $2 }
    $1 == "protect" { put("p" family($2), $2) }
    $1 == "block" {
      put((index($2, "/") ? "n" : "b") family($2), $2 " timeout " left "s comment \"" comment "\"")
    }
    function chain(name, hook) {
      name = name "-" key
      print "add chain inet firebreak " name " { type filter hook " hook " priority -310; policy accept; }"
      print "flush chain inet firebreak " name
      return name
    }
    function rules(name, end,   f, ip) {
      for (f = 4; f <= 6; f += 2) {
        ip = (f == 4 ? "ip " : "ip6 ") end
        print "add rule inet firebreak " name " " ip " @p" f "-" key " accept"
        print "add rule inet firebreak " name " " ip " @b" f "-" key " counter drop"
        print "add rule inet firebreak " name " " ip " @n" f "-" key " counter drop"
      }
    }
    END {
      print "add table inet firebreak"
      for (f = 4; f <= 6; f += 2) {
        type = "type ipv" f "_addr; "
        flags["p" f] = "flags interval; auto-merge;"
        flags["b" f] = "flags timeout;"
        flags["n" f] = "flags interval,timeout;"
        for (set in flags) if (substr(set, 2) == f) {
          print "add set inet firebreak " set "-" key " { " type flags[set] " }"
          print "flush set inet firebreak " set "-" key
        }
      }
      pre = chain("pre", "prerouting")
      print "add rule inet firebreak " pre " iifname \"lo\" accept"
      rules(pre, "saddr")
      if (direction == "both") {
        rules(pre, "daddr")
        out = chain("out", "output")
        print "add rule inet firebreak " out " oifname \"lo\" accept"
        rules(out, "daddr")
      }
      for (set in count) {
        print "add element inet firebreak " set "-" key " {"
        for (i = 1; i <= count[set]; i++) print element[set, i] (i < count[set] ? "," : "")
        print "}"
      }
    }
  ' "$1"
}

nftables_load() {
  nftables_rules "$@" | nft -f -
}

nftables_check() {
  nftables_rules "$@" | nft -c -f -
}

# One JSON object a line.
nftables_objects() {
  nft -j list table inet firebreak 2>/dev/null | sed 's/{"\(table\|chain\|set\|rule\|elem\)": {/\n&/g'
}

# An element counts only while its act's chain hangs at its hook with its rules and the table is awake.
nftables_read() {
  nftables_objects | awk '
    function text(name,   at, rest) {
      at = index($0, "\"" name "\": \"")
      if (!at) return ""
      rest = substr($0, at + length(name) + 5)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    function number(name,   at, rest) {
      at = index($0, "\"" name "\": ")
      if (!at) return "-"
      rest = substr($0, at + length(name) + 4)
      return match(rest, /^-?[0-9]+/) ? substr(rest, 1, RLENGTH) : "-"
    }
    /^\{"table"/ && /dormant/ { exit }
    /^\{"chain"/ && number("prio") == -310 { hooked[text("name"), text("hook")] = 1 }
    /^\{"rule"/ && /"drop": null/ { drops[text("chain")]++ }
    /^\{"set"/ { set = text("name") }
    /^\{"elem"/ && set ~ /^[bn][46]-/ {
      key = substr(set, 4)
      target = /"prefix"/ ? text("addr") "/" number("len") : text("val")
      n++
      owner[n] = key
      comment = text("comment")
      gsub(/[^A-Za-z0-9._:@~-]/, "?", comment)
      line[n] = key " " (comment == "" ? "?" : comment) " " target " " number("expires")
    }
    # Twice four rules at the way in: both directions, so the way out must hang too.
    function stands(key) {
      if (!hooked["pre-" key, "prerouting"] || drops["pre-" key] < 4) return 0
      return drops["pre-" key] < 8 || (hooked["out-" key, "output"] && drops["out-" key] >= 4)
    }
    END { for (i = 1; i <= n; i++) if (stands(owner[i])) print line[i] }
  '
}

# One table for both families: it takes addresses of either, whatever the host speaks.
nftables_families() {
  printf 'family %s\n' 4 6
}

nftables_packets() {
  nft -j list table inet firebreak 2>/dev/null | sed 's/{"rule": {/\n&/g' |
    awk -v key="$1" '
      index($0, "\"chain\": \"pre-" key "\"") || index($0, "\"chain\": \"out-" key "\"") {
        found = 1
        if (match($0, /"packets": [0-9]+/)) sum += substr($0, RSTART + 11, RLENGTH - 11)
      }
      END { if (found) printf "%.0f", sum; else printf "0" }
    '
}

# The tables that hold act $1: ours, and its mirror where heightened monitoring logs by one (monitoring.sh). Both change in one
# transaction: a mirror that is behind would be taken for lost, and log packets as dropped that pass.
nftables_tables() {
  echo firebreak
  ! nft list chain inet firebreak_log "pre-$1" >/dev/null 2>&1 || echo firebreak_log
}

# stdin: what is held; stdout: the transaction that takes elements of act $1 away whose range the condition $3, in awk, picks.
nftables_without() {
  awk -v key="$1" -v ours="$(sb_comment "$(cat "${2%/*}/action")" "$1")" -v lease="$2" \
    -v tables="$(nftables_tables "$1" | tr '\n' ' ')" "$SB_LIFTED_AWK"'
    $1 == key && $2 == ours && ('"$3"') {
      n = split(tables, table, " ")
      for (i = 1; i <= n; i++) {
        element = table[i] " " (index($3, "/") ? "n" : "b") (index($3, ":") ? "6" : "4") "-" key " { " $3 " }"
        print "add element inet " element
        print "delete element inet " element
      }
    }'
}

nftables_lift() {
  # shellcheck disable=SC2016 # a condition for awk
  nftables_read | nftables_without "$1" "$2" 'lifted($3)' | nft -f -
}

# Elements that somebody else put into our sets stay, and so do the rules that make them count (C5).
nftables_drop() {
  nft list chain inet firebreak "pre-$1" >/dev/null 2>&1 || return 0
  nftables_ours=$(sb_comment "$(cat "${2%/*}/action")" "$1")
  if nftables_read | awk -v key="$1" -v ours="$nftables_ours" '$1 == key && $2 != ours { f = 1 } END { exit !f }'; then
    nftables_read | nftables_without "$1" "$2" 1 | nft -f -
    return
  fi
  for nftables_table in $(nftables_tables "$1"); do
    for nftables_chain in "pre-$1" "out-$1"; do
      printf '%s chain inet %s %s\n' add "$nftables_table" "$nftables_chain" flush "$nftables_table" "$nftables_chain" \
        delete "$nftables_table" "$nftables_chain"
    done
    for nftables_set in p4 b4 n4 p6 b6 n6; do
      printf 'delete set inet %s %s-%s\n' "$nftables_table" "$nftables_set" "$1"
    done
  done | nft -f - || return
  # The last act takes the table along, and its mirror.
  if ! nft -j list chains inet 2>/dev/null | grep -q '"table": "firebreak"'; then
    printf 'add table inet %s\ndelete table inet %s\n' firebreak firebreak firebreak_log firebreak_log | nft -f -
  fi
}
