# --- heighten monitoring ------------------------------------------------------------------------------------------------
#
# Header: action plan mode ttl (seconds until the host ends it by itself). Reply: `part NAME OUTCOME [WHY]` for each (absent: the host
# has no such thing), other…, replayed, preimage.

unwritten() {
  fb_fail 74 'the state before cannot be written down; nothing was changed'
}

fb_header
fb_need action plan mode
fb_need_number ttl
fb_lock 20
fb_open "$h_action" heighten-monitoring
# What the watch puts back has been in force here. Without its journal, what stands there now would be taken for what was before.
if [ "$h_mode" = reassert ] && [ ! -e "$fb_dir/plan" ] && monitoring_files; then
  fb_fail 70 'the journal of this act is lost: nothing can be put back by it'
fi
fb_same_plan "$h_plan"
state=$(fb_state)
if [ "$state" = undone ]; then
  for part in $watch_parts; do fb_say part "$part" refused; done
  fb_end
fi
fb_ends_by restore-monitoring end
if [ "$h_mode" = perform ]; then
  case $state in
    applied | confirmed)
      fb_say replayed 1
      fb_say_kept result
      fb_say_file preimage "$fb_dir/before.txt"
      fb_end
      ;;
  esac
fi

if [ ! -d "$fb_dir/before" ]; then
  rm -rf "$fb_dir/before.new"
  mkdir -p "$fb_dir/before.new"
  for part in $watch_parts; do
    word=$(part_word "$part")
    { if "${word}_there"; then "${word}_before"; else echo absent; fi >"$fb_dir/before.new/$part"; } || unwritten
    sync "$fb_dir/before.new/$part" || unwritten
  done
  (cd "$fb_dir/before.new" && for part in $watch_parts; do sed "s/^/$part: /" "$part"; done) | fb_keep before.txt || exit $?
  mv "$fb_dir/before.new" "$fb_dir/before"
fi
[ "$state" != none ] || fb_become prepared
fb_hold_open monitoring
echo monitoring | fb_hold_take || exit $?
fb_copy_to_disk
first=$(fb_hold_first)

: >"$fb_dir/result.draft"
for part in $watch_parts; do
  word=$(part_word "$part")
  if ! "${word}_there"; then
    outcome=absent
  elif [ -z "$("${word}_faults")" ]; then
    outcome=already
  elif "${word}_apply"; then
    outcome=applied
  else
    outcome="failed $(attr_blame "$(part_file "$part")")"
  fi
  printf 'part %s %s\n' "$part" "$outcome" >>"$fb_dir/result.draft"
done
attr_fasten "$first/attributes"
for other in $(fb_hold_others); do printf 'other %s\n' "$other" >>"$fb_dir/result.draft"; done
# A part that failed is tried again by the next attempt.
if ! grep -q '^part [a-z0-9-]* failed' "$fb_dir/result.draft" && [ "$(fb_state)" = prepared ]; then
  fb_keep result <"$fb_dir/result.draft"
  fb_become applied
fi
fb_copy_to_disk
fb_say_kept result.draft
fb_say_file preimage "$fb_dir/before.txt"
fb_end
