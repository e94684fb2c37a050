# The lease of one act: what it blocks, until when by this host's own clocks, and what it must never block. The kernel's
# state is made from it at any time: at the act, after a reboot, after somebody flushed the ruleset (C10).

# 20261120-7F3K-1a2b3c4d: names the act's own sets and chains in the kernel.
sb_key() {
  sb_hash=$(printf '%s' "$1" | sha256sum | cut -c 1-8)
  sb_incident=${1#INC-}
  printf '%s-%s' "${sb_incident%%:*}" "$sb_hash"
}

# Kernel comments hold at most 127 bytes.
sb_comment() {
  if [ "${#1}" -le 120 ]; then printf '%s' "$1"; else printf '%s:~%s' "${1%%:*}" "${2##*-}"; fi
}

# Its end, for one that cannot be read: no policy goes further. Seconds.
sb_longest=2100000

# MOMENT DIRECTION, stdin: `block RANGE` and `protect RANGE` lines; stdout: the lease, which ends at that moment (due.sh). What touches the protected set is `refused`; what of
# that set could not be read is `unread`.
# An order that blocks whole continents is malformed here, whatever the policy said.
sb_make_lease() {
  {
    sb_own_ranges
    cat
  } | awk -v expires="$1" -v direction="$2" "$FB_RANGE_AWK"'
    BEGIN { print "expires", expires; print "direction", direction }
    $1 == "own" { if (learn("safe", $2)) print "protect", $2; next }
    $1 == "unread" { if (!($2 in unread)) print; unread[$2] = 1; next }
    NF != 2 || ($1 != "block" && $1 != "protect") || !range($2) { exit 64 }
    $1 == "protect" { learn("safe", $2); print "protect", $2; next }
    R_P < (R_F == 4 ? 8 : 16) { exit 64 }
    touching("safe", R_F, R_B, R_P) { print "refused", $2; next }
    { print "block", $2 }
  '
}

sb_lease_value() {
  sed -n "s/^$2 //p" "$1" | head -n 1
}

# For awk programs that are given `-v lease=FILE`: lifted(RANGE) says whether the lease has let go of this very range.
SB_LIFTED_AWK="$FB_RANGE_AWK"'
BEGIN {
  while ((getline sb_line < lease) > 0)
    if (split(sb_line, sb_word, " ") == 2 && sb_word[1] == "lifted") learn("lifted", sb_word[2])
}
function lifted(text) { return range(text) && (("lifted", R_F, R_B) in HAS) }
'

# LEASE: seconds left of it; 0 when it is over.
sb_seconds_left() {
  sb_left=$(sb_lease_value "$1" expires | fb_left)
  case $sb_left in
    '' | never) sb_left=$sb_longest ;;
    -*) sb_left=0 ;;
  esac
  printf '%s' "$sb_left"
}
