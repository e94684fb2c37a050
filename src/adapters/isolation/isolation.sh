# --- isolation: what its scripts share (C3, C8) -----------------------------------------------------------------------
#
# A scope is `host` (this machine cut off from everything) or `forward/NAME` (what this gateway routes for NAME cut off).
# Each owner has a claim in the hold: `until` and `armed` (moments, due.sh), `confirmed`, and its `port`, `allow`, `cut` and
# `card` lines. The table is always a function of all claims together.

# Kinds of acts that hold an isolation.
# shellcheck disable=SC2034 # for programs that open a journal
iso_kinds='isolate-host isolate-segment forced-isolation'

iso_open() {
  case $1 in
    host)
      # shellcheck disable=SC2034 # for programs that count holds
      iso_thing=isolation-host
      iso_table=firebreak_iso
      iso_chains='pre out forward'
      iso_sets='management4 management6 ssh_ports neighbours6'
      ;;
    forward/*)
      iso_sum=$(printf '%s' "${1#forward/}" | sha256sum | cut -c 1-12)
      # shellcheck disable=SC2034 # for programs that count holds
      iso_thing=isolation-forward-$iso_sum
      iso_table=firebreak_fwd_$iso_sum
      iso_chains=forward
      iso_sets='management4 management6 ssh_ports cut4 cut6'
      ;;
    *) fb_fail 64 'malformed scope' ;;
  esac
  iso_scope=$1
}

iso_need_nft() {
  command -v nft >/dev/null || fb_fail 69 'nft is missing'
}

# KEY: its values in the claims that count, or without KEY their files. What nobody confirmed while it was armed is over: it says
# nothing about what comes later. By find, because many claims are more than one command takes.
iso_claims() {
  find "$hold/owners" -name 'INC-*' -exec awk -v key="${1:-}" -v clocks="$(fb_clocks)" "$FB_LEFT_AWK"'
    function stands(moment,   seconds) {
      seconds = left(moment)
      return seconds == "never" || seconds > 0
    }
    function judge() {
      if (lasts || armed == "" || stands(armed)) printf "%s", said
      said = lasts = armed = ""
    }
    FNR == 1 { judge(); if (key == "") said = FILENAME "\n" }
    $1 == "confirmed" { lasts = $2 }
    $1 == "armed" { armed = substr($0, 7) }
    $1 == key { said = said substr($0, length(key) + 2) "\n" }
    END { judge() }' {} + 2>/dev/null
}

# Action ids of the others whose claims count.
iso_others() {
  iso_claims | grep -Fvx -- "$hold_mine" | sed 's|.*/||' | tr + :
}

# Seconds for which the claims keep it armed: the longest of them, `never` without an end; empty when there is no claim.
iso_left() {
  iso_claims armed | fb_left
}

# stdin, a line each, as the elements of set NAME.
iso_set() {
  printf '  set %s {\n    type %s\n' "$1" "$2"
  [ -z "$3" ] || printf '    flags %s\n    auto-merge\n' "$3"
  sort -u | awk 'NF { printf "%s%s", n++ ? ", " : "    elements = { ", $0 } END { if (n) print " }" }'
  printf '  }\n'
}

iso_v4() { grep -v : || true; }
iso_v6() { grep : || true; }

# Who keeps SSH: the plans' management prefixes, and where emergency accounts may come from (C8).
iso_allowed() {
  iso_claims allow
  sed -n 's/^from //p' "$FB_HOME/holds"/emergency-*/owners/INC-* 2>/dev/null
}

iso_armed() {
  left=$(iso_left)
  printf '  set armed {\n    typeof meta nfproto\n    flags timeout\n'
  if [ "$left" = never ]; then
    printf '    elements = { ipv4, ipv6 }\n'
  elif [ "${left:-0}" -gt 0 ]; then
    printf '    elements = { ipv4 timeout %ss, ipv6 timeout %ss }\n' "$left" "$left"
  fi
  printf '  }\n'
}

# Ownership in the kernel, for whoever reads the ruleset (C4): numbered elements whose comments are the action ids.
iso_owners() {
  printf '  set owners {\n    type mark\n'
  iso_claims | sed 's|.*/||' | tr + : | cut -c 1-120 |
    awk '{ printf "%s%d comment \"%s\"", n++ ? ", " : "    elements = { ", NR, $0 } END { if (n) print " }" }'
  printf '  }\n'
}

# Where neighbour discovery may go: the link, its prefixes, and we ourselves. To anywhere else it would be a way out.
iso_neighbours() {
  printf '%s\n' fe80::/10 ff02::/16
  ip -6 route show table main 2>/dev/null | sed -n '/ via /d; s/^\([0-9a-f:]*:[0-9a-f:/]*\) .*proto \(kernel\|ra\).*/\1/p'
  iso_allowed | iso_v6
}

