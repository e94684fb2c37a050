# --- one local account: what the account scripts share -------------------------------------------------------------

account_open() {
  fb_need account own
  case $h_account in -* | *[!A-Za-z0-9._-]* | ?????????????????????????????????*) fb_fail 64 'malformed account name' ;; esac
  account_uid=$(passwd_field 3)
  account_home=$(passwd_field 6)
  account_home=${account_home%/}
}

passwd_field() {
  awk -F: -v u="$h_account" -v f="$1" '$1 == u { print $f; exit }' /etc/passwd
}

shadow_line() {
  awk -F: -v u="$h_account" '$1 == u { print; exit }' /etc/shadow
}

# The name is in /etc/passwd, or only in a directory service, or nowhere.
account_kind() {
  if [ -n "$account_uid" ]; then
    echo local
  elif getent passwd "$h_account" >/dev/null 2>&1; then
    echo directory
  else
    echo none
  fi
}

# --- processes and sessions ---

# Living processes: pid, parent, and 1 when a uid of theirs is the account's. Read from /proc, because ps differs.
process_table() {
  cat /proc/[0-9]*/status 2>/dev/null | awk -v uid="$account_uid" '
    $1 == "State:" { dead = ($2 == "Z" || $2 == "X") }
    $1 == "Pid:" { pid = $2 }
    $1 == "PPid:" { parent = $2 }
    $1 == "Uid:" && !dead { print pid, parent, ($2 == uid || $3 == uid || $4 == uid) }'
}

account_pids() {
  process_table | awk '$3 == 1 { print $1 }'
}

