# --- does the heightened monitoring stand? --------------------------------------------------------------------------------
#
# Header: action confirm. Reply: `part NAME OUTCOME`: already, missing, or absent where the host has no such thing.

fb_header
fb_need action confirm
fb_dir=$(fb_action_dir "$h_action" heighten-monitoring) || exit $?
fb_hold_open monitoring
first=$(fb_hold_first)
stands=1
for part in $watch_parts; do
  word=$(part_word "$part")
  if ! "${word}_there"; then
    fb_say part "$part" absent
  elif fb_hold_mine && [ -z "$("${word}_faults")" ]; then
    fb_say part "$part" already
  else
    stands=0
    fb_say part "$part" missing
  fi
done
if [ "$h_confirm" = 1 ] && [ "$stands" = 1 ]; then
  fb_lock 20
  fb_open "$h_action" heighten-monitoring
  [ "$(fb_state)" != applied ] || fb_become confirmed
fi
fb_end
