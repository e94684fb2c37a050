# --- take interfaces down (C6) ------------------------------------------------------------------------------------------
#
# Header: action plan allow (management prefixes) address. Every interface that is up and does not carry management goes
# down. Reply: outcome, reason, interface…, replayed, preimage.

interfaces_up() {
  ip -o link show up | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p' | grep -vx lo
}

# A device that leads to management, that Firebreak comes over, or that any SSH session uses, is never touched.
management_interfaces() {
  {
    printf '%s\n' "$h_allow" | tr , '\n' | sed 's|/.*||'
    printf '%s\n' "$FIREBREAK_PEER"
  } | while IFS= read -r to; do
    [ -n "$to" ] && ip -o route get "$to" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p'
  done
  {
    printf '%s\n' "$h_address"
    ss -Htn state established 2>/dev/null | awk '{ sub(/:[0-9]+$/, "", $3); gsub(/[][]/, "", $3); print $3 }'
  } | sort -u | while IFS= read -r local; do
    [ -n "$local" ] && ip -o addr show | awk -v a="$local" '{ split($4, part, "/") } part[1] == a { print $2 }'
  done
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
  management=$(management_interfaces | sort -u)
  for name in $(interfaces_up); do
    printf '%s\n' "$management" | grep -Fqx -- "$name" || printf '%s\n' "$name"
  done | fb_write "$fb_dir/names"
fi
[ -s "$fb_dir/names" ] || finish failed only-management

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
for name in $(cat "$fb_dir/names"); do
  [ -z "$(ip -o link show up dev "$name")" ] || finish failed still-up
done
{
  echo 'outcome applied'
  sed 's/^/interface /' "$fb_dir/names"
} | fb_keep result
fb_become applied
fb_say_kept result
fb_say_file preimage "$fb_dir/before"
fb_end
