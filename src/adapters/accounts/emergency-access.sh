# --- emergency access: what its scripts share (C8) --------------------------------------------------------------------

emergency_open() {
  case $h_account in [!a-z_]* | *[!a-z0-9_-]*) fb_fail 64 'malformed account name' ;; esac
  rule_file=/etc/sudoers.d/firebreak-emergency-$h_account
  emergency_comment='Firebreak emergency access'
  rule="$h_account ALL=(ALL:ALL) NOPASSWD: ALL"
}

# Did the first owner's act make it? By its uid and its home; an act that was cut off before it could write that down has left the comment.
is_ours() {
  made=$(fb_hold_first)
  if [ -s "$made/left.uid" ]; then
    [ "$account_uid" = "$(cat "$made/left.uid")" ] && ! home_is_another "$made/left.home"
  else
    [ "$(cat "$made/before" 2>/dev/null)" = absent ] && [ "$(passwd_field 5)" = "$emergency_comment" ]
  fi
}

# Where its keys go: into its home if sshd looks there at all, never into a file that others read. Nothing when there is none.
emergency_keys() {
  printf '%s\n' "$account_keys" | grep -Fx "$account_home/.ssh/authorized_keys" || printf '%s\n' "$account_keys" | head -n 1
}

# The owners' key lines together, and the latest of their ends in whole days of the epoch, rounded up.
wanted_keys() {
  sed -n 's/^key //p' "$hold/owners"/INC-* | sort -u
}

wanted_expiry() {
  sed -n 's/^until //p' "$hold/owners"/INC-* | sort -n | tail -n 1 | awk '{ print int($1 / 86400) + 1 }'
}

# Root owns the key file: who gets into the account cannot widen it.
write_access() {
  keys=$(emergency_keys)
  [ -n "$keys" ] || return 1
  mkdir -p "${keys%/*}" && chown root:root "${keys%/*}" && chmod 755 "${keys%/*}" || return 1
  wanted_keys >"$keys.new" && chmod 644 "$keys.new" && mv -f "$keys.new" "$keys" || return 1
  chage -E "$(wanted_expiry)" "$h_account" || return 1
  printf '%s\n' "$rule" >"$FB_HOME/rule.new"
  chmod 440 "$FB_HOME/rule.new"
  visudo -cqf "$FB_HOME/rule.new" >/dev/null 2>&1 && mv -f "$FB_HOME/rule.new" "$rule_file"
}

sshd_allows() {
  settings=$(sshd -T -C "user=$h_account,host=localhost,addr=127.0.0.1" 2>/dev/null) || return 0
  listed() { printf '%s\n' "$settings" | sed -n "s/^$1 //p" | tr ' ' '\n' | sed 's/@.*//'; }
  matches() {
    listed "$1" | while IFS= read -r pattern; do
      for name in $2; do
        # shellcheck disable=SC2254 # sshd's patterns are shell patterns
        case $name in $pattern) echo yes ;; esac
      done
    done
  }
  groups=$(id -nG "$h_account")
  [ -z "$(matches denyusers "$h_account")$(matches denygroups "$groups")" ] || return 1
  [ -z "$(listed allowusers)" ] || [ -n "$(matches allowusers "$h_account")" ] || return 1
  [ -z "$(listed allowgroups)" ] || [ -n "$(matches allowgroups "$groups")" ]
}

emergency_faults() {
  if [ -z "$account_uid" ]; then
    echo account
    return
  fi
  [ "$(shadow_line | cut -d: -f 8)" = "$(wanted_expiry)" ] || echo expiry
  keys=$(emergency_keys)
  [ -n "$keys" ] || echo no-key-file
  wanted_keys | cmp -s - "${keys:-/dev/null}" || echo access
  [ "$(cat "$rule_file" 2>/dev/null)" = "$rule" ] || echo rule
  sshd_allows || echo allowed
  pam_lets_in || echo login
}
