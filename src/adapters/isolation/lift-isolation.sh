# --- lift an isolation (C4, C5) -----------------------------------------------------------------------------------------
#
# Header: action scope. Reply: outcome, reason, other…, drift…, replayed. The table goes with the last owner, and only if
# its rules are still the ones we made.

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  for other in $(iso_others); do fb_say other "$other"; done
  fb_end
}

fb_header
fb_need action scope
iso_open "$h_scope"
fb_lock 20
fb_open "$h_action" "$iso_kinds"
fb_hold_open "$iso_thing"
! fb_ordered || rm -rf "$FB_HOME/staged/${fb_dir##*/}"
if fb_hold_undone; then
  fb_say replayed 1
  finish "$(fb_hold_undo_outcome)"
fi
outcome=applied
reason=
if ! fb_hold_mine; then
  fb_hold_nowhere
  fb_ordered || finish missing never-applied
  # Lifted before it was ever applied: a late apply of this id must not follow.
  outcome=missing
  reason=never-applied
else
  fb_need_order
  iso_need_nft
  if [ -n "$(iso_others)" ]; then
    reason=still-held
    fb_remove "$hold_mine"
    iso_apply 2>"$fb_dir/errors" || fb_fail 70 "nft: $(head -c 200 "$fb_dir/errors")"
  elif nft list table inet "$iso_table" >/dev/null 2>&1; then
    if [ ! -e "$hold/applying" ] && [ "$(iso_fingerprint)" != "$(cat "$hold/left" 2>/dev/null)" ]; then
      fb_say drift rules
      finish refused drift
    fi
    nft delete table inet "$iso_table" || fb_fail 70 'nft does not delete the table'
  fi
fi
printf '%s\n' "$outcome" | fb_write "$fb_dir/undo-outcome"
fb_become undone
[ "$reason" = still-held ] || fb_hold_drop
finish "$outcome" "$reason"
