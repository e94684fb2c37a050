# --- bring interfaces up again (C5, C6) ---------------------------------------------------------------------------------
#
# Header: action. Reply: outcome, reason, interface…. An interface that the host has no more is nothing to bring up.

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

# Routes and addresses that are still missing. What the kernel adds to a route about its state is not part of it.
put_back() {
  sed -n 's/^address //p' "$fb_dir/before" | while read -r name address flags; do
    ip -o addr show dev "$name" | grep -qF " $address " && continue
    # shellcheck disable=SC2086 # flags are words, or none
    ip addr add "$address" dev "$name" $flags 2>/dev/null
  done
  for family in 4 6; do
    sed -n "s/^route$family //p" "$fb_dir/before" | sed 's/ linkdown//g; s/ dead//g; s/ expires [0-9]*sec//' |
      while read -r name route; do
        # shellcheck disable=SC2086 # a route is words
        ip "-$family" route replace $route dev "$name" 2>/dev/null
      done
  done
}

missing_lines() {
  sed -n 's/^address //p' "$fb_dir/before" | while read -r name address _; do
    [ -d "/sys/class/net/$name" ] || continue
    ip -o addr show dev "$name" | grep -qF " $address " || echo "$address"
  done
  sed -n 's/^route4 //p' "$fb_dir/before" | sed 's/ linkdown//g' | while read -r name route; do
    [ -d "/sys/class/net/$name" ] || continue
    ip -4 route show table main dev "$name" | sed 's/ linkdown//g; s/ *$//' | grep -qFx -- "$route" || echo "$route"
  done
}

fb_header
fb_need action
fb_lock 20
fb_open "$h_action" forced-isolation
fb_dir=$fb_dir/interfaces
[ -d "$fb_dir" ] || finish missing never-applied
case $(fb_state) in
  none) finish missing never-applied ;;
  undone)
    # Cut off before its end, it left the record of the act's end.
    fb_undone=1
    fb_say replayed 1
    finish applied
    ;;
esac
fb_need_order
sed -n 's/^interface //p' "$fb_dir/before" >"$fb_dir/names.draft"
while IFS= read -r name; do
  [ -d "/sys/class/net/$name" ] || continue
  ip link set dev "$name" up || fb_fail 70 "interface $name does not come up"
  fb_say interface "$name"
done <"$fb_dir/names.draft"
put_back
fb_become undone
[ -z "$(missing_lines)" ] || finish applied restore
finish applied
