# Puts back every confirmed act whose time is not over, and takes away what is over (C10). Runs at boot and after the
# host's own firewall was started anew. An act that was never confirmed stays away: a reboot undoes it.
fb_lock 30
sb_failed=0
for SB_RUNG in $SB_RUNGS; do
  "${SB_RUNG}_available" || continue
  sb_sweep
  sb_held=$("${SB_RUNG}_read")
  for fb_dir in "$FB_HOME"/INC-*; do
    { read -r sb_state <"$fb_dir/state" && read -r sb_rung <"$fb_dir/rung"; } 2>/dev/null || continue
    { [ "$sb_rung" = "$SB_RUNG" ] && [ "$sb_state" = confirmed ] && [ -r "$fb_dir/lease" ]; } || continue
    sb_action=$(cat "$fb_dir/action")
    sb_name=$(sb_key "$sb_action")
    sb_note=$(sb_comment "$sb_action" "$sb_name")
    [ "$(printf '%s\n' "$sb_held" | grep -c "^$sb_name ")" -eq "$(sb_wanted "$fb_dir/lease")" ] ||
      "${SB_RUNG}_load" "$fb_dir/lease" "$sb_name" "$sb_note" || sb_failed=70
  done
done
exit $sb_failed
