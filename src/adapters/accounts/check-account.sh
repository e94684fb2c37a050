# --- is the account disabled? ---------------------------------------------------------------------------------------
#
# Header: action account own confirm; confirm is 1 for the look over a fresh connection after the act. Reply: kind, fault…,
# and without confirm sessions and processes, as counts.

fb_header
fb_need action confirm
account_open
keys_open
fb_say kind "$(account_kind)"
if [ "$(account_kind)" = local ]; then
  faults=$(account_faults)
  say_faults "$faults"
  if [ "$h_confirm" != 1 ]; then
    fb_say sessions "$(account_sessions | wc -l)"
    fb_say processes "$(account_tree | wc -l)"
  fi
  if [ "$h_confirm" = 1 ] && [ -z "$faults" ]; then
    fb_lock 20
    fb_open "$h_action"
    [ "$(fb_state)" != applied ] || fb_become confirmed
  fi
fi
fb_end
