# --- make an armed isolation last (C3) ----------------------------------------------------------------------------------
#
# Run over a fresh connection only: that it got here is the confirmation. Header: action scope. Reply: state (before),
# outcome, reason, other…, fault…, preimage. One transaction replaces the timed elements, so nothing opens on the way.

fb_header
fb_need action scope
iso_open "$h_scope"
iso_need_nft
fb_lock 20
fb_open "$h_action" "$iso_kinds"
fb_hold_open "$iso_thing"
state=$(fb_state)
fb_say state "$state"
case $state in
  applied | confirmed) fb_hold_mine || fb_end ;;
  *) fb_end ;;
esac
faults=$(iso_faults)
if [ -z "$faults" ] && [ "$state" = applied ]; then
  iso_amend confirmed 1
  iso_amend armed "$(sed -n 's/^until //p' "$hold_mine")"
  iso_apply 2>"$fb_dir/errors" || fb_fail 70 "nft: $(head -c 200 "$fb_dir/errors")"
  faults=$(iso_faults)
  [ -n "$faults" ] || fb_become confirmed
fi
for fault in $faults; do fb_say fault "$fault"; done
fb_say_kept result
fb_say_file preimage "$fb_dir/before"
fb_end
