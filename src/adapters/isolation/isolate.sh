# --- arm an isolation (C3, C6, C8) --------------------------------------------------------------------------------------
#
# Header: action plan scope mode policy armed ttl (seconds until it ends) ports allow cut. Modes: perform; reassert; stage (write and check,
# not in force); force (as perform); check (nothing is kept: the rules, and who is connected). Reply:
# outcome, reason, other…, peer, card…, limit…, replayed, preimage; of check: outcome, allow, peer, counted, session…, flow….
# The armed time runs out by itself in the kernel; confirm-isolation.sh makes it last.

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

only_prefixes() {
  case $1 in *[!0-9A-Fa-f.:/,]*) fb_fail 64 "malformed $2" ;; esac
}

management_list=/etc/firebreak/management
# No isolation is armed for so long without being confirmed; seconds.
longest_armed=900

# stdin: prefixes; those of them that the list has now.
listed() {
  grep -Fx -f "$management_list"
}

# Root of this host has said who manages it: who can run this program keeps the way open for nobody else (H6).
listed_only() {
  fb_roots_own "$management_list" ||
    fb_fail 69 "$management_list is no list that only root writes: run firebreak host setup again"
  asked=$h_allow
  h_allow=$(printf '%s\n' "$asked" | tr , '\n' | listed | tr '\n' , | sed 's/,$//')
  [ -n "$h_allow" ] || fb_fail 69 "$management_list has no management prefix of the order: run firebreak host setup again"
}

# LIST KEY: a claim line for each of a comma list.
lines_of() {
  printf '%s\n' "$1" | tr , '\n' | sed -n "s/^\(..*\)\$/$2 \1/p"
}

# ADDRESS: `card DEVICE HARDWARE-ADDRESS` of a host on our link, so that it does not get past us under an address of its choice, and
# `cut ADDRESS` for each that the card has answered for. A card that is a next hop is a router's, which speaks for many; so may
# one with very many addresses (proxy ARP). Of these only the given addresses are cut.
card_of() {
  way=$(ip -o route get "$1" 2>/dev/null)
  case $way in '' | *' via '* | local* | unreachable* | blackhole* | prohibit*) return ;; esac
  device=$(printf '%s\n' "$way" | sed -n 's/.* dev \([A-Za-z0-9._-]\{1,15\}\) .*/\1/p')
  [ -n "$device" ] || return
  card=$(neighbour_card "$1")
  if [ -z "$card" ]; then
    # Any packet makes the kernel ask for it.
    ssh-keyscan -T 1 -p 9 "$1" >/dev/null 2>&1
    card=$(neighbour_card "$1")
  fi
  [ -n "$card" ] && ! router_cards | grep -Fqx "$card" || return
  answered=$(ip neigh show dev "$device" | grep -F " lladdr $card " | sed 's/ .*//' | grep -v '^fe80:')
  [ "$(printf '%s\n' "$answered" | wc -l)" -le 16 ] || return
  printf 'card %s %s\n' "$device" "$card"
  printf '%s\n' "$answered" | sed -n 's/^\([0-9a-f.:]\{2,\}\)$/cut \1/p'
}

neighbour_card() {
  ip neigh show to "$1" | sed -n 's/.* lladdr \([0-9a-f]\{2\}\(:[0-9a-f]\{2\}\)\{5\}\) .*/\1/p' | head -n 1
}

router_cards() {
  for family in 4 6; do ip -o "-$family" route show table all; done 2>/dev/null |
    awk '{ for (i = 1; i < NF; i++) if ($i == "via") print ($(i + 1) == "inet6" ? $(i + 2) : $(i + 1)) }' | sort -u |
    while IFS= read -r router; do neighbour_card "$router"; done
}

