# --- restore an account from the snapshot (C5, C7) ------------------------------------------------------------------
#
# Header: action account own in_force (1 when it is, by the worker's record). Reply: outcome, reason, other…, drift WORD…, fault WORD…,
# noted WORD…, replayed. What somebody has put right already is noted and left as it is. What somebody changed otherwise is drift: that
# part is not touched, and people are asked. An account whose own lines are drift is given nothing at all: it may be another one.

drift() {
  printf 'drift %s\n' "$1" >>"$fb_dir/undo.draft"
}

fault() {
  printf 'fault %s\n' "$1" >>"$fb_dir/undo.draft"
}

noted() {
  printf 'noted %s\n' "$1" >>"$fb_dir/undo.draft"
}

# FILE JUDGED, stdin: the line that the account is to have there in place of JUDGED. Fails when it has another one afterwards.
put_account_line() {
  attr_loosen "$first/attributes" "$1"
  put_line "$1" "$h_account" "$2"
  case $? in
    # Whoever looks again finds it as this run leaves it.
    0)
      line_of "$1" "$h_account" | fb_write "$first/left.${1##*/}"
      return
      ;;
    2) drift shadow ;;
    *)
      fault unwritten
      attr_blame "$1" | while IFS= read -r word; do fault "$word"; done
      ;;
  esac
  return 1
}

# Password and expiry are ours, the other fields are not: each is put back if it is as we left it, and left alone if somebody has put
# it right. What an act left that was cut off before it could write that down follows from what was there before. Fails with drift.
judge_lines() {
  passwd_now=$(line_of /etc/passwd "$h_account")
  passwd_before=$(cat "$first/before/passwd" 2>/dev/null) || passwd_before=$passwd_now
  shadow_now=$(shadow_line)
  shadow_before=$(cat "$first/before/shadow")
  hash_before=$(field_of "${shadow_before:-$passwd_before}" 2)
  shadow_left=$(cat "$first/left.shadow" 2>/dev/null)
  hash_left=$(field_of "$shadow_left" 2)
  hash_now=$(field_of "$shadow_now" 2)
  end_before=$(field_of "$shadow_before" 8)
  end_now=$(field_of "$shadow_now" 8)
  case $hash_now in
    "$hash_before") hash=as-before ;;
    "$hash_left" | "!$hash_before") hash=ours ;;
    *) hash=theirs ;;
  esac
  case $end_now in
    "$end_before") end=as-before ;;
    1) end=ours ;;
    '') end=put-right ;;
    *) end=theirs ;;
  esac
  case $(field_of "$passwd_now" 2) in
    "$(field_of "$passwd_before" 2)") field=as-before ;;
    x | "$(field_of "$(cat "$first/left.passwd" 2>/dev/null)" 2)") field=ours ;;
    *) field=theirs ;;
  esac
  # A line that somebody has taken out is no other one.
  [ -n "$shadow_now" ] || hash=gone end=gone
  # A password that was set meanwhile stays locked: it is not the one we locked.
  case "$hash $end $field" in *theirs*)
    drift shadow
    return 1
    ;;
  esac
  # The watch may have disabled that one as well.
  if [ -e "$first/anew" ] || made_anew "$first"; then
    drift account
    return 1
  fi
}

# The lines come last: with them the account is open. A password in /etc/passwd opens it whatever the line in /etc/shadow says.
restore_lines() {
  if [ -z "$shadow_now" ]; then
    [ -z "$shadow_before" ] || noted shadow-line-gone
  else
    [ -z "$shadow_left" ] || [ "$shadow_now" = "$shadow_left" ] || noted put-right
    if [ -n "$shadow_before" ]; then
      wanted=$shadow_now
      [ "$hash" != ours ] || wanted=$(with_field "$wanted" 2 "$hash_before")
      [ "$end" != ours ] || wanted=$(with_field "$wanted" 8 "$end_before")
      [ "$wanted" = "$shadow_now" ] || printf '%s\n' "$wanted" | put_account_line /etc/shadow "$shadow_now" || return
    elif [ "$hash" = ours ] || [ "$end" = ours ]; then
      # The line that we made goes; what it holds is in /etc/passwd again.
      put_account_line /etc/shadow "$shadow_now" </dev/null || return
    else
      return
    fi
  fi
  [ "$field" != ours ] ||
    with_field "$passwd_now" 2 "$(field_of "$passwd_before" 2)" | put_account_line /etc/passwd "$passwd_now"
}

# No link leads a copy out of the home, and nothing that is there now is overwritten. An account that is given nothing is looked at all
# the same: people hear of all drift at once.
restore_files() {
  [ -r "$first/before/files/index" ] || return 0
  number=0
  while IFS= read -r path; do
    number=$((number + 1))
    kept=$first/before/files/$number
    if [ -e "$path" ] || [ -L "$path" ]; then
      [ ! -e "$kept" ] || [ -L "$kept" ] || same_file "$path" "$kept" || drift files
      [ ! -L "$kept" ] || [ "$(readlink "$path")" = "$(readlink "$kept")" ] || drift files
    elif [ ! -e "$kept" ] && [ ! -L "$kept" ]; then
      # What could not be copied was not taken away, unless it was too large.
      if [ -e "$kept.large" ]; then drift files-lost; else noted files-gone; fi
    elif [ ! -d "${path%/*}/" ]; then
      noted files-gone
    elif [ -n "$gives" ]; then
      attr_loosen "$first/attributes" "$path"
      put_file_back "$path" "$kept" && continue
      word=$(attr_blame "$path")
      if [ -z "$word" ]; then drift files; else fault "$word"; fi
    fi
  done <"$first/before/files/index"
}

