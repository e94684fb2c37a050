# --- put isolations back after a boot or a flush (C10) ------------------------------------------------------------------
#
# Takes no header. Only what was confirmed, or kept by policy, comes back: for the rest a boot is a way out.

command -v nft >/dev/null || exit 0
fb_lock 20
for hold in "$FB_HOME/holds"/isolation-*; do
  [ -s "$hold/scope" ] || continue
  grep -Eqrs '^(confirmed 1|policy keep)$' "$hold/owners" || continue
  iso_open "$(cat "$hold/scope")"
  left=$(iso_left)
  [ "$left" = never ] || [ "${left:-0}" -gt 0 ] || continue
  fb_dir=$hold
  iso_apply || printf 'firebreak: %s cannot be put back\n' "$iso_scope" >&2
done
exit 0