# Ports from the inventory and those sshd says: behind a port forwarding they differ.
claim() {
  printf 'until %s\nconfirmed 0\npolicy %s\n' "$h_until" "$h_policy"
  lines_of "$h_ports" port
  if [ "$iso_scope" = host ]; then sshd -T 2>/dev/null | sed -n 's/^port \([0-9]*\)$/port \1/p'; fi
  lines_of "$h_allow" allow
  lines_of "${h_cut:-}" cut
  case $iso_scope in
    forward/host/*) lines_of "${h_cut:-}" cut | sed '/\//d; s/^cut //' | while IFS= read -r address; do card_of "$address"; done | sort -u ;;
  esac
}

# stdin: a claim. Another's isolation stands: who may get in is then what it says already, so that no second claim opens the first one (H6).
# Root's list of now counts for the second one all the same: where it has none of theirs any more, the claim keeps its own.
adds_nothing() {
  awk -v theirs="$1" '
    BEGIN {
      while ((getline line < theirs) > 0)
        if (split(line, word, " ") == 2) {
          has[line] = 1
          lines[n++] = line
          if (word[1] == "allow") allowed = 1
        }
    }
    ($1 != "allow" && $1 != "port") || ($1 == "allow" && !allowed) { print; next }
    $0 in has { print; kept[$1] = 1 }
    END { for (i = 0; i < n; i++) { split(lines[i], word, " "); if (!(word[1] in kept)) print lines[i] } }'
}

armed_until() {
  if [ "$h_policy" = keep ]; then echo "$h_until"; else fb_moment "$(($(uptime_now) - fb_came_up + h_armed))"; fi
}

stage() {
  iso_need_nft
  staged=$FB_HOME/staged/${fb_dir##*/}
  hold=$staged
  hold_mine=$staged/owners/${fb_dir##*/}
  mkdir -p "$staged/owners" || fb_fail 74 "cannot write to $FB_HOME"
  { claim && printf 'armed %s\n' "$(armed_until)"; } | fb_write "$hold_mine"
  iso_render | fb_write "$staged/rules.nft"
  nft -c -f "$staged/rules.nft" || {
    rm -rf "$staged"
    fb_fail 70 'nft does not accept the isolation rules'
  }
  fb_say outcome applied
  fb_say_file staged "$staged/rules.nft"
  fb_end
}

# `session OWN-PORT OWN-ADDRESS PEER` of each established TCP session of this machine.
sessions() {
  ss -Htn state established 2>/dev/null | head -n 50000 | awk '
    function address(text) { sub(/:[0-9]+$/, "", text); gsub(/[][]/, "", text); sub(/%.*/, "", text); return text }
    { port = $3; sub(/.*:/, "", port); print "session", port, address($3), address($4) }'
}

# `flow FROM TO PORT` of each established TCP session that this gateway routes or has itself.
flows() {
  for family in ipv4 ipv6; do conntrack -L -f "$family" -p tcp --state ESTABLISHED 2>/dev/null; done | head -n 50000 | awk '
    {
      from = to = port = ""
      for (i = 1; i <= NF; i++) {
        if (from == "" && $i ~ /^src=/) from = substr($i, 5)
        if (to == "" && $i ~ /^dst=/) to = substr($i, 5)
        if (port == "" && $i ~ /^dport=/) port = substr($i, 7)
      }
      print "flow", from, to, port
    }'
}

# As if it were staged beside the claims in force, in a place that is gone afterwards.
check() {
  iso_need_nft
  hold=$(mktemp -d /run/firebreak/check.XXXXXX) || fb_fail 74 'cannot write to /run/firebreak'
  mkdir "$hold/owners"
  ln -s "$FB_HOME/holds/$iso_thing/owners"/INC-* "$hold/owners/" 2>/dev/null
  { claim && printf 'armed %s\n' "$(armed_until)"; } >"$hold/owners/INC-check"
  iso_render >"$hold/rules.nft"
  nft -c -f "$hold/rules.nft"
  accepted=$?
  rm -rf "$hold"
  [ "$accepted" = 0 ] || fb_fail 70 'nft does not accept the isolation rules'
  fb_say outcome applied
  fb_say allow "$h_allow"
  [ -z "$FIREBREAK_PEER" ] || fb_say peer "$FIREBREAK_PEER"
  if [ "$iso_scope" = host ]; then tool=ss lists=sessions; else tool=conntrack lists=flows; fi
  if command -v "$tool" >/dev/null 2>&1; then
    fb_say counted 1
    "$lists"
  else
    fb_say counted 0
  fi
  fb_end
}

