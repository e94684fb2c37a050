# --- remove an emergency account --------------------------------------------------------------------------------------
#
# Header: action account own in_force (1 when it is, by the worker's record). The last owner takes account, home, processes and rule away; before that only its keys go.

remove_rule() {
  [ -e "$rule_file" ] || return 0
  if [ "$(cat "$rule_file")" = "$rule" ]; then rm -f "$rule_file"; else drifts=rule; fi
}

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  for other in $(fb_hold_others); do fb_say other "$other"; done
  for word in $drifts; do fb_say drift "$word"; done
  fb_end
}

fb_header
fb_need action
account_open
emergency_open
keys_open
fb_lock 20
fb_open "$h_action" emergency-access
fb_hold_open "emergency-$h_account"
drifts=
if fb_hold_undone; then
  fb_say replayed 1
  finish "$(fb_hold_undo_outcome)"
fi
if ! fb_hold_mine; then
  fb_hold_nowhere
  # It may be ours, and may be somebody's: nobody knows any more.
  if fb_journal_lost && { [ -n "$account_uid" ] || [ -e "$rule_file" ]; }; then finish failed emergency-journal-lost; fi
  echo missing | fb_write "$fb_dir/undo-outcome" || exit $?
  fb_become undone
  finish missing never-applied
fi
outcome=applied
reason=
if [ -n "$(fb_hold_others)" ]; then
  reason=still-held
  fb_remove "$hold_mine"
  write_access || fb_fail 70 'the other owners keys cannot be written'
elif [ -z "$account_uid" ]; then
  # Somebody has removed it; what lies outside of it is still ours.
  outcome=missing
  reason=no-such-account
  remove_rule
elif ! is_ours || [ "$account_uid" -eq 0 ]; then
  drifts=account
  finish refused drift
else
  usermod -L -e 1 "$h_account" 2>/dev/null
  keys=$(emergency_keys)
  end_processes
  remove_rule
  loginctl disable-linger "$h_account" 2>/dev/null
  userdel -r "$h_account" >/dev/null 2>&1
  # A file outside the home is not userdel's.
  [ -z "$keys" ] || rm -f "$keys"
  if [ -n "$(passwd_field 3)" ]; then
    etc_takes || fb_fail 70 '/etc cannot be written: make room there or mount it writable, then give the order again'
    fb_fail 70 'userdel failed'
  fi
  [ ! -e "$account_home" ] || rm -rf --one-file-system "/home/${h_account:?}"
fi
printf '%s\n' "$outcome" | fb_write "$fb_dir/undo-outcome" || exit $?
fb_become undone
[ "$reason" = still-held ] || fb_hold_drop
finish "$outcome" "$reason"
