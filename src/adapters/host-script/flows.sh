# --- flows that connection tracking knows -----------------------------------------------------------------------------
#
# Our rules drop packets of established flows as well. But a flow that was handed to a flow table (nft(8), FLOWTABLES) passes at
# the device, before any rule: it is forgotten, and then looked for again. Needs ranges.sh.
# FILE: `block RANGE` lines, and `spare RANGE` lines whose flows stay.

# FILE WHICH (any or offloaded): `FAMILY OPTION ADDRESS`, as conntrack(8) takes them, of the end by which a flow is blocked;
# those that a flow table carries come first.
fb_flows() {
  { { conntrack -L -f ipv4 && conntrack -L -f ipv6; } || cat /proc/net/nf_conntrack; } 2>/dev/null |
    awk -v ranges="$1" -v which="$2" "$FB_RANGE_AWK"'
      BEGIN { split("-s -d -r -q", option, " ") }
      which == "offloaded" && !/OFFLOAD/ { next }
      !learned++ {
        while ((getline line < ranges) > 0)
          if (split(line, word, " ") == 2 && (word[1] == "block" || word[1] == "spare")) learn(word[1], word[2])
      }
      {
        ends = 0
        hit = ""
        for (i = 1; i <= NF; i++) if ($i ~ /^(src|dst)=/) {
          ends++
          if (!range(substr($i, 5))) continue
          if (covered("spare", R_F, R_B, R_P)) next
          if (hit == "" && covered("block", R_F, R_B, R_P)) hit = "ipv" R_F " " option[ends] " " substr($i, 5)
        }
        if (hit == "") next
        if (/OFFLOAD/) { if (!first[hit]++) print hit } else rest[hit] = 1
      }
      END { for (hit in rest) if (!(hit in first)) print hit }'
}

# FILE WHICH: prints how many flows were forgotten. Some milliseconds each, and a busy host has many: those that pass the rules go
# first, and for the rest, whose packets are dropped anyway, there are 5 seconds. Before 1.4.7 it takes one command a call.
fb_forget_flows() {
  if ! command -v conntrack >/dev/null 2>&1; then
    echo 0
    return
  fi
  fb_flows "$1" "$2" >"$1.flows"
  {
    sed 's/^/-D -f /' "$1.flows" | timeout 5 conntrack -R - 2>/dev/null
    if [ $? -eq 2 ]; then
      fb_until=$(($(date +%s) + 5))
      while read -r fb_family fb_end fb_address && [ "$(date +%s)" -lt "$fb_until" ]; do
        conntrack -D -f "$fb_family" "$fb_end" "$fb_address" 2>/dev/null
      done <"$1.flows"
    fi
  } | wc -l
  rm -f "$1.flows"
}

# FILE: may a flow of these ranges still pass beside the rules?
fb_flows_pass() {
  nft list flowtables 2>/dev/null | grep -q 'flowtable ' || return 1
  command -v conntrack >/dev/null 2>&1 || [ -r /proc/net/nf_conntrack ] || return 0
  [ -n "$(fb_flows "$1" offloaded)" ]
}
