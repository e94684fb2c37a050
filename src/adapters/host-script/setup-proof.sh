# The end of setup.sh: what was set up is used, as the account that will use it. Nothing is done that does not work.

# Without a terminal, as Firebreak comes.
detached() {
  if command -v setsid >/dev/null; then setsid -w "$@"; else "$@"; fi
}

# Runs the gate through sudo; it answers that it was asked nothing.
as_account() {
  if command -v runuser >/dev/null; then
    detached runuser -u "$user" -- /usr/bin/sudo -n "$gate"
  else
    detached su -s /bin/sh "$user" -c "/usr/bin/sudo -n $gate"
  fi
}

gate=/usr/local/sbin/firebreak-gate
answer='firebreak-gate: no request'
words=$(as_account 2>&1 </dev/null) || :
case $words in
  *"$answer"*) ;;
  *)
    printf '%s\n' "$words" | head -n 5 | cut -c 1-300 | sed 's/^/firebreak setup: sudo says: /' >&2
    fail "$user cannot run the gate through sudo. Next: read /etc/sudoers and /etc/sudoers.d for what comes after the rule in /etc/sudoers.d/firebreak"
    ;;
esac

# ADDRESS PORT: a login with a key of this moment, good from this host and for the gate only.
try_login() {
  case $authorized_key in
    *' ssh-rsa '*) kind=rsa ;;
    *' ecdsa-'*) kind=ecdsa ;;
    *) kind=ed25519 ;;
  esac
  ssh-keygen -q -t "$kind" -N '' -C '' -f "$proof/key" </dev/null || return 0
  {
    printf '%s\n' "$authorized_key"
    printf 'restrict,command="/usr/bin/sudo -n %s",from="%s" %s\n' "$gate" "$1" "$(cat "$proof/key.pub")"
  } | place 644 "$key_file" >/dev/null
  detached timeout -s KILL 40 ssh -F /dev/null -T -i "$proof/key" -p "$2" -o BatchMode=yes -o ConnectTimeout=10 \
    -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null \
    "$user@$1" 2>&1 </dev/null | grep -v '^Warning: Permanently added' || :
}

end_proof() {
  rm -rf "$proof"
  printf '%s\n' "$authorized_key" | place 644 "$key_file" >/dev/null
}

# Where sshd listens. "Any address" is reached through the loopback.
listens=$(sshd_would "$from_first" | sed -n 's/^listenaddress //p' | head -n 1)
port=${listens##*:}
address=$(printf '%s\n' "${listens%:*}" | tr -d '[]')
case $address in 0.0.0.0) address=127.0.0.1 ;; ::) address=::1 ;; esac

tried=
if [ -n "$listens" ] && command -v ssh >/dev/null && command -v ssh-keygen >/dev/null; then
  proof=$(mktemp -d /run/firebreak-setup.XXXXXX)
  trap end_proof EXIT
  trap 'exit 1' HUP INT TERM
  tried=$(try_login "$address" "$port")
  end_proof
  trap - EXIT HUP INT TERM
fi

# What of sshd's settings for the account can refuse a login, beside their usual values.
narrows() {
  sshd_would "$1" | grep -E '^(allow|deny)(users|groups) |^(forcecommand|chrootdirectory|authorizedkeysfile|authorizedkeyscommand|authenticationmethods|pubkeyauthentication|maxsessions|usepam) ' |
    grep -Ev '^((forcecommand|chrootdirectory|authorizedkeyscommand) none|authenticationmethods any|pubkeyauthentication yes|authorizedkeysfile \.ssh/authorized_keys( \.ssh/authorized_keys2)?|maxsessions [1-9][0-9]*|usepam (yes|no))$' || :
}

# Another answer for who comes from elsewhere: then a login from this host proves nothing.
by_address() {
  [ "$(narrows "$from_first")" = "$(narrows "$address")" ] || return 0
  narrows "$from_first" | grep -Eq '^(allow|deny)users .*@' && return 0
  grep -Eqs '^[^#]*pam_access' /etc/pam.d/sshd
}

case $tried in
  *"$answer"*) proven=1 ;;
  '' | *'Connection refused'* | *'timed out'* | *'No route to host'*)
    proven=
    printf 'firebreak setup: no login could be tried here%s\n' "${tried:+ ($(printf '%s\n' "$tried" | head -n 1 | cut -c 1-200))}" >&2
    [ ! -e /etc/nologin ] || tried='/etc/nologin is there'
    ;;
  *) proven= ;;
esac
if [ -z "$proven" ] && [ -n "$tried" ] && ! by_address; then
  case $tried in
    *'Connection refused'* | *'timed out'* | *'No route to host'*) ;;
    *)
      printf '%s\n' "$tried" | head -n 5 | cut -c 1-300 | sed 's/^/firebreak setup: the login says: /' >&2
      journalctl -q -t sshd -t sshd-session -n 20 -o cat --since -1min --no-pager 2>/dev/null |
        grep -F -- "$user" | tail -n 4 | cut -c 1-300 | sed 's/^/firebreak setup: the log of sshd says: /' >&2 || :
      narrows "$from_first" | cut -c 1-300 | sed 's/^/firebreak setup: sshd is set to: /' >&2
      for file in /etc/nologin /run/nologin; do
        [ ! -e "$file" ] || printf 'firebreak setup: next: remove %s; while it is there PAM lets nobody but root in: %s\n' "$file" "$(head -c 200 "$file" | tr '\n' ' ')" >&2
      done
      if narrows "$from_first" | grep -Eq '^(allow|deny)(users|groups) '; then
        printf 'firebreak setup: next: let %s in by AllowUsers, AllowGroups, DenyUsers and DenyGroups; its groups are: %s\n' "$user" "$(id -Gn "$user")" >&2
      fi
      if narrows "$from_first" | grep -Eq '^(forcecommand|chrootdirectory|authorizedkeys|authenticationmethods|pubkeyauthentication|maxsessions)'; then
        printf 'firebreak setup: next: give %s a block "Match User %s" in sshd_config that sets these back\n' "$user" "$user" >&2
      fi
      fail "a login of $user was tried on this host and did not reach the gate"
      ;;
  esac
fi
[ -n "$proven" ] || printf 'firebreak setup: next: firebreak host check %s proves the login\n' "$host_name" >&2
printf 'firebreak setup: done\n'
