# The acts on source blocks, the same for every packet filter. $SB_RUNG names the filter; its part defines
#   ${SB_RUNG}_available             can it be used here
#   ${SB_RUNG}_load LEASE KEY COMMENT    make the kernel's state for this act what the lease says, in one transaction
#   ${SB_RUNG}_drop KEY LEASE        take away what belongs to this act; keep what others put into its sets
#   ${SB_RUNG}_lift KEY LEASE        take away what the lease has let go of; touch nothing else
#   ${SB_RUNG}_read                  `KEY COMMENT RANGE SECONDS` for everything of Firebreak's in force (`-`: no end)
#   ${SB_RUNG}_check LEASE KEY COMMENT   as load, tried and not done
#   ${SB_RUNG}_packets KEY           packets dropped for this act
#   ${SB_RUNG}_families              `family 4` for each family that it filters here, `without 6 kernel|tools` for each that it does not

sb_read_reply() {
  "${SB_RUNG}_read" | sed 's/^/held /'
}

# LEASE: how many elements the kernel can hold of it here.
sb_wanted() {
  "${SB_RUNG}_families" | awk '
    $1 == "family" { has[$2] = 1 }
    $1 == "block" && ((index($2, ":") ? 6 : 4) in has) { n++ }
    END { print n + 0 }' - "$1"
}

# An act belongs to the rung that did it.
sb_own_rung() {
  if [ -r "$fb_dir/rung" ] && [ "$(cat "$fb_dir/rung")" != "$SB_RUNG" ]; then
    fb_fail 69 "this act is held by $(cat "$fb_dir/rung")"
  fi
}

# Names in the kernel hold 32 bits of the id, so whoever may choose ids finds one with the names of another act. Who has had them
# first keeps them, also when it is undone.
sb_own_names() {
  [ ! -e "$fb_dir/lease" ] || return 0
  for sb_dir in "$FB_HOME/${h_action%%:*}" "$FB_HOME/${h_action%%:*}"+*; do
    { [ -e "$sb_dir/lease" ] && [ "$sb_dir" != "$fb_dir" ]; } || continue
    [ "$(sb_key "$(cat "$sb_dir/action")")" != "$sb_name" ] || fb_fail 66 'another act has the names of this one in the kernel'
  done
}

sb_apply() {
  case $(fb_state) in
    applied | confirmed | undone)
      fb_say replayed "$(fb_state)"
      return
      ;;
  esac
  sb_own_names
  printf '%s\n' "$SB_RUNG" | fb_write "$fb_dir/rung" || exit $?
  "${SB_RUNG}_read" | fb_keep before || exit $?
  # The data is checked before anything is changed; an earlier attempt's lease keeps its end.
  if [ ! -e "$fb_dir/lease" ]; then
    sb_make_lease "$(fb_moment "$h_ttl")" "$h_direction" >"$fb_dir/lease.tmp" || fb_fail 64 'the data is malformed'
    fb_write "$fb_dir/lease" <"$fb_dir/lease.tmp" || exit $?
    rm -f "$fb_dir/lease.tmp"
  fi
  fb_ends_by "block-sources-$SB_RUNG" end 'op release'
  fb_become prepared
  sb_sessions "$fb_dir/lease" >"$fb_dir/sessions"
  "${SB_RUNG}_load" "$fb_dir/lease" "$sb_name" "$sb_note" || fb_fail 70 "$SB_RUNG refuses the transaction"
  sb_end_sessions <"$fb_dir/sessions"
  sb_sweep
  sb_forgotten=$(fb_forget_flows "$fb_dir/lease" any)
  ! fb_flows_pass "$fb_dir/lease" || fb_fail 70 'a flow table carries flows of blocked addresses past the rules'
  {
    printf 'lasts %s\n' "$(sb_seconds_left "$fb_dir/lease")"
    printf 'sessions %s\n' "$(wc -l <"$fb_dir/sessions")"
    printf 'flows %s\n' "$sb_forgotten"
    sb_read_reply | sed 's/^held/first/'
  } | fb_keep result || exit $?
  fb_become applied
}