same_file() (
  enter "$1" && [ ! -L "./$entry" ] && [ -f "./$entry" ] && bounded cmp -s -- "./$entry" "$2"
)

# GROUP: the lines of its two files exactly as they were, or else the membership.
put_group_back() {
  for table in group gshadow; do
    [ "$(line_of "/etc/$table" "$1")" = "$(line_of "$first/left/$table" "$1")" ] || {
      gpasswd -a "$h_account" "$1" >/dev/null 2>&1
      return
    }
  done
  for table in group gshadow; do
    [ -e "/etc/$table" ] || continue
    line_of "$first/before/$table" "$1" | put_line "/etc/$table" "$1" "$(line_of "$first/left/$table" "$1")" || return 1
  done
}

# Has somebody else given it back the rights in FILE, of which KEPT is our copy?
rights_are_back() {
  sudoers_naming | grep -Fqx -- "$1" && [ "$(sudoers_without "$1")" = "$(sudoers_without "$2")" ]
}

restore_rights() {
  while IFS= read -r group; do
    if ! grep -q "^$group:" /etc/group; then
      noted group-gone
    elif [ -n "$gives" ] && ! id -nG "$h_account" | tr ' ' '\n' | grep -Fqx -- "$group"; then
      attr_loosen "$first/attributes" /etc/group /etc/gshadow /etc/group- /etc/gshadow-
      put_group_back "$group" || fault groups-unwritten
    fi
  done <"$first/before/groups"
  number=0
  while IFS= read -r file; do
    number=$((number + 1))
    kept=$first/before/sudoers/$number
    cmp -s "$file" "$kept" && continue
    if [ ! -e "$file" ]; then
      noted sudoers-gone
    elif [ "$(sha256sum "$file" 2>/dev/null)" = "$(grep -F -- "  $file" "$first/left.sudoers" 2>/dev/null)" ] ||
      sudoers_without "$kept" | cmp -s - "$file"; then
      [ -n "$gives" ] || continue
      attr_loosen "$first/attributes" "$file"
      { cp -a "$kept" "${file%/*}/.firebreak.new" && mv -f "${file%/*}/.firebreak.new" "$file"; } || fault sudoers-unwritten
    elif rights_are_back "$file" "$kept"; then
      noted put-right
    else
      drift sudoers
    fi
  done <"$first/before/sudoers/index"
  if [ -n "$gives" ] && [ "$(cat "$first/before/linger")" = yes ] && [ ! -e "/var/lib/systemd/linger/$h_account" ]; then
    loginctl enable-linger "$h_account" 2>/dev/null || : >"/var/lib/systemd/linger/$h_account" || drift linger
  fi
}

# The account that was disabled, and not one that was made since under its name.
same_account() {
  [ -n "$account_uid" ] || return 1
  [ ! -s "$first/before/passwd" ] || [ "$account_uid" = "$(cut -d: -f 3 "$first/before/passwd")" ]
}

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  for other in $(fb_hold_others); do fb_say other "$other"; done
  [ ! -r "$fb_dir/drift" ] || sort -u "$fb_dir/drift"
  fb_end
}

fb_header
fb_need action
account_open
fb_lock 20
fb_open "$h_action" disable-account
fb_hold_open "account-$h_account"
if fb_hold_undone; then
  fb_say replayed 1
  finish "$(fb_hold_undo_outcome)"
fi
if ! fb_hold_mine; then
  fb_hold_nowhere
  ! fb_journal_lost || finish failed account-journal-lost
  fb_ordered || finish missing never-applied
  # Released before it was ever applied: a late apply of this id must not follow.
  echo missing | fb_write "$fb_dir/undo-outcome" || exit $?
  fb_become undone
  finish missing never-applied
fi
fb_need_order
first=$(fb_hold_first)
outcome=applied
reason=
if [ -e "$fb_dir/lost" ]; then
  finish failed account-journal-lost
elif [ -n "$(fb_hold_others)" ]; then
  reason=still-held
elif [ -e "$first/lost" ] || [ ! -d "$first/before" ]; then
  finish failed account-journal-lost
elif ! same_account; then
  # What is gone is not put back, and nothing of it is given to another account of its name.
  outcome=missing
  reason=no-such-account
else
  etc_takes || fb_fail 70 '/etc cannot be written: make room there or mount it writable, then give the order again'
  : >"$fb_dir/undo.draft"
  gives=
  ! judge_lines || gives=1
  restore_files
  restore_rights
  [ -z "$gives" ] || restore_lines
  attr_fasten "$first/attributes"
  mv -f "$fb_dir/undo.draft" "$fb_dir/drift"
  # The hold stays, so that the release can be given again once the cause is gone.
  ! grep -q '^fault ' "$fb_dir/drift" || finish failed
  ! grep -q '^drift ' "$fb_dir/drift" || finish refused drift
fi
printf '%s\n' "$outcome" | fb_write "$fb_dir/undo-outcome" || exit $?
fb_become undone
fb_remove "$hold_mine"
[ "$reason" = still-held ] || fb_hold_drop
finish "$outcome" "$reason"
