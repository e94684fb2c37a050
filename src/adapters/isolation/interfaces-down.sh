# --- take interfaces down (C6) ------------------------------------------------------------------------------------------
#
# Header: action plan allow (management prefixes) address. Every interface that is up and does not carry management goes
# down, if that cuts the host off; else nothing is touched. Reply: outcome, reason, interface…, replayed, preimage.

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

# Devices that routes to everywhere (or to whole continents, which together are everywhere) lead out of.
ways_out() {
  for family in 4 6; do
    ip -o "-$family" route show table all 2>/dev/null | awk '
      $1 ~ /^(unreachable|blackhole|prohibit|throw|local|broadcast|anycast|multicast|224\..*|f.*)$/ { next }
      $1 == "default" || (split($1, part, "/") == 2 && part[2] <= 7) {
        for (i = 2; i < NF; i++) if ($i == "dev") print $(i + 1)
      }'
  done
}

# Devices that have a router behind them, or are no bridge, tunnel or pair of a container engine: those cut nobody off.
leading_outside() {
  for family in 4 6; do ip -o "-$family" route show table all 2>/dev/null; done |
    awk '/ via / { for (i = 2; i < NF; i++) if ($i == "dev") print $(i + 1) }'
  ip -o link show up | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | grep -Fvx "$(
    for kind in bridge veth tun dummy ifb macvlan ipvlan vxlan geneve wireguard; do
      ip -o link show type "$kind" 2>/dev/null
    done | sed 's/^[0-9]*: \([^:@]*\).*/\1/'
  )"
}

# NAMES LIST: those of the first that are in the second.
common() {
  printf '%s\n' "$1" | grep -Fx "${2:-/}"
}

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

fb_header
fb_need action plan allow address
fb_lock 20
fb_open "$h_action"
fb_dir=$fb_dir/interfaces
mkdir -p "$fb_dir" || fb_fail 74 "cannot write to $FB_HOME"
fb_same_plan "$h_plan"
case $(fb_state) in
  undone) finish refused released ;;
  applied)
    fb_say replayed 1
    fb_say_kept result
    fb_say_file preimage "$fb_dir/before"
    fb_end
    ;;
esac
command -v ip >/dev/null || fb_fail 69 'ip is missing'
if [ "$(fb_state)" = none ]; then
  management_interfaces | sort -u >"$fb_dir/management.draft"
  management=$(with_carriers "$fb_dir/management.draft")
  for name in $(interfaces_up); do
    printf '%s\n' "$management" | grep -Fqx -- "$name" || printf '%s\n' "$name"
  done | fb_write "$fb_dir/names"
fi
names=$(cat "$fb_dir/names")
if [ "$(fb_state)" = none ]; then
  [ -n "$(common "$names" "$(leading_outside)")" ] || finish failed only-management
  [ -z "$(common "$management" "$(ways_out)")" ] || finish failed way-out
fi

# Links that go down lose their routes and IPv6 addresses.
while IFS= read -r name; do
  printf 'interface %s\n' "$name"
  ip -o addr show dev "$name" | awk -v n="$name" '!/ dynamic / && !/ scope link/ {
    print "address", n, $4, (/ nodad / ? "nodad" : "")
  }'
  ip -4 route show table main dev "$name" | sed "s/^/route4 $name /"
  ip -6 route show table main dev "$name" | grep -v 'proto ra' | sed "s/^/route6 $name /"
done <"$fb_dir/names" | fb_keep before
fb_become prepared
while IFS= read -r name; do
  ip link set dev "$name" down
done <"$fb_dir/names"
while IFS= read -r name; do
  [ -z "$(ip -o link show up dev "$name")" ] || finish failed still-up
done <"$fb_dir/names"
[ -z "$(common "$(interfaces_up)" "$(ways_out)")" ] || finish failed way-out
{
  echo 'outcome applied'
  sed 's/^/interface /' "$fb_dir/names"
} | fb_keep result
fb_become applied
fb_say_kept result
fb_say_file preimage "$fb_dir/before"
fb_end
