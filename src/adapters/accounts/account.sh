# --- one local account: what the account scripts share -------------------------------------------------------------

# What an account may write is never read beyond this, bytes: no key file is larger.
most_bytes=1048576

account_open() {
  fb_need account own
  case $h_account in -* | *[!A-Za-z0-9._-]* | ?????????????????????????????????*) fb_fail 64 'malformed account name' ;; esac
  case $h_own in -* | *[!A-Za-z0-9._-]*) fb_fail 64 'malformed account name' ;; esac
  account_uid=$(passwd_field 3) || fb_fail 70 '/etc/passwd cannot be read'
  account_home=$(passwd_field 6)
  account_home=${account_home%/}
  # Firebreak's account may live in a directory service. Without its home nothing could be told apart from it.
  own_line=$(getent passwd "$h_own") || fb_fail 70 "the host does not know Firebreak's own account $h_own"
  own_uid=$(printf '%s\n' "$own_line" | cut -d: -f 3)
  own_home=$(printf '%s\n' "$own_line" | cut -d: -f 6)
  own_home=${own_home%/}
  case $own_uid in '' | *[!0-9]*) fb_fail 70 "Firebreak's own account $h_own has no uid" ;; esac
  case $own_home in /?*) ;; *) fb_fail 70 "Firebreak's own account $h_own has no home of its own" ;; esac
}

passwd_field() {
  awk -F: -v u="$h_account" -v f="$1" '$1 == u { print $f; exit }' /etc/passwd
}

shadow_line() {
  line_of /etc/shadow "$h_account"
}

# Other names of its uid that are not locked and expired: for the kernel they are the same account. At most 20, and a character that no
# name should have becomes `?`.
same_uid() {
  awk -F: -v u="$h_account" -v id="$account_uid" '$1 != u && $3 == id && $1 != "" { print $1 }' /etc/passwd |
    head -n 20 | while IFS= read -r name; do
    line_of /etc/shadow "$name" | awk -F: -v today="$(($(date +%s) / 86400))" '
      { found = ($2 ~ /^!/ && $8 != "" && $8 + 0 <= today) } END { exit !found }' || printf '%s\n' "$name"
  done | tr -c 'A-Za-z0-9._$\n-' '?'
}

say_same_uid() {
  same_uid | sed 's/^/same_uid /'
}

# The name is in /etc/passwd, or only in a directory service, or nowhere.
account_kind() {
  if [ -n "$account_uid" ]; then
    echo local
    return
  fi
  getent passwd "$h_account" >/dev/null
  case $? in
    0) echo directory ;;
    2) echo none ;;
    *) fb_fail 70 'the account database cannot be asked' ;;
  esac
}

# Whether /etc takes what the account programs of the host write there: they fail without a word that helps.
etc_takes() {
  etc_probe=$(mktemp /etc/.firebreak.XXXXXX 2>/dev/null) || return 1
  { echo probe >"$etc_probe" && sync "$etc_probe"; } 2>/dev/null
  etc_took=$?
  rm -f "$etc_probe"
  return "$etc_took"
}

# --- processes and sessions ---

# Living processes: pid, parent, and 1 when a uid of theirs is the account's. Read from /proc, because ps differs. xargs cuts the list:
# as words of one command it would be too long on a host with many processes. A process that ends meanwhile is no error; a list without
# this shell is one.
process_table() {
  printf '%s\n' /proc/[0-9]*/status | xargs cat 2>/dev/null | awk -v uid="$account_uid" -v self="$$" '
    $1 == "State:" { dead = ($2 == "Z" || $2 == "X") }
    $1 == "Pid:" { pid = $2 }
    $1 == "PPid:" { parent = $2 }
    $1 == "Uid:" {
      if (pid == self) seen = 1
      if (!dead) print pid, parent, ($2 == uid || $3 == uid || $4 == uid)
    }
    END { exit !seen }'
}

account_pids() {
  processes=$(process_table) || return 1
  printf '%s\n' "$processes" | awk '$3 == 1 { print $1 }'
}