sb_confirm() {
  case $(fb_state) in
    applied) fb_become confirmed ;;
    confirmed) ;;
    *) fb_fail 70 "the act is $(fb_state), there is nothing to confirm" ;;
  esac
}

# stdin: what is held; stdout: how many elements of act $1 end when they should, $2 seconds from now. A clock that was wrong
# at boot shows here. From 23 days on the rest is left to the watch: ipset holds no longer ends than 24.8 days.
sb_count_held() {
  awk -v key="$1" -v left="$2" '
    $1 == key && $4 != "-" && $4 <= left + 15 && ($4 >= left - 15 || $4 >= 2000000) { n++ }
    END { print n + 0 }'
}

# Puts back what the kernel lost, with the time that is left; a lease that is over or released stays so.
sb_reassert() {
  case $(fb_state) in applied | confirmed) ;; *) return ;; esac
  [ "$(sb_seconds_left "$fb_dir/lease")" -gt 0 ] || return
  sb_wanted=$(sb_wanted "$fb_dir/lease")
  sb_there=$("${SB_RUNG}_read" | sb_count_held "$sb_name" "$(sb_seconds_left "$fb_dir/lease")")
  [ "$sb_wanted" -ne "$sb_there" ] || return
  "${SB_RUNG}_load" "$fb_dir/lease" "$sb_name" "$sb_note" || fb_fail 70 "$SB_RUNG refuses the transaction"
  fb_say reasserted "$((sb_wanted - sb_there))"
}

# `undone` comes first: from then on no restore and no late apply brings the block back, whatever happens to this run.
sb_release() {
  sb_was=$(fb_state)
  fb_say was "$sb_was"
  sb_before=$("${SB_RUNG}_read" | sed -n "s/^$sb_name /before &/p")
  [ -z "$sb_before" ] || printf '%s\n' "$sb_before"
  case $sb_was/$sb_before in none/ | undone/) fb_ordered || return ;; esac
  fb_need_order
  fb_become undone
  printf '%s\n' "$SB_RUNG" | fb_write "$fb_dir/rung" || exit $?
  [ -e "$fb_dir/lease" ] || return
  "${SB_RUNG}_drop" "$sb_name" "$fb_dir/lease" || fb_fail 70 "$SB_RUNG refuses the release"
}

# stdin: `block RANGE` lines. Lets go of these ranges alone. The lease comes first: from then on no restore and no re-assert brings
# them back, whatever happens to this run. An act that holds nothing any more is released.
sb_lift() {
  awk "$FB_RANGE_AWK"'
    NF != 2 || $1 != "block" || !range($2) { exit 64 }
    { print }
    END { if (NR == 0) exit 64 }
  ' >"$fb_dir/lift.tmp" || fb_fail 64 'the data is malformed'
  fb_say was "$(fb_state)"
  "${SB_RUNG}_read" | sed -n "s/^$sb_name /before &/p"
  if [ ! -e "$fb_dir/lease" ]; then
    rm -f "$fb_dir/lift.tmp"
    return
  fi
  awk "$FB_RANGE_AWK"'
    NR == FNR { learn("lift", $2); next }
    $1 == "block" && range($2) && (("lift", R_F, R_B) in HAS) { $1 = "lifted" }
    { print }
  ' "$fb_dir/lift.tmp" "$fb_dir/lease" >"$fb_dir/lease.tmp" || fb_fail 70 'the lease cannot be read'
  fb_write "$fb_dir/lease" <"$fb_dir/lease.tmp" || exit $?
  fb_outdate "$fb_dir" lifted
  rm -f "$fb_dir/lift.tmp" "$fb_dir/lease.tmp"
  if grep -q '^block ' "$fb_dir/lease" && [ "$(fb_state)" != undone ]; then
    "${SB_RUNG}_lift" "$sb_name" "$fb_dir/lease" || fb_fail 70 "$SB_RUNG refuses to let them go"
    return
  fi
  fb_become undone
  "${SB_RUNG}_drop" "$sb_name" "$fb_dir/lease" || fb_fail 70 "$SB_RUNG refuses the release"
}

