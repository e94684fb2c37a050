# --- rights ---

sudoers_files() {
  for file in /etc/sudoers /etc/sudoers.d/*; do
    [ -f "$file" ] && [ ! -L "$file" ] && printf '%s\n' "$file"
  done
  return 0
}

# Groups that make root: the usual ones and those that sudoers names.
root_groups() {
  printf '%s\n' sudo wheel admin docker lxd incus libvirt disk shadow root
  sudoers_files | while IFS= read -r file; do
    sed -n 's/^[[:space:]]*%\([A-Za-z0-9._-]\{1,\}\)[[:space:]].*/\1/p' "$file"
  done
}

held_groups() {
  root_groups | sort -u | while IFS= read -r group; do
    awk -F: -v g="$group" -v u="$h_account" '
      $1 == g { n = split($4, member, ","); for (i = 1; i <= n; i++) if (member[i] == u) print g }' /etc/group
  done
}

# The file without the rules that begin with the account; a rule goes on after a backslash at the end of a line.
sudoers_without() {
  awk -v u="$h_account" -v id="#$account_uid" '
    { if (!going) drop = ($1 == u || $1 == id); going = /\\$/; if (!drop) print }' "$1"
}

sudoers_naming() {
  sudoers_files | while IFS= read -r file; do
    sudoers_without "$file" | cmp -s - "$file" || printf '%s\n' "$file"
  done
}

# --- is it disabled? ---

# On some systems su lets root past the account check; then it proves nothing.
su_checks_accounts() {
  ! grep -Eq '^account[[:space:]]+sufficient[[:space:]]+pam_(succeed_if|rootok)' /etc/pam.d/su 2>/dev/null
}

# Does PAM let the account in? Once pam_unix has said that it is expired, the answer stands; what su then does is sleep
# for FAIL_DELAY, 3 seconds on Debian, which an attacked host does not have. Without these words, su's own answer counts.
pam_lets_in() {
  if ! words=$(mktemp /run/firebreak/pam.XXXXXX 2>/dev/null); then
    su -s /bin/sh -c : "$h_account" </dev/null >/dev/null 2>&1
    return
  fi
  su -s /bin/sh -c : "$h_account" </dev/null >/dev/null 2>"$words" 4<&- 9>&- &
  asking=$!
  while kill -0 "$asking" 2>/dev/null; do
    if grep -q '^Your account has expired' "$words"; then
      kill -KILL "$asking" 2>/dev/null
      break
    fi
    sleep 0.05
  done
  wait "$asking" 2>/dev/null
  let_in=$?
  rm -f "$words"
  return "$let_in"
}

# What still works apart from files that the account may write, one word a line.
account_state_faults() {
  shadow_line | awk -F: '{ found = ($2 ~ /^!/ && $8 == 1) } END { exit !found }' || {
    echo shadow
    attr_blame /etc/shadow
  }
  # A password there counts before the line in /etc/shadow, and then the expiry does not (pam_unix(8)).
  [ "$(passwd_field 2)" = x ] || {
    echo passwd
    attr_blame /etc/passwd
  }
  if su_checks_accounts && pam_lets_in; then echo pam; fi
  if pids=$(account_pids); then [ -z "$pids" ] || echo processes; else echo processes-unseen; fi
  if sessions=$(account_sessions); then [ -z "$sessions" ] || echo sessions; else echo sessions-unseen; fi
  [ -z "$(held_groups)" ] || {
    echo groups
    attr_blame /etc/group
  }
  sudoers_naming | while IFS= read -r file; do
    echo sudoers
    attr_blame "$file"
  done
  [ ! -e "/var/lib/systemd/linger/$h_account" ] || echo linger
}

account_file_faults() {
  account_files | while IFS= read -r file; do
    echo keys
    attr_blame "$file"
  done | awk '!seen[$0]++'
  shared_key_faults
}

# Nothing when the account is disabled in every way we know.
account_faults() {
  account_state_faults
  account_file_faults
}

say_faults() {
  for fault in $1; do fb_say fault "$fault"; done
}

# The first of its files that is there still, for people.
say_file_left() {
  account_files | head -n 1 | tr -d '\n' | fb_say_text file_left
}