# The account's processes and all they have started: a root shell made with sudo is one of these.
account_tree() {
  processes=$(process_table) || return 1
  printf '%s\n' "$processes" | awk '
    NF == 3 { parent[$1] = $2; if ($3 == 1) hit[$1] = 1 }
    END {
      do {
        grown = 0
        for (pid in parent) if (!(pid in hit) && (parent[pid] in hit)) { hit[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in hit) print pid
    }'
}

# Fails when logind runs the host and does not answer.
account_sessions() {
  command -v loginctl >/dev/null 2>&1 && [ -d /run/systemd/system ] || return 0
  listed=$(timeout 5 loginctl list-sessions --no-legend) || return 1
  printf '%s\n' "$listed" | awk -v uid="$account_uid" '$2 == uid { print $1 }'
}

# Ends them all; $ended is how many. What forks meanwhile is caught by the next round, or by the kernel, which ends a whole
# slice at once.
end_processes() {
  ended=0
  tries=0
  slice=/sys/fs/cgroup/user.slice/user-$account_uid.slice/cgroup.kill
  while [ "$tries" -lt 25 ]; do
    pids=$(account_tree) || fb_fail 70 'the list of processes cannot be read'
    sessions=$(account_sessions) || sessions=
    [ -n "$pids$sessions" ] || break
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null && ended=$((ended + 1)); done
    if [ -w "$slice" ]; then { echo 1 >"$slice"; } 2>/dev/null; fi
    for session in $sessions; do timeout 5 loginctl terminate-session "$session" 2>/dev/null; done
    tries=$((tries + 1))
    sleep 0.2
  done
}

# --- files ---

# ACCOUNT: where sshd looks for its keys. An sshd that does not tell is read by its files: rather a pattern too many. Without an
# sshd, where it would look.
key_patterns() {
  {
    if ! sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null; then
      sed -n 's/^[[:space:]]*authorizedkeysfile[[:space:]=]*/authorizedkeysfile /Ip' \
        /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null
      echo 'authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2'
    fi
  } | sed -n 's/^authorizedkeysfile //p' | tr -d '"' | tr -s '[:blank:]' '\n' | grep -vx none | awk '!seen[$0]++'
}

# ACCOUNT, stdin: patterns; stdout: paths (sshd_config(5), TOKENS).
key_paths() {
  {
    getent passwd "$1" || echo
    cat
  } | awk -F: -v account="$1" '
    NR == 1 {
      number = $3
      home = $6
      sub(/\/$/, "", home)
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
    }'
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

# Key files and crontab as they are now: regular files and links, nothing else opens anything. Firebreak's own keys are not the
# account's, also where the two share a home.
account_files() {
  {
    printf '%s\n' "$account_keys" "$(without "$account_home/.ssh/authorized_keys
$account_home/.ssh/authorized_keys2" "$account_shared")" | sort -u | while IFS= read -r path; do
      [ -z "$path" ] || first_link "$path"
    done
    printf '%s\n' "/var/spool/cron/crontabs/$h_account" "/var/spool/cron/$h_account"
  } | sort -u | while IFS= read -r path; do
    case $path in "${own_home:?}"/.ssh | "${own_home:?}"/.ssh/*) continue ;; esac
    if [ -L "$path" ] || [ -f "$path" ]; then printf '%s\n' "$path"; fi
  done
}

# PATH: goes to the directory it lies in, one opened directory after the other, each of them where it should be: a link that
# somebody puts there meanwhile leads nowhere. $entry is the last part. For subshells.
enter() {
  entry=${1##*/}
  case $1 in
    "$account_home"/*)
      cd -P -- "$account_home/" || return 1
      rest=${1#"$account_home"/}
      ;;
    *)
      cd -P -- "${1%/*}/" || return 1
      rest=$entry
      ;;
  esac
  here=$(readlink /proc/self/cwd)
  while [ "$rest" != "$entry" ]; do
    part=${rest%%/*}
    rest=${rest#*/}
    here=${here%/}/$part
    [ ! -L "./$part" ] && cd -P -- "./$part" && [ "$(readlink /proc/self/cwd)" = "$here" ] || return 1
  done
}

# An attribute's notes and its undo reach a file as everything else does.
attr_reach() {
  enter "$1"
}

# COMMAND…: may write no file beyond the limit and takes no longer than it may, whatever it meets.
bounded() (
  ulimit -f $((most_bytes / 512))
  exec timeout -s KILL 10 "$@"
)

# PATH: the first bytes of a file that others may write. A pipe in its place is not waited for, a link is not followed.
read_bounded() {
  bounded dd "if=$1" iflag=nonblock,nofollow bs=65536 count=$((most_bytes / 65536)) status=none
}

# Are the directory we are in and PATH the same mount, so that a rename from one to the other copies nothing?
same_mount() {
  [ "$(mount_of .)" = "$(mount_of "$1")" ]
}

mount_of() (
  exec 7<"$1" && sed -n 's/^mnt_id:[[:space:]]*//p' /proc/self/fdinfo/7
)

# PATH COPY: with owner, mode and times. Of a file that is too large only what it was, as COPY.large. Fails with 74 when the place of the
# copy takes no more, with 1 when the file cannot be copied.
copy_file() (
  enter "$1" || exit 1
  bytes=$(stat -c %s -- "./$entry") || exit 1
  if [ ! -L "./$entry" ] && [ "$bytes" -gt "$most_bytes" ]; then
    stat -c '%s bytes, inode %i, mode %a, owner %u:%g' -- "./$entry" | keep_text "$2.large"
    exit
  fi
  if ! bounded cp -aT -- "./$entry" "$2"; then
    rm -rf -- "${2:?}"
    head -c "$bytes" /dev/zero | keep_text "$2.probe" || exit 74
    rm -f -- "$2.probe"
    exit 1
  fi
  [ -L "$2" ] || { [ -f "$2" ] && { sync "$2" || exit 74; }; } || exit 1
)

# FILE, stdin: what it is to hold, complete on disk. Fails with 74 when there is no room for it.
keep_text() {
  { cat >"$1" && sync "$1"; } 2>/dev/null && return
  rm -f -- "$1"
  return 74
}

# JOURNAL: is it another account under the name and the uid of the one there? One with the end that we gave it is not: nobody makes one like
# that. What somebody has put right looks like one that is made anew, but for the day of its password and its home. Day 0 is an order to
# choose a new password.
made_anew() {
  line_now=$(shadow_line)
  [ "$(field_of "$line_now" 8)" != 1 ] || return 1
  if [ -n "$line_now" ] && [ -s "$1/before/shadow" ]; then
    case $(field_of "$line_now" 3) in 0 | "$(field_of "$(cat "$1/before/shadow")" 3)") ;; *) return 0 ;; esac
  fi
  home_is_another "$1/before/home"
}

