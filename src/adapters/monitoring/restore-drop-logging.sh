# --- log again what is dropped, after a boot or a flush (B14, H10) ----------------------------------------------------------
#
# Takes no header. Comes after what puts blocks and isolations back: their mirrors are made of them. All else of the heightened
# monitoring lies in files, which a boot leaves alone.

command -v nft >/dev/null || exit 0
fb_lock 20
fb_hold_open monitoring
[ -n "$(fb_hold_others)" ] || exit 0
mkdir -p /run/firebreak
fb_dir=$(mktemp -d /run/firebreak/mirror.XXXXXX) || fb_fail 74 'cannot write to /run/firebreak'
drop_apply
fb_status=$?
rm -rf "$fb_dir"
exit "$fb_status"
