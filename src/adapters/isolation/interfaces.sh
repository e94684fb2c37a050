# --- interfaces and what they carry (C6) -----------------------------------------------------------------------------------

interfaces_up() {
  ip -o link show up | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p' | grep -vx lo
}

# A device that leads to management, or that Firebreak comes over, is never touched. Whose other sessions it carries counts
# for nothing: they may be the intruder's.
management_interfaces() {
  {
    printf '%s\n' "$h_allow" | tr , '\n' | sed 's|/.*||'
    printf '%s\n' "$FIREBREAK_PEER"
  } | while IFS= read -r to; do
    [ -n "$to" ] && ip -o route get "$to" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  done
  ip -o addr show | awk -v a="$h_address" '{ split($4, part, "/") } part[1] == a { print $2 }'
}

# FILE of devices: these and what they stand on: ports of a bridge or bond, the device below a VLAN.
with_carriers() {
  ip -o link show | awk '
    NR == FNR { kept[$1] = 1; next }
    {
      name = $2; sub(/:$/, "", name)
      if (split(name, end, "@") == 2) { name = end[1]; below[name] = end[2] }
      names[name] = 1
      for (i = 3; i < NF; i++) if ($i == "master") master[name] = $(i + 1)
    }
    END {
      do {
        grown = 0
        for (name in names) if (!(name in kept) && (master[name] in kept)) { kept[name] = 1; grown = 1 }
        for (name in below) if ((name in kept) && !(below[name] in kept)) { kept[below[name]] = 1; grown = 1 }
      } while (grown)
      for (name in kept) print name
    }' "$1" -
}

# NAMES LIST: those of the first that are in the second.
common() {
  printf '%s\n' "$1" | grep -Fx "${2:-/}"
}