# Which home it is: one that is made anew has another inode, or another birth where the file system knows it.
home_mark() {
  [ -z "$account_home" ] || stat -c '%i %W' -- "$account_home" 2>/dev/null
}

# FILE: whether the home is another one than when its mark was kept there. None is no other one.
home_is_another() {
  [ -s "$1" ] && mark=$(home_mark) && [ -n "$mark" ] && [ "$mark" != "$(cat "$1")" ]
}

# PATH KEPT: takes the file away. One that is too large to be copied goes to KEPT, if that is a rename.
remove_file() (
  enter "$1" || exit 1
  if [ -f "./$entry" ] && [ ! -L "./$entry" ] && [ "$(stat -c %s -- "./$entry")" -gt "$most_bytes" ] && same_mount "${2%/*}"; then
    bounded mv -fT -- "./$entry" "$2" && exit
  fi
  rm -f -- "./$entry"
)

# PATH KEPT: puts it back, over nothing that is there, by a directory of ours that nobody else can write.
put_file_back() (
  enter "$1" || exit 1
  [ ! -e "./$entry" ] && [ ! -L "./$entry" ] || exit 1
  place=$(mktemp -d ./.firebreak.XXXXXX) && cd -P -- "$place" && [ "$(stat -c '%u %a' .)" = '0 700' ] || exit 1
  if [ -L "$2" ] || [ "$(stat -c %s -- "$2")" -le "$most_bytes" ]; then
    bounded cp -aT -- "$2" ./file
  elif same_mount "${2%/*}"; then
    bounded mv -nT -- "$2" ./file
  fi
  { [ ! -e ./file ] && [ ! -L ./file ]; } || mv -nT -- ./file "../$entry"
  left=0
  if [ -e ./file ] || [ -L ./file ] || { [ ! -e "../$entry" ] && [ ! -L "../$entry" ]; }; then left=1; fi
  rm -f ./file
  cd -P .. && rmdir "$place"
  exit "$left"
)

# Public keys known as the account's: from its own files, now and before the first owner's act.
known_keys() {
  {
    account_files
    before=$FB_HOME/$(sed 's|.*/||' "$FB_HOME/holds/account-$h_account/first" 2>/dev/null)/before/files
    for file in "$before"/[0-9]*; do printf '%s\n' "$file"; done
  } | while IFS= read -r file; do
    [ -L "$file" ] || [ ! -f "$file" ] || read_bounded "$file" | tr '[:blank:]' '\n' | grep -x 'AAAA[A-Za-z0-9+/=]\{20,\}'
  done
}

# A word for each file that others read and that holds a key of the account, by the key itself or by its comment: it opens their
# accounts, too. One that cannot be looked at counts.
shared_key_faults() {
  [ -n "$account_shared" ] || return 0
  known=$(mktemp /run/firebreak/known.XXXXXX) || fb_fail 74 'cannot write to /run/firebreak'
  known_keys >"$known"
  printf '%s\n' "$account_shared" | while IFS= read -r file; do
    [ -f "$file" ] || continue
    # Root may have made it a link; what that leads to is what sshd reads.
    file=$(readlink -f -- "$file")
    if [ "$(stat -c %s -- "$file")" -gt "$most_bytes" ] || ! shared=$(read_bounded "$file"); then
      echo shared-keys-unseen
      continue
    fi
    printf '%s\n' "$shared" | awk -v u="$h_account" '
      reading { known[$1] = 1; next }
      /^[[:space:]]*#/ { next }
      { for (i = 1; i <= NF; i++) if ($i in known) print "shared-keys" }
      $NF == u || index($NF, u "@") == 1 { print "shared-keys" }' reading=1 "$known" reading=0 -
  done | sort -u
  rm -f "$known"
}
