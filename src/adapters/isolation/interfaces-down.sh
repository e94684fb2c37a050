# --- take interfaces down (C6) ------------------------------------------------------------------------------------------
#
# Header: action plan allow (management prefixes) address ttl (seconds until the host ends it by itself). Every interface that is up
# and does not carry management goes down, if that cuts the host off; else nothing is touched. Reply: outcome, reason, interface…,
# replayed, preimage. After a boot restore-interfaces.sh does it again.

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

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

fb_header
fb_need action plan allow address
fb_need_number ttl
fb_lock 20
fb_open "$h_action" forced-isolation
fb_dir=$fb_dir/interfaces
mkdir -p "$fb_dir" || fb_fail 74 "cannot write to $FB_HOME"
fb_same_plan "$h_plan"
case $(fb_state) in
  undone) finish refused released ;;
  applied)
    fb_ends_by interfaces-up end
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
printf 'allow %s\naddress %s\npeer %s\n' "$h_allow" "$h_address" "$FIREBREAK_PEER" | fb_keep management || exit $?
fb_ends_by interfaces-up end
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
