# --- does the emergency account stand? --------------------------------------------------------------------------------
#
# Header: action account own confirm. Reply: kind, fault….

fb_header
fb_need action confirm
account_open
emergency_open
keys_open
fb_dir=$(fb_action_dir "$h_action" emergency-access) || exit $?
fb_hold_open "emergency-$h_account"
if [ -z "$account_uid" ] || ! fb_hold_mine; then
  fb_say kind none
else
  fb_say kind local
  faults=$(emergency_faults)
  say_faults "$faults"
  if [ "$h_confirm" = 1 ] && [ -z "$faults" ]; then
    fb_lock 20
    fb_open "$h_action" emergency-access
    [ "$(fb_state)" != applied ] || fb_become confirmed
  fi
fi
fb_end