# Our own way in, name resolution of the link and address renewal by broadcast stay; a DHCP message to one address, or
# DNS to anybody, would be a way out for an intruder. Our answers are told by their flags: nothing that opens a connection
# leaves. Connection tracking may start only with these rules, and then takes what we are in the middle of for something new:
# our own reply would be dropped until the next keepalive, 5 seconds later. A router's word on the size of packets comes in,
# else our session stalls at the first large answer; multicast listener reports leave, else a switch that watches groups
# (RFC 4541) soon brings the host no neighbour solicitations. Nothing is forwarded: what containers send is no way of ours.
iso_host_chains() {
  cat <<'EOF'
  chain pre {
    type filter hook prerouting priority -310; policy accept;
    meta nfproto != @armed accept
    iif "lo" accept
    ip saddr @management4 tcp dport @ssh_ports accept
    ip6 saddr @management6 tcp dport @ssh_ports accept
    ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    ip6 saddr fe80::/10 icmpv6 type mld-listener-query accept
    icmp type destination-unreachable icmp code frag-needed limit rate 50/second accept
    icmpv6 type packet-too-big limit rate 50/second accept
    udp sport 67 udp dport 68 accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    counter drop
  }
  chain out {
    type filter hook output priority -150; policy accept;
    meta nfproto != @armed accept
    oif "lo" accept
    ip daddr @management4 tcp sport @ssh_ports tcp flags & (syn | ack) != syn accept
    ip6 daddr @management6 tcp sport @ssh_ports tcp flags & (syn | ack) != syn accept
    ip6 daddr @neighbours6 ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    ip6 daddr ff02::/16 ip6 hoplimit 255 icmpv6 type nd-router-solicit accept
    ip6 daddr ff02::/16 ip6 hoplimit 1 icmpv6 type { mld-listener-report, mld2-listener-report } accept
    ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    ip6 daddr ff02::1:2 udp sport 546 udp dport 547 accept
    counter drop
  }
  chain forward {
    type filter hook forward priority -310; policy accept;
    meta nfproto != @armed accept
    counter drop
  }
EOF
}

iso_forward_chains() {
  cat <<'EOF'
  chain forward {
    type filter hook forward priority -310; policy accept;
    meta nfproto != @armed accept
    ip saddr @management4 ip daddr @cut4 tcp dport @ssh_ports accept
    ip saddr @cut4 ip daddr @management4 tcp sport @ssh_ports tcp flags & (syn | ack) != syn accept
    ip6 saddr @management6 ip6 daddr @cut6 tcp dport @ssh_ports accept
    ip6 saddr @cut6 ip6 daddr @management6 tcp sport @ssh_ports tcp flags & (syn | ack) != syn accept
    ip daddr @cut4 icmp type destination-unreachable icmp code frag-needed limit rate 50/second accept
    ip6 daddr @cut6 icmpv6 type packet-too-big limit rate 50/second accept
    ip saddr @cut4 counter drop
    ip daddr @cut4 counter drop
    ip6 saddr @cut6 counter drop
    ip6 daddr @cut6 counter drop
EOF
  iso_claims card | sort -u | while read -r device card; do
    printf '    iifname "%s" ether saddr %s counter drop\n' "$device" "$card"
  done
  printf '  }\n'
}

# One transaction: there is no moment without the rules when they are replaced.
iso_render() {
  printf 'add table inet %s\ndelete table inet %s\ntable inet %s {\n' "$iso_table" "$iso_table" "$iso_table"
  iso_armed
  iso_owners
  iso_allowed | iso_v4 | iso_set management4 ipv4_addr interval
  iso_allowed | iso_v6 | iso_set management6 ipv6_addr interval
  iso_claims port | tr ' ' '\n' | iso_set ssh_ports inet_service ''
  if [ "$iso_scope" = host ]; then
    iso_neighbours | iso_set neighbours6 ipv6_addr interval
    iso_host_chains
  else
    iso_claims cut | iso_v4 | iso_set cut4 ipv4_addr interval
    iso_claims cut | iso_v6 | iso_set cut6 ipv6_addr interval
    iso_forward_chains
  fi
  printf '}\n'
}

# What we leave behind, without counters and running times.
iso_fingerprint() {
  {
    for chain in $iso_chains; do nft -s list chain inet "$iso_table" "$chain" || echo missing; done
    for set in $iso_sets; do
      nft -s list set inet "$iso_table" "$set" || echo missing
    done
  } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# Renders, checks and applies all claims; $hold/left tells an undo and a check what to expect. $hold/applying stands where an act was cut
# off before it could write that down.
iso_apply() {
  iso_render | fb_write "$fb_dir/rules.nft"
  nft -c -f "$fb_dir/rules.nft" || return 1
  echo applying | fb_write "$hold/applying"
  nft -f "$fb_dir/rules.nft" || {
    rm -f "$hold/applying"
    return 1
  }
  iso_fingerprint | fb_write "$hold/left"
  rm -f "$hold/applying"
  printf '%s\n' "$iso_scope" | fb_write "$hold/scope"
}

iso_is_armed() {
  nft list set inet "$iso_table" armed 2>/dev/null | grep -q 'ipv4.*ipv6'
}

# What is not as it should be, one word a line.
iso_faults() {
  if ! nft list table inet "$iso_table" >/dev/null 2>&1; then
    echo table
  else
    [ "$(iso_fingerprint)" = "$(cat "$hold/left" 2>/dev/null)" ] || echo rules
    iso_is_armed || echo disarmed
  fi
}

# KEY VALUE: changes one line of this action's claim.
iso_amend() {
  { grep -v "^$1 " "$hold_mine" && printf '%s %s\n' "$1" "$2"; } >"$fb_dir/claim.draft"
  fb_write "$hold_mine" <"$fb_dir/claim.draft"
}
