# iptables and ip6tables for Firebreak's chains: raw table, before conntrack, so established flows are cut too. Each family
# is one iptables-restore, which is all or nothing; -w waits for the lock instead of losing the act.

# Prints the program's common name: the back end that holds this host's rules, else the host's default.
xt_variant() {
  for xt_name in iptables-legacy iptables-nft; do
    if command -v "$xt_name-save" >/dev/null 2>&1 && "$xt_name-save" 2>/dev/null | grep -q '^-A'; then
      printf '%s' "${xt_name#iptables}"
      return
    fi
  done
}

# $1 4 or 6, $2 save or restore, then words.
xt() {
  if [ -z "${XT_ASKED:-}" ]; then
    XT_VARIANT=$(xt_variant)
    XT_ASKED=1
  fi
  xt_family=
  [ "$1" = 4 ] || xt_family=6
  xt_program="ip${xt_family}tables$XT_VARIANT-$2"
  command -v "$xt_program" >/dev/null 2>&1 || xt_program="ip${xt_family}tables-$2"
  shift 2
  "$xt_program" "$@"
}

# Does this host speak IPv6 anywhere but on lo? Without an interface that does, no packet of that family reaches it.
xt_kernel_has() {
  [ "$1" = 6 ] || return 0
  [ -e /proc/net/if_inet6 ] || return 1
  for xt_switch in /proc/sys/net/ipv6/conf/*/disable_ipv6; do
    case $xt_switch in */all/* | */default/* | */lo/*) continue ;; esac
    [ "$(cat "$xt_switch" 2>/dev/null)" = 1 ] || return 0
  done
  return 1
}

# FAMILY: do its tools work?
xt_try() {
  xt "$1" save -t raw >/dev/null && printf '*raw\nCOMMIT\n' | xt "$1" restore -w 5 --noflush --test
}

# Looks which families can be filtered here: $xt_families. $xt_without has a line `FAMILY kernel` or `FAMILY tools` for each other one,
# and $xt_says what its tools said. One family is enough: a host without IPv6 is protected by rules for IPv4.
xt_usable() {
  xt_families=
  xt_without=
  xt_says=
  XT_VARIANT=$(xt_variant)
  XT_ASKED=1
  for xt_of in 4 6; do
    if xt_words=$(xt_try "$xt_of" 2>&1); then
      xt_families="$xt_families $xt_of"
      continue
    fi
    xt_why=kernel
    if xt_kernel_has "$xt_of"; then
      xt_why=tools
      xt_says=$xt_words
    fi
    xt_without=$(printf '%s\n' "$xt_without" "$xt_of $xt_why" | sed '/^$/d')
  done
  [ -n "$xt_families" ]
}

# `family 4` for each that can be filtered, and `without 6 WHY` for each that cannot.
xt_say_families() {
  for xt_of in $xt_families; do fb_say family "$xt_of"; done
  [ -z "$xt_without" ] || printf '%s\n' "$xt_without" | sed 's/^/without /'
}

# LEASE: keeps in the journal in which families the act has rules.
xt_note_families() {
  printf '%s\n' "$xt_families" | fb_write "${1%/*}/families"
}

# LEASE: can all rules of the act be reached? Those of a family whose tools do not work any more cannot.
xt_reaches() {
  [ -r "${1%/*}/families" ] || return 0
  for xt_of in 4 6; do
    grep -qw "$xt_of" "${1%/*}/families" || continue
    case " $xt_families " in *" $xt_of "*) continue ;; esac
    ! xt_kernel_has "$xt_of" || return 1
  done
}

# One family's chains as iptables-restore input: $1 family, $2 lease, $3 key; stdin: what makes a packet an attacker's, as
# `src WORDS` and `dst WORDS` lines of matches. Chains are replaced whole; the jumps are added once.
xt_chains() {
  xt_rules=$(xt "$1" save -t raw 2>/dev/null)
  printf '*raw\n:fb-%s - [0:0]\n' "$3"
  xt_direction=$(sb_lease_value "$2" direction)
  [ "$xt_direction" = in ] || printf ':fo-%s - [0:0]\n' "$3"
  awk -v family="$1" -v key="$3" -v direction="$xt_direction" '
    NR == FNR {
      if ($1 == "protect" && (index($2, ":") ? 6 : 4) == family) safe[++n] = $2
      next
    }
    FNR == 1 {
      print "-A fb-" key " -i lo -j RETURN"
      if (direction == "both") print "-A fo-" key " -o lo -j RETURN"
      for (i = 1; i <= n; i++) {
        print "-A fb-" key " -s " safe[i] " -j RETURN"
        if (direction == "both") print "-A fo-" key " -d " safe[i] " -j RETURN"
      }
    }
    { end = $1; sub(/^[a-z]+ /, "") }
    end == "src" || direction == "both" { print "-A fb-" key " " $0 " -j DROP" }
    end == "dst" && direction == "both" { print "-A fo-" key " " $0 " -j DROP" }
  ' "$2" -
  printf '%s\n' "$xt_rules" | grep -qx -- "-A PREROUTING -j fb-$3" || printf -- '-I PREROUTING 1 -j fb-%s\n' "$3"
  [ "$xt_direction" = in ] || printf '%s\n' "$xt_rules" | grep -qx -- "-A OUTPUT -j fo-$3" ||
    printf -- '-I OUTPUT 1 -j fo-%s\n' "$3"
  echo COMMIT
}

# Takes one act's jumps and chains away, in one transaction a family; nothing there is no error.
xt_drop() {
  for xt_of in $xt_families; do
    xt_words=$(xt "$xt_of" save -t raw 2>/dev/null | awk -v key="$1" '
      $1 == ":fb-" key || $1 == ":fo-" key { chains = chains "-F " substr($1, 2) "\n"; ends = ends "-X " substr($1, 2) "\n" }
      $1 == "-A" && $3 == "-j" && ($4 == "fb-" key || $4 == "fo-" key) { jumps = jumps "-D " $2 " -j " $4 "\n" }
      END { if (chains jumps != "") printf "*raw\n%s%s%sCOMMIT\n", jumps, chains, ends }
    ')
    [ -z "$xt_words" ] || printf '%s\n' "$xt_words" | xt "$xt_of" restore -w 5 --noflush || return
  done
}

# `KEY` of each act whose chains hang at their hooks with at least one DROP, in each family.
xt_standing() {
  for xt_of in $xt_families; do xt "$xt_of" save -t raw 2>/dev/null | sed "s/^/$xt_of /"; done | awk '
    $2 == "-A" && $3 == "PREROUTING" && $4 == "-j" && $5 ~ /^fb-/ { jump[$1, substr($5, 4)] = 1 }
    $2 == "-A" && $3 == "OUTPUT" && $4 == "-j" && $5 ~ /^fo-/ { jump[$1, "out", substr($5, 4)] = 1 }
    $2 ~ /^:fo-/ { out[$1, substr($2, 5)] = 1 }
    $2 == "-A" && $3 ~ /^fb-/ && $NF == "DROP" { key = substr($3, 4); drops[$1, key]++; keys[key] = 1 }
    END {
      for (key in keys) {
        ok = 1
        for (f = 4; f <= 6; f += 2) {
          if (drops[f, key] && !jump[f, key]) ok = 0
          if (((f, key) in out) && !jump[f, "out", key]) ok = 0
        }
        if (ok) print key
      }
    }'
}

xt_packets() {
  for xt_of in $xt_families; do xt "$xt_of" save -c -t raw 2>/dev/null; done | awk -v key="$1" '
    ($3 == "fb-" key || $3 == "fo-" key) && $NF == "DROP" { sub(/^\[/, "", $1); sum += $1 + 0 }
    END { printf "%.0f", sum }'
}