# The account's processes and all they have started: a root shell made with sudo is one of these.
account_tree() {
  process_table | awk '
    { parent[$1] = $2; if ($3 == 1) hit[$1] = 1 }
    END {
      do {
        grown = 0
        for (pid in parent) if (!(pid in hit) && (parent[pid] in hit)) { hit[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in hit) print pid
    }'
}

account_sessions() {
  command -v loginctl >/dev/null 2>&1 || return 0
  loginctl list-sessions --no-legend 2>/dev/null | awk -v uid="$account_uid" '$2 == uid { print $1 }'
}

# Ends them all; $ended is how many. What forks meanwhile is caught by the next round.
end_processes() {
  ended=0
  tries=0
  while [ "$tries" -lt 25 ]; do
    pids=$(account_tree)
    sessions=$(account_sessions)
    [ -n "$pids$sessions" ] || break
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null && ended=$((ended + 1)); done
    for session in $sessions; do timeout 5 loginctl terminate-session "$session" 2>/dev/null; done
    tries=$((tries + 1))
    sleep 0.2
  done
}

# --- files ---

# ACCOUNT: where sshd looks for its keys; without an sshd that tells, where it looks by default.
key_patterns() {
  patterns=$(sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null | sed -n 's/^authorizedkeysfile //p')
  printf '%s\n' "${patterns:-.ssh/authorized_keys .ssh/authorized_keys2}" | tr ' ' '\n' | grep -vx none
}

# ACCOUNT, stdin: patterns; stdout: paths (sshd_config(5), TOKENS).
key_paths() {
  awk -v account="$1" '
    NR == FNR {
      if (split($0, field, ":") >= 6 && field[1] == account && !found++) {
        number = field[3]
        home = field[6]
        sub(/\/$/, "", home)
      }
      next
    }
    $0 != "" {
      out = ""
      while (match($0, /%[hUu%]/)) {
        token = substr($0, RSTART + 1, 1)
        out = out substr($0, 1, RSTART - 1) (token == "h" ? home : token == "u" ? account : token == "U" ? number : "%")
        $0 = substr($0, RSTART + 2)
      }
      out = out $0
      print (out ~ /^\//) ? out : home "/" out
    }' /etc/passwd -
}

# HOME, empty for any: other accounts that can log in.
others_with() {
  awk -F: -v u="$h_account" -v h="$1" '{ sub(/\/$/, "", $6) } $1 != u && $7 !~ /(nologin|false)$/ && (h == "" || $6 == h) { print $1 }' \
    /etc/passwd
}

files_of() {
  for other in "$@"; do key_patterns "$other" | key_paths "$other"; done
}

# LIST LIST: lines of the first that are not in the second, in their order.
without() {
  printf '%s\n' "$1" | grep -Fvx "${2:-/}"
}

# Where sshd looks for the account's keys, whether the files exist or not: $account_keys are its own, $account_shared are read
# for others too, so that an act on this account leaves them alone. Everybody is asked for only when a path without a token
# may be read by anybody. Called in the script's own shell, and again when the account was made.
keys_open() {
  patterns=$(key_patterns "$h_account")
  reads=$(printf '%s\n' "$patterns" | key_paths "$h_account")
  fixed=$(printf '%s\n' "$patterns" | grep '^/' | grep -v '%[uUh]' | key_paths "$h_account")
  # shellcheck disable=SC2046 # names are words
  elsewhere=$(files_of "$h_own" $(others_with "${account_home:-/}"))
  # shellcheck disable=SC2046
  [ -z "$(without "$fixed" "$elsewhere")" ] || elsewhere=$(files_of "$h_own" $(others_with ''))
  account_keys=$(without "$reads" "$elsewhere")
  account_shared=$(without "$reads" "$account_keys")
}

# The first link on the way from the home to PATH, else PATH itself. A link in the home may point at somebody
# else's keys: the link is what goes, never what it points to.
first_link() {
  case $1 in "$account_home"/*) ;; *)
    printf '%s\n' "$1"
    return
    ;;
  esac
  at=$account_home
  rest=${1#"$account_home"/}
  while [ -n "$rest" ]; do
    at=$at/${rest%%/*}
    [ ! -L "$at" ] || break
    case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
  done
  printf '%s\n' "$at"
}

# Key files and crontab as they are now. Keys that Firebreak's own account reads as well are not the account's.
account_files() {
  own_home=$(awk -F: -v u="$h_own" '$1 == u { print $6; exit }' /etc/passwd)
  {
    printf '%s\n' "$account_keys" "$(without "$account_home/.ssh/authorized_keys
$account_home/.ssh/authorized_keys2" "$account_shared")" | sort -u | while IFS= read -r path; do
      [ -z "$path" ] || first_link "$path"
    done
    printf '%s\n' "/var/spool/cron/crontabs/$h_account" "/var/spool/cron/$h_account"
  } | sort -u | while IFS= read -r path; do
    case $path in "$own_home"/*) continue ;; esac
    if [ -L "$path" ] || [ -f "$path" ]; then printf '%s\n' "$path"; fi
  done
}

# Public keys known as the account's: from its own files, now and before the first owner's act.
known_keys() {
  {
    account_files
    before=$(cat "$FB_HOME/holds/account-$h_account/first" 2>/dev/null)/before/files
    for file in "$before"/[0-9]*; do printf '%s\n' "$file"; done
  } | while IFS= read -r file; do
    [ -L "$file" ] || [ ! -f "$file" ] || tr ' \t' '\n\n' <"$file" | grep -x 'AAAA[A-Za-z0-9+/=]\{20,\}'
  done
}

# Does a file that others read hold a key of the account, by the key itself or by its comment? It opens their accounts, too.
shared_keys_hold_its() {
  [ -n "$account_shared" ] || return 1
  known_keys >"/run/firebreak/known.$$"
  printf '%s\n' "$account_shared" | while IFS= read -r file; do
    [ ! -f "$file" ] || awk -v u="$h_account" '
      reading { known[$1] = 1; next }
      /^[[:space:]]*#/ { next }
      { for (i = 1; i <= NF; i++) if ($i in known) print "found" }
      $NF == u || index($NF, u "@") == 1 { print "found" }' reading=1 "/run/firebreak/known.$$" reading=0 "$file"
  done | grep -q found
  held=$?
  rm -f "/run/firebreak/known.$$"
  return "$held"
}

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
  su -s /bin/sh -c : "$h_account" </dev/null >/dev/null 2>"$words" 9>&- &
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

# What still works, one word a line; nothing when the account is disabled in every way we know.
account_faults() {
  shadow_line | awk -F: '{ exit !($2 ~ /^!/ && $8 == 1) }' || echo shadow
  if su_checks_accounts && pam_lets_in; then echo pam; fi
  [ -z "$(account_pids)" ] || echo processes
  [ -z "$(account_sessions)" ] || echo sessions
  [ -z "$(account_files)" ] || echo keys
  ! shared_keys_hold_its || echo shared-keys
  [ -z "$(held_groups)" ] || echo groups
  [ -z "$(sudoers_naming)" ] || echo sudoers
  [ ! -e "/var/lib/systemd/linger/$h_account" ] || echo linger
}

say_faults() {
  for fault in $1; do fb_say fault "$fault"; done
}