fb_header
fb_need action plan scope mode policy allow ports
fb_need_number armed ttl
[ "$h_armed" -le "$longest_armed" ] || fb_fail 64 'it would be armed for too long'
h_until=$(fb_moment "$h_ttl")
only_prefixes "$h_allow" allow
listed_only
only_prefixes "${h_cut:-}" cut
case $h_ports in *[!0-9,]*) fb_fail 64 'malformed ports' ;; esac
case $h_policy in disarm | keep) ;; *) fb_fail 64 'malformed policy' ;; esac
iso_open "$h_scope"
[ "$h_mode" != check ] || check
fb_lock 20
fb_open "$h_action" "$iso_kinds"
[ "$h_mode" != stage ] || stage
fb_same_plan "$h_plan"
state=$(fb_state)
[ "$state" != undone ] || finish refused released
[ "$state" = none ] || fb_ends_by lift-isolation end "scope $h_scope"
if [ "$h_mode" != reassert ]; then
  case $state in
    applied | confirmed)
      fb_say replayed 1
      fb_say_kept result
      fb_say_file preimage "$fb_dir/before"
      fb_end
      ;;
  esac
fi
iso_need_nft

fb_hold_open "$iso_thing"
taken=
{ nft list table inet "$iso_table" 2>/dev/null || echo absent; } | fb_keep before
[ "$state" != none ] || fb_ends_by lift-isolation end "scope $h_scope"
if ! fb_hold_mine; then
  { claim && printf 'armed %s\n' "$(armed_until)"; } >"$fb_dir/claim.draft"
  if [ -n "$(iso_others)" ]; then
    {
      iso_claims allow | sort -u | listed | sed 's/^/allow /'
      iso_claims port | sort -u | sed 's/^/port /'
    } >"$fb_dir/theirs"
    adds_nothing "$fb_dir/theirs" <"$fb_dir/claim.draft" >"$fb_dir/claim.narrow"
    mv -f "$fb_dir/claim.narrow" "$fb_dir/claim.draft"
  fi
  fb_hold_take <"$fb_dir/claim.draft"
  taken=1
fi
outcome=applied
if [ -n "$(iso_others)" ] && [ -z "$(iso_faults)" ]; then outcome=already; fi
[ "$state" != none ] || fb_become prepared
# A confirmed isolation that was lost comes back as confirmed; an unconfirmed one gets its time once more.
if [ "$h_mode" = reassert ] && ! grep -q '^confirmed 1' "$hold_mine"; then iso_amend armed "$(armed_until)"; fi

# The journal has the result before the link can be cut.
{
  printf 'outcome %s\n' "$outcome"
  for other in $(iso_others); do printf 'other %s\n' "$other"; done
  [ -z "$FIREBREAK_PEER" ] || printf 'peer %s\n' "$FIREBREAK_PEER"
  [ "$h_allow" = "$asked" ] || echo 'limit not-listed'
  case $iso_scope in
    forward/host/*)
      grep '^card ' "$hold_mine" || echo 'limit no-card'
      echo 'limit same-link'
      ;;
  esac
} >"$fb_dir/result.draft"
if ! iso_apply 2>"$fb_dir/errors"; then
  # What never was in the kernel must not make the isolations of others fail.
  case $taken$state in 1* | none | prepared) fb_hold_drop ;; esac
  fb_fail 70 "nft: $(head -c 200 "$fb_dir/errors")"
fi
faults=$(iso_faults)
if [ "$iso_scope" = host ]; then printf '%s\n' 'block 0.0.0.0/0' 'block ::/0'; else iso_claims cut | sed 's/^/block /'; fi >"$fb_dir/flows"
iso_allowed | sed 's/^/spare /' >>"$fb_dir/flows"
if fb_flows_pass "$fb_dir/flows"; then
  fb_forget_flows "$fb_dir/flows" offloaded >/dev/null
  ! fb_flows_pass "$fb_dir/flows" || faults="$faults offload"
fi
if [ -n "$faults" ]; then
  fb_say outcome failed
  for fault in $faults; do fb_say fault "$fault"; done
  fb_end
fi
fb_keep result <"$fb_dir/result.draft"
[ "$(fb_state)" != prepared ] || fb_become applied
fb_say_kept result.draft
fb_say_file preimage "$fb_dir/before"
fb_end
