# --- restore an account from the snapshot (C5, C7) ------------------------------------------------------------------
#
# Header: action account own. Reply: outcome, other…, drift WORD…, replayed. A part that is not as we left it is not touched.

drift() {
  printf '%s\n' "$1" >>"$fb_dir/drift.draft"
}

# LINE of /etc/shadow: as the lock leaves it, for an act that ended before it could write that down.
locked() {
  printf '%s\n' "$1" | awk -F: -v OFS=: '{ if ($2 !~ /^!/) $2 = "!" $2; $8 = 1; print }'
}

restore_shadow() {
  now=$(shadow_line)
  before=$(cat "$first/before/shadow")
  [ "$now" != "$before" ] || return 0
  if [ "$now" != "$(cat "$first/left.shadow" 2>/dev/null)" ] && [ "$now" != "$(locked "$before")" ]; then
    drift shadow
    return 0
  fi
  hash_before=$(printf '%s\n' "$before" | cut -d: -f 2)
  hash_now=$(printf '%s\n' "$now" | cut -d: -f 2)
  # A password that was set meanwhile stays locked: it is not the one we locked.
  if [ "$hash_now" != "$hash_before" ] && [ "$hash_now" != "!$hash_before" ]; then
    drift shadow
    return 0
  fi
  # -U takes our mark away again and leaves the hash out of every command line.
  if [ "$hash_now" != "$hash_before" ]; then
    if [ -n "$hash_before" ]; then usermod -U "$h_account"; else passwd -d "$h_account"; fi >/dev/null 2>&1
  fi
  expiry=$(printf '%s\n' "$before" | cut -d: -f 8)
  changed=$(printf '%s\n' "$before" | cut -d: -f 3)
  chage -E "${expiry:--1}" -d "${changed:--1}" "$h_account" >/dev/null 2>&1
  [ "$(shadow_line)" = "$before" ] || drift shadow
}

# No link leads a copy out of the home, and nothing that is there now is overwritten.
restore_files() {
  [ -r "$first/before/files/index" ] || return 0
  number=0
  while IFS= read -r path; do
    number=$((number + 1))
    kept=$first/before/files/$number
    if [ -e "$path" ] || [ -L "$path" ]; then
      [ ! -e "$kept" ] || [ -L "$kept" ] || same_file "$path" "$kept" || drift files
      [ ! -L "$kept" ] || [ "$(readlink "$path")" = "$(readlink "$kept")" ] || drift files
      # Too large to be copied, and never taken away.
      [ -e "$kept" ] || [ -L "$kept" ] || [ -e "$kept.large" ] || drift files
    elif [ -e "$kept" ] || [ -L "$kept" ]; then
      put_file_back "$path" "$kept" || drift files
    else
      drift files-lost
    fi
  done <"$first/before/files/index"
}

same_file() (
  enter "$1" && [ ! -L "./$entry" ] && [ -f "./$entry" ] && bounded cmp -s -- "./$entry" "$2"
)

restore_rights() {
  while IFS= read -r group; do
    grep -q "^$group:" /etc/group || {
      drift groups
      continue
    }
    id -nG "$h_account" | tr ' ' '\n' | grep -Fqx -- "$group" || gpasswd -a "$h_account" "$group" >/dev/null 2>&1 || drift groups
  done <"$first/before/groups"
  number=0
  while IFS= read -r file; do
    number=$((number + 1))
    cmp -s "$file" "$first/before/sudoers/$number" && continue
    if [ "$(sha256sum "$file" 2>/dev/null)" = "$(grep -F -- "  $file" "$first/left.sudoers" 2>/dev/null)" ] ||
      sudoers_without "$first/before/sudoers/$number" | cmp -s - "$file"; then
      { cp -a "$first/before/sudoers/$number" "${file%/*}/.firebreak.new" && mv -f "${file%/*}/.firebreak.new" "$file"; } || drift sudoers
    else
      drift sudoers
    fi
  done <"$first/before/sudoers/index"
  if [ "$(cat "$first/before/linger")" = yes ] && [ ! -e "/var/lib/systemd/linger/$h_account" ]; then
    loginctl enable-linger "$h_account" 2>/dev/null || : >"/var/lib/systemd/linger/$h_account" || drift linger
  fi
}

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  for other in $(fb_hold_others); do fb_say other "$other"; done
  [ ! -r "$fb_dir/drift" ] || sort -u "$fb_dir/drift" | sed 's/^/drift /'
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
  finish "$(cat "$fb_dir/undo-outcome")"
fi
if ! fb_hold_mine; then
  fb_hold_nowhere
  fb_ordered || finish missing never-applied
  # Released before it was ever applied: a late apply of this id must not follow.
  echo missing | fb_write "$fb_dir/undo-outcome"
  fb_become undone
  finish missing never-applied
fi
fb_need_order
outcome=applied
reason=
if [ -n "$(fb_hold_others)" ]; then
  reason=still-held
elif [ -z "$account_uid" ]; then
  outcome=missing
  reason=no-such-account
else
  etc_takes || fb_fail 70 '/etc cannot be written: make room there or mount it writable, then give the order again'
  first=$(fb_hold_first)
  rm -f "$fb_dir/drift.draft"
  : >"$fb_dir/drift.draft"
  restore_files
  restore_rights
  restore_shadow
  mv -f "$fb_dir/drift.draft" "$fb_dir/drift"
  # The hold stays, so that the release can be given again once the drift is settled by hand.
  [ ! -s "$fb_dir/drift" ] || finish refused drift
fi
printf '%s\n' "$outcome" | fb_write "$fb_dir/undo-outcome"
fb_become undone
fb_remove "$hold_mine"
[ "$reason" = still-held ] || fb_hold_drop
finish "$outcome" "$reason"
