# --- back to ordinary monitoring (C5) --------------------------------------------------------------------------------------
#
# Header: action in_force (1 when it is, by the worker's record). Reply: `part NAME OUTCOME [WHY]`, other…, reason, replayed. A file that is not as we left it stays.

fb_header
fb_need action
fb_lock 20
fb_open "$h_action" heighten-monitoring
fb_hold_open monitoring
if fb_hold_undone; then
  fb_say replayed 1
  fb_say_kept undo-result
  fb_end
fi
: >"$fb_dir/undo.draft"
if ! fb_hold_mine && fb_journal_lost && monitoring_files; then
  for part in $watch_parts; do printf 'part %s failed journal-lost\n' "$part"; done >"$fb_dir/undo.draft"
elif ! fb_hold_mine; then
  for part in $watch_parts; do printf 'part %s missing\n' "$part"; done >"$fb_dir/undo.draft"
elif [ -n "$(fb_hold_others)" ]; then
  for part in $watch_parts; do printf 'part %s applied\n' "$part"; done >"$fb_dir/undo.draft"
  for other in $(fb_hold_others); do printf 'other %s\n' "$other"; done >>"$fb_dir/undo.draft"
else
  first=$(fb_hold_first)
  for part in $watch_parts; do
    word=$(part_word "$part")
    outcome=applied
    if ! "${word}_there" && [ "$(cat "$first/before/$part")" = absent ]; then
      outcome=missing
    else
      "${word}_undo"
      case $? in
        0) ;;
        1) outcome=refused ;;
        *) outcome="failed $(attr_blame "$(part_file "$part")")" ;;
      esac
    fi
    printf 'part %s %s\n' "$part" "$outcome" >>"$fb_dir/undo.draft"
  done
  attr_fasten "$first/attributes"
fi
if ! grep -Eq '^part [a-z0-9-]+ (refused|failed)' "$fb_dir/undo.draft"; then
  fb_write "$fb_dir/undo-result" <"$fb_dir/undo.draft"
  fb_become undone
  if [ -n "$(fb_hold_others)" ]; then fb_remove "$hold_mine"; else fb_hold_drop; fi
fi
fb_say_kept undo.draft
fb_end
