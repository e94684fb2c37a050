# --- bring interfaces up again (C5, C6) ---------------------------------------------------------------------------------
#
# Header: action. Reply: outcome, reason, interface….

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

# What the kernel adds to a route's text about its state is not part of the route.
put_routes() {
  sed -n "s/^route$1 //p" "$fb_dir/before" | sed 's/ linkdown//g; s/ dead//g; s/ expires [0-9]*sec//; s/ error [0-9-]*//' |
    while read -r name route; do
      # shellcheck disable=SC2086 # a route is words
      ip "-$1" route replace $route dev "$name" 2>/dev/null
    done
}

now_routes() {
  sed -n 's/^interface \([^ ]*\) .*/\1/p' "$fb_dir/before" | while IFS= read -r name; do
    ip -4 route show table main dev "$name" | sed "s/^/route4 $name /"
  done | sort
}

fb_header
fb_need action
fb_lock 20
fb_open "$h_action"
fb_dir=$fb_dir/interfaces
[ -d "$fb_dir" ] || finish missing never-applied
case $(fb_state) in
  none) finish missing never-applied ;;
  undone)
    fb_say replayed 1
    finish applied
    ;;
esac
sed -n 's/^interface //p' "$fb_dir/before" | while read -r name keep; do
  ip link set dev "$name" up
  [ "$keep" = none ] || printf '%s\n' "$keep" >"/proc/sys/net/ipv6/conf/$name/keep_addr_on_down" 2>/dev/null
done
put_routes 4
put_routes 6
sed -n 's/^interface \([^ ]*\) .*/\1/p' "$fb_dir/before" >"$fb_dir/names.draft"
for name in $(cat "$fb_dir/names.draft"); do
  [ -n "$(ip -o link show up dev "$name")" ] || fb_fail 70 "interface $name does not come up"
  fb_say interface "$name"
done
fb_become undone
grep '^route4 ' "$fb_dir/before" | sed 's/ linkdown//g' | sort -u >"$fb_dir/wanted.draft"
if now_routes | sed 's/ linkdown//g' | sort -u | cmp -s - "$fb_dir/wanted.draft"; then finish applied; fi
finish applied restore
