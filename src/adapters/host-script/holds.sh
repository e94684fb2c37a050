# --- holds: who wants a state kept, counted by action (C4) ---------------------------------------------------------
#
# /var/lib/firebreak/holds/<thing>/first          journal directory with the true pre-image
# /var/lib/firebreak/holds/<thing>/owners/<action> one file an owner; its lines are the owner's own business

# THING: from here on $hold is its directory.
fb_hold_open() {
  hold=$FB_HOME/holds/$1
  hold_mine=$hold/owners/${fb_dir##*/}
}

# stdin becomes this action's claim; the first owner's journal has the pre-image. Behind a pipe: `|| exit $?`, because without its claim
# an act is never undone.
fb_hold_take() {
  mkdir -p "$hold/owners" || fb_fail 74 "cannot write to $FB_HOME"
  [ -e "$hold/first" ] || printf '%s\n' "$fb_dir" | fb_write "$hold/first" || exit $?
  fb_write "$hold_mine"
}

fb_hold_mine() {
  [ -e "$hold_mine" ]
}

# Whether an undo has done its whole work already. With its mark alone it was cut off in between, and does the rest.
fb_hold_undone() {
  if [ "$(fb_state)" != undone ] || fb_hold_mine; then return 1; fi
  # It may have been cut off before fb_end: what it still had to take away goes now.
  ! fb_ordered || fb_undone=1
}

# For an undo that finds no claim of this action on its thing. A claim on another thing (of its kind: another account, another scope)
# means that it was told a wrong one: marked as undone, the act would never be.
fb_hold_nowhere() {
  for fb_owner in "$FB_HOME"/holds/*/owners/"${fb_dir##*/}"; do
    [ ! -e "$fb_owner" ] || fb_fail 66 'this action holds another thing'
  done
}

# The journal may lie elsewhere than when this was written (home.sh).
fb_hold_first() {
  fb_first=$(cat "$hold/first" 2>/dev/null)
  [ -z "$fb_first" ] || printf '%s/%s\n' "$FB_HOME" "${fb_first##*/}"
}

# Action ids of the others.
fb_hold_others() {
  for fb_owner in "$hold/owners"/INC-*; do
    [ -e "$fb_owner" ] && [ "$fb_owner" != "$hold_mine" ] && printf '%s\n' "${fb_owner##*/}" | tr + :
  done
  return 0
}

fb_hold_drop() {
  fb_remove "$hold_mine"
  [ -n "$(fb_hold_others)" ] || fb_remove "$hold"
}
