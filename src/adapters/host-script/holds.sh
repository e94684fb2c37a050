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

# What that undo came to. Of one that was done in memory a boot leaves the mark alone.
fb_hold_undo_outcome() {
  cat "$fb_dir/undo-outcome" 2>/dev/null || echo applied
}

# Whether the act is in force here by the worker's record, and the journal does not know it: it lay in memory when this host was booted,
# or somebody has removed it. What the act left on the disk is there still, and what was before is not known any more.
fb_journal_lost() {
  [ "${h_in_force:-0}" = 1 ] && [ ! -e "$fb_dir/plan" ]
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

# For an act whose change outlasts a boot: its journal and its claim go to the disk as well, if that takes them. A disk without room for
# acts may have room for so much, and then a boot loses nothing of it. An act that was begun on the disk has there what was before, but for
# files that the disk could not take. A copy is whole or none: without its plan the journal counts as lost (fb_journal_lost).
fb_copy_to_disk() {
  [ "$FB_HOME" != "$FB_DISK" ] || return 0
  fb_there=$FB_DISK/${fb_dir##*/}
  if [ -d "$fb_there" ] && [ ! -e "$fb_there/copy" ]; then
    [ -d "$fb_dir/before/files" ] && [ ! -d "$fb_there/before/files" ] || return 0
  fi
  fb_claim=$FB_DISK${hold_mine#"$FB_HOME"}
  {
    rm -rf "$FB_DISK/copying" && cp -aT -- "$fb_dir" "$FB_DISK/copying" && true >"$FB_DISK/copying/copy" && sync -f "$FB_DISK/copying" &&
      mkdir -p "${fb_claim%/*}" && cp -aT -- "$hold_mine" "$FB_DISK/copying.claim" && sync "$FB_DISK/copying.claim" &&
      { [ -e "${fb_claim%/*/*}/first" ] || cp -aT -- "$hold/first" "${fb_claim%/*/*}/first"; } &&
      rm -rf "$fb_there" && mv -T "$FB_DISK/copying" "$fb_there" && mv -fT "$FB_DISK/copying.claim" "$fb_claim" && sync -f "$FB_DISK"
  } 2>/dev/null && return
  {
    rm -rf "$FB_DISK/copying" "$FB_DISK/copying.claim" "$fb_there" "$fb_claim"
    rmdir "${fb_claim%/*}" && rm -f "${fb_claim%/*/*}/first" && rmdir "${fb_claim%/*/*}"
  } 2>/dev/null
  return 0
}
