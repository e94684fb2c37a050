# --- make an emergency account ----------------------------------------------------------------------------------------
#
# Header: action plan account own from (comma list) until (seconds of the epoch) ttl (seconds until the host ends it) mode; data:
# `TYPE BASE64` key lines. Account, keys and prefixes must be in the list that root of this host has made: who can run this program can still let in nobody else.

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

# sshd's own limits go into each line, so that they hold even when the account outlives its expiry by a day's rest.
claim() {
  printf 'until %s\n' "$h_until"
  printf '%s\n' "$h_from" | tr ', ' '\n' | sed -n 's/^\([0-9A-Fa-f.:]\{2,\}\(\/[0-9]\{1,3\}\)\{0,1\}\)$/from \1/p'
  end=$(date -d "@$h_until" +%Y%m%d%H%M%S 2>/dev/null) || end=
  options="from=\"$h_from\",no-agent-forwarding,no-X11-forwarding"
  [ -z "$end" ] || options="$options,expiry-time=\"$end\""
  while IFS= read -r line; do printf 'key %s %s\n' "$options" "$line"; done <"$fb_dir/keys"
}

emergency_list=/etc/firebreak/emergency.keys

# A word when the list does not have all of it.
list_refusal() {
  if ! fb_roots_own "$emergency_list"; then
    echo no-emergency-list
    return
  fi
  {
    printf 'account %s\n' "$h_account"
    printf '%s\n' "$h_from" | tr , '\n' | sed 's/^/from /'
    sed 's/^/key /' "$fb_dir/keys"
  } | while IFS= read -r wanted; do
    grep -Fqx -- "$wanted" "$emergency_list" || echo not-listed
  done | head -n 1
}

keep_end() {
  fb_ends_by remove-emergency-access end "account $h_account" "own $h_own"
}

say_result() {
  fb_say_kept result
  fb_say_file preimage "$fb_dir/before"
}

fb_header
fb_need action plan mode from
fb_need_number until ttl
# Its end on this host is no later than that of its keys.
[ "$((fb_came + h_ttl))" -le "$h_until" ] || h_ttl=$((h_until - fb_came))
case $h_from in *[!0-9A-Fa-f.:/,]*) fb_fail 64 'malformed from' ;; esac
account_open
emergency_open
keys_open
fb_lock 20
fb_open "$h_action" emergency-access
fb_same_plan "$h_plan"
state=$(fb_state)
[ "$state" != undone ] || finish refused released
[ "$state" = none ] || keep_end
if [ "$h_mode" = perform ]; then
  case $state in
    applied | confirmed)
      fb_say replayed 1
      say_result
      fb_end
      ;;
  esac
fi
fb_keep keys
[ -s "$fb_dir/keys" ] || fb_fail 64 'no public key'
while IFS= read -r line; do
  case $line in *[!A-Za-z0-9@.+/=\ -]*) fb_fail 64 'malformed public key' ;; esac
  printf '%s\n' "$line" >"$fb_dir/key.new"
  ssh-keygen -l -f "$fb_dir/key.new" >/dev/null 2>&1 || finish failed bad-key
done <"$fb_dir/keys"
reason=$(list_refusal)
[ -z "$reason" ] || finish refused "$reason"
fb_hold_open "emergency-$h_account"
kind=$(account_kind) || exit $?
if [ "$kind" != none ] && { [ -z "$(fb_hold_first)" ] || ! is_ours; }; then finish refused not-ours; fi

printf '%s\n' "${account_uid:-absent}" | fb_keep before || exit $?
fb_become "$([ "$state" = none ] && echo prepared || echo "$state")"
[ "$state" != none ] || keep_end
claim | fb_hold_take || exit $?
fb_copy_to_disk
outcome=already
if [ -z "$account_uid" ]; then
  outcome=applied
  shell=/bin/sh
  [ ! -x /bin/bash ] || shell=/bin/bash
  # '*' can never be a password, and unlike '!' it is no lock: the account is for keys.
  etc_takes || fb_fail 70 '/etc cannot be written, so no account can be made: make room there or mount it writable'
  useradd -m -s "$shell" -c "$emergency_comment" -p '*' -e 1970-01-02 "$h_account" 2>/dev/null ||
    fb_fail 70 'useradd failed'
  # Somebody may have removed the one before it.
  fb_remove "$(fb_hold_first)/left.uid"
  account_open
  keys_open
fi
# Also where an earlier attempt was cut off before it came to this.
if [ ! -s "$(fb_hold_first)/left.uid" ] && is_ours; then
  home_mark | fb_write "$(fb_hold_first)/left.home" || exit $?
  printf '%s\n' "$account_uid" | fb_write "$(fb_hold_first)/left.uid" || exit $?
fi
[ -z "$(emergency_faults)" ] || { outcome=applied && write_access; }
faults=$(emergency_faults)
[ -z "$faults" ] || outcome=failed
{
  printf 'outcome %s\n' "$outcome"
  for fault in $faults; do printf 'fault %s\n' "$fault"; done
  for other in $(fb_hold_others); do printf 'other %s\n' "$other"; done
} | fb_write "$fb_dir/result.draft" || exit $?
[ "$h_mode" = reassert ] || fb_write "$fb_dir/result" <"$fb_dir/result.draft"
fb_say_kept result.draft
fb_say_file preimage "$fb_dir/before"
if [ -z "$faults" ] && [ "$(fb_state)" = prepared ]; then fb_become applied; fi
fb_copy_to_disk
fb_end
