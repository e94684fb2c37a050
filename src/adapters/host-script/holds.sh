# --- holds: who wants a state kept, counted by action (C4) ---------------------------------------------------------
#
# /var/lib/firebreak/holds/<thing>/first          journal directory with the true pre-image
# /var/lib/firebreak/holds/<thing>/owners/<action> one file an owner; its lines are the owner's own business

# THING: from here on $hold is its directory.
fb_hold_open() {
  hold=$FB_HOME/holds/$1
  hold_mine=$hold/owners/${fb_dir##*/}
}

# stdin becomes this action's claim; the first owner's journal has the pre-image.
fb_hold_take() {
  mkdir -p "$hold/owners" || fb_fail 74 "cannot write to $FB_HOME"
  [ -e "$hold/first" ] || printf '%s\n' "$fb_dir" | fb_write "$hold/first"
  fb_write "$hold_mine"
}

fb_hold_mine() {
  [ -e "$hold_mine" ]
}

fb_hold_first() {
  cat "$hold/first" 2>/dev/null
}

# Action ids of the others.
fb_hold_others() {
  for fb_owner in "$hold/owners"/INC-*; do
    [ -e "$fb_owner" ] && [ "$fb_owner" != "$hold_mine" ] && printf '%s\n' "${fb_owner##*/}" | tr + :
  done
  return 0
}

fb_hold_drop() {
  rm -f "$hold_mine"
  [ -n "$(fb_hold_others)" ] || rm -rf "$hold"
}
