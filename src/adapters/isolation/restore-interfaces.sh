# --- take interfaces down again that a boot has brought up (C6, H10) ------------------------------------------------------------
#
# Takes no header. firebreak-ends runs it while such an act is in force and the machine has booted since: networks come up when they
# please. What carries management by now is left alone, whatever it is called.

command -v ip >/dev/null || exit 0
fb_lock 20
for fb_dir in "$FB_HOME"/INC-*/interfaces; do
  [ "$(fb_state)" = applied ] || continue
  h_allow=$(sed -n 's/^allow //p' "$fb_dir/management")
  h_address=$(sed -n 's/^address //p' "$fb_dir/management")
  FIREBREAK_PEER=$(sed -n 's/^peer //p' "$fb_dir/management")
  management_interfaces | sort -u >"$fb_dir/management.draft"
  management=$(with_carriers "$fb_dir/management.draft")
  # Without a way for management the machine is not up yet, or nobody could end this: nothing is touched.
  [ -n "$management" ] || continue
  for name in $(common "$(interfaces_up)" "$(cat "$fb_dir/names")"); do
    if printf '%s\n' "$management" | grep -Fqx -- "$name"; then
      printf '<4>firebreak: %s carries management now and stays up\n' "$name" >&2
    else
      ip link set dev "$name" down && printf '<5>firebreak: %s taken down again\n' "$name" >&2
    fi
  done
done
exit 0