# Takes away this filter's acts whose time is over: their elements are gone, their empty sets and chains are not.
sb_sweep() {
  for sb_dir in "$FB_HOME"/INC-*; do
    { read -r sb_state <"$sb_dir/state" && read -r sb_rung <"$sb_dir/rung"; } 2>/dev/null || continue
    { [ "$sb_rung" = "$SB_RUNG" ] && [ "$sb_state" != undone ] && [ -r "$sb_dir/lease" ]; } || continue
    [ "$(sb_seconds_left "$sb_dir/lease")" -eq 0 ] || continue
    "${SB_RUNG}_drop" "$(sb_key "$(cat "$sb_dir/action")")" "$sb_dir/lease" &&
      printf 'undone\n' | fb_write "$sb_dir/state"
  done
}

# What would happen, with the rules tried but not loaded (C12).
sb_check() {
  sb_try=$(mktemp /run/firebreak/check.XXXXXX) || fb_fail 74 'cannot write to /run/firebreak'
  trap 'rm -f "$sb_try"' EXIT
  sb_make_lease "$(fb_moment "$h_ttl")" "$h_direction" >"$sb_try" || fb_fail 64 'the data is malformed'
  "${SB_RUNG}_check" "$sb_try" "$sb_name" "$sb_note" || fb_fail 70 "$SB_RUNG refuses the transaction"
  sed -n -E '/^(refused|unread) /p' "$sb_try"
  sb_say_without
  fb_say sessions "$(sb_sessions "$sb_try" | wc -l)"
}

sb_say_without() {
  "${SB_RUNG}_families" | sed -n '/^without /p'
  [ -z "${xt_says:-}" ] || printf '%s' "$xt_says" | head -c 200 | fb_say_text without_says
}

sb_journal_reply() {
  fb_say state "$(fb_state)"
  sb_say_without
  fb_say packets "$("${SB_RUNG}_packets" "$sb_name")"
  if [ -e "$fb_dir/lease" ]; then
    fb_say left "$(sb_seconds_left "$fb_dir/lease")"
    grep -E '^(refused|unread) ' "$fb_dir/lease"
  fi
  [ ! -e "$fb_dir/before" ] || fb_say_file preimage "$fb_dir/before"
}

sb_main() {
  fb_header
  fb_need op action
  case ${h_direction:-in} in in | both) ;; *) fb_fail 64 'no such direction' ;; esac
  "${SB_RUNG}_available" || fb_fail 69 "$SB_RUNG cannot be used on this host"
  sb_name=$(sb_key "$h_action")
  sb_note=$(sb_comment "$h_action" "$sb_name")
  if [ "$h_op" = check ]; then
    fb_need direction
    fb_need_number ttl
    sb_check
    sb_read_reply
    fb_end
  fi
  fb_lock 20
  if [ "$h_op" = verify ]; then
    fb_dir=$(fb_action_dir "$h_action" block-sources) || exit $?
  else
    fb_open "$h_action" block-sources
  fi
  sb_own_rung
  case $h_op in
    apply)
      fb_need plan direction
      fb_need_number ttl
      fb_same_plan "$h_plan"
      sb_apply
      ;;
    confirm) sb_confirm ;;
    verify) ;;
    reassert) sb_reassert ;;
    release) sb_release ;;
    lift) sb_lift ;;
    *) fb_fail 64 'no such act' ;;
  esac
  sb_journal_reply
  if [ "$h_op" = apply ]; then
    [ ! -e "$fb_dir/before" ] || sed 's/^/before /' "$fb_dir/before"
    fb_say_kept result
  else
    sb_read_reply
  fi
  fb_end
}
