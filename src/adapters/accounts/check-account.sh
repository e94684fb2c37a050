# --- is the account disabled? ---------------------------------------------------------------------------------------
#
# Header: action account own confirm; confirm is 1 for the look over a fresh connection after the act. Reply: kind, fault…,
# same_uid… (other names of its uid that still get in), file_left, and without confirm sessions and processes, as counts.

fb_header
fb_need action confirm
fb_dir=$(fb_action_dir "$h_action" disable-account) || exit $?
account_open
keys_open
kind=$(account_kind) || exit $?
fb_say kind "$kind"
if [ "$kind" = local ]; then
  faults=$(account_faults) || exit $?
  say_faults "$faults"
  say_same_uid
  case $faults in *keys*) say_file_left ;; esac
  if [ "$h_confirm" != 1 ]; then
    sessions=$(account_sessions) || fb_fail 70 'logind does not answer'
    tree=$(account_tree) || fb_fail 70 'the list of processes cannot be read'
    fb_say sessions "$(printf '%s' "$sessions" | grep -c .)"
    fb_say processes "$(printf '%s' "$tree" | grep -c .)"
  fi
  if [ "$h_confirm" = 1 ] && [ -z "$faults" ]; then
    fb_lock 20
    fb_open "$h_action" disable-account
    fb_hold_open "account-$h_account"
    if [ "$(fb_state)" = applied ] && fb_hold_mine; then fb_become confirmed; fi
  fi
fi
fb_end
