# --- does the isolation stand? ------------------------------------------------------------------------------------------
#
# Header: action scope. Reply: state, fault….

fb_header
fb_need action scope
iso_open "$h_scope"
iso_need_nft
fb_dir=$(fb_action_dir "$h_action" "$iso_kinds") || exit $?
fb_hold_open "$iso_thing"
fb_say state "$(fb_state)"
if fb_hold_mine; then
  for fault in $(iso_faults); do fb_say fault "$fault"; done
else
  fb_say fault hold
fi
fb_end
