# --- feed a jail, and take out again ---------------------------------------------------------------------------------------
#
# Header: op (feed, let_go or withdraw) action jail, in_force of the latter two (1 when it is, by the worker's record). Reply of feed: fed already shared left prefixes, else: taken kept own left, each with
# a number; `why WORD` when fail2ban could not be asked. The block is done before this begins and does not depend on it.

jail_feed() {
  case $(fb_state) in applied | confirmed) ;; *) return ;; esac
  if [ -e "$fb_dir/jail-result" ]; then
    fb_say_kept jail-result
    return
  fi
  left=$(sed -n 's/^expires //p' "$fb_dir/lease" | fb_left)
  case $left in '' | never | 0 | -*) return ;; esac
  h_ttl=$((left + $(uptime_now) - fb_came_up))
  jail_look "$work/now" || return
  fb_keep jail-before <"$work/now" || exit $?
  jail_claimed "$work/claimed"
  jail_sort "$fb_dir/lease" "$work/now" "$work/claimed" >"$work/sorted"
  jail_of "$work/sorted" ban | sed -n "1,${jail_most}p" >"$work/send"
  fb_ends_by feed-jail end.jail 'op withdraw' "jail $h_jail"
  # Claimed before it is done: what is cut off here is taken out by the release all the same.
  jail_let_go_claims >"$work/owed" || exit $?
  { cat "$work/owed" && jail_held "$work/sorted" && sed 's/$/ ?/' "$work/send"; } | fb_hold_take || exit $?
  if [ -s "$work/send" ]; then
    jail_set banip "$jail_feed_seconds" <"$work/send"
    jail_look "$work/now" || {
      fb_say sent "$(wc -l <"$work/send")"
      return
    }
    jail_sort "$fb_dir/lease" "$work/now" "$work/claimed" >"$work/sorted"
    { cat "$work/owed" && jail_held "$work/sorted"; } | fb_hold_take || exit $?
  fi
  {
    jail_count "$work/sorted" ours fed
    jail_count "$work/sorted" own already
    jail_count "$work/sorted" shared shared
    jail_count "$work/sorted" ban left
    jail_count "$work/sorted" prefix prefixes
  } | fb_keep jail-result || exit $?
  fb_say_kept jail-result
}

# FILE: takes these claims of this act out. $work/rest then has what became of each, and $work/undone the reply.
jail_take() {
  jail_look "$work/now" || return
  jail_claimed "$work/others" others
  jail_leave "$1" "$work/now" "$work/others" >"$work/sorted"
  cp "$work/sorted" "$work/rest"
  if [ -n "$(jail_of "$work/sorted" take)" ]; then
    jail_of "$work/sorted" take | jail_set unbanip "$jail_withdraw_seconds"
    jail_look "$work/now" || return
    jail_leave "$1" "$work/now" "$work/others" >"$work/rest"
  fi
  rest=$(jail_of "$work/rest" take | wc -l)
  {
    printf 'taken %s\n' "$(($(jail_of "$work/sorted" take | wc -l) - rest))"
    jail_count "$work/sorted" kept kept
    jail_count "$work/sorted" own own
    printf 'left %s\n' "$rest"
  } >"$work/undone"
}

jail_withdraw() {
  if [ -e "$fb_dir/end.jail" ] && ! grep -qx "jail $h_jail" "$fb_dir/end.jail"; then
    fb_fail 66 'this action has fed another jail'
  fi
  # What never was in force has fed no jail; this needs no order (prelude.sh, fb_ordered).
  if fb_hold_mine || [ "$(fb_state)" != none ]; then fb_need_order; fi
  fb_ordered || return
  # What other acts count on must not hang on whether fail2ban can be asked now.
  if fb_hold_mine; then
    fb_write "$fb_dir/jail-claims" <"$hold_mine" || exit $?
    fb_hold_drop
  fi
  if [ -e "$fb_dir/jail-undone" ]; then
    # An earlier run may have been cut off before it took its end away.
    fb_remove "$fb_dir/end.jail"
    fb_say_kept jail-undone
    return
  fi
  if [ ! -s "$fb_dir/jail-claims" ]; then
    fb_remove "$fb_dir/end.jail"
    return
  fi
  # Without fail2ban nothing is banned, and nobody has to try again.
  command -v fail2ban-client >/dev/null 2>&1 || fb_remove "$fb_dir/end.jail"
  jail_take "$fb_dir/jail-claims" || {
    # Neither does a jail that somebody has taken out of fail2ban.
    [ "${jail_status:-0}" -ne 2 ] || fb_remove "$fb_dir/end.jail"
    return
  }
  if [ "$rest" -eq 0 ]; then
    fb_keep jail-undone <"$work/undone" || exit $?
    fb_remove "$fb_dir/end.jail"
  fi
  cat "$work/undone"
}

# What the lease has let go of (lease.sh) is taken out, the act's other addresses stay. What is not out afterwards stays claimed: it is
# taken out when the order is given again, or by the release.
jail_let_go() {
  fb_hold_mine && [ -r "$fb_dir/lease" ] || return
  : >"$work/gone"
  : >"$work/claims"
  awk -v gone="$work/gone" -v claims="$work/claims" "$FB_RANGE_AWK"'
    NR == FNR { if ($1 == "lifted") learn("lifted", $2); next }
    { print >(range($1) && (("lifted", R_F, R_B) in HAS) ? gone : claims) }
  ' "$fb_dir/lease" "$hold_mine"
  [ -s "$work/gone" ] || return
  jail_take "$work/gone" || return
  awk 'NR == FNR { if ($1 == "take") left[$2] = 1; next } $1 in left' "$work/rest" "$work/gone" >>"$work/claims"
  if [ -s "$work/claims" ]; then fb_hold_take <"$work/claims" || exit $?; else fb_hold_drop; fi
  cat "$work/undone"
}

fb_header
fb_need op action jail
case $h_jail in *[!A-Za-z0-9_-]*) fb_fail 64 'malformed jail name' ;; esac
[ "${#h_jail}" -le 64 ] || fb_fail 64 'malformed jail name'
fb_lock 3
fb_open "$h_action" block-sources
fb_hold_open "fail2ban-$h_jail"
# fail2ban keeps its bans over a boot, and which of them this act has fed nobody knows then.
if [ "$h_op" != feed ] && fb_journal_lost && ! fb_hold_mine && [ ! -e "$fb_dir/undone" ] && command -v fail2ban-client >/dev/null 2>&1; then
  fb_say why lost
  fb_end
fi
work=$(mktemp -d /run/firebreak/jail.XXXXXX) || fb_fail 74 'cannot write to /run/firebreak'
trap 'rm -rf "$work"' EXIT
case $h_op in
  feed) jail_feed ;;
  let_go) jail_let_go ;;
  withdraw) jail_withdraw ;;
  *) fb_fail 64 'no such act' ;;
esac
fb_end
