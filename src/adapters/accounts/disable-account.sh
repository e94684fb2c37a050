# --- disable an account (C7) ----------------------------------------------------------------------------------------
#
# Header: action plan account own mode; mode is perform or reassert. Reply: outcome, reason, fault…, others, replayed,
# preimage, ended (processes killed), found (files that were not there at the first owner's act).

# Accounts that can become root, log in and are not expired; Firebreak's own does not count.
administrators() {
  today=$(($(date +%s) / 86400))
  {
    awk -F: '$1 == "sudo" || $1 == "wheel" || $1 == "admin" { gsub(",", "\n", $4); print $4 }' /etc/group
    sudoers_files | while IFS= read -r file; do
      sed -n 's/^[[:space:]]*\([A-Za-z_][A-Za-z0-9._-]*\)[[:space:]]\{1,\}[A-Za-z0-9._-]\{1,\}[[:space:]]*=.*ALL[[:space:]]*$/\1/p' "$file"
    done
  } | sort -u | while IFS= read -r name; do
    [ -n "$name" ] && [ "$name" != "$h_own" ] || continue
    awk -F: -v u="$name" '$1 == u && $3 != 0 && $7 !~ /(nologin|false)$/ { found = 1 } END { exit !found }' /etc/passwd || continue
    awk -F: -v u="$name" -v t="$today" '$1 == u && $8 != "" && $8 + 0 <= t { found = 1 } END { exit found }' /etc/shadow || continue
    printf '%s\n' "$name"
  done
}

refusal() {
  if [ "$account_uid" -eq 0 ]; then
    echo root-account
  elif [ "$h_account" = "$h_own" ] || [ "$account_uid" = "$(id -u "$h_own" 2>/dev/null)" ]; then
    echo own-account
  else
    admins=$(administrators)
    [ "$admins" != "$h_account" ] || echo last-administrator
  fi
}

# Everything an undo needs, complete before it has its name.
take_snapshot() {
  [ ! -d "$fb_dir/before" ] || return 0
  new=$fb_dir/before.new
  rm -rf "$new"
  mkdir -p "$new/files" "$new/sudoers" || return 1
  shadow_line >"$new/shadow"
  held_groups >"$new/groups"
  if [ -e "/var/lib/systemd/linger/$h_account" ]; then echo yes; else echo no; fi >"$new/linger"
  copy_all files account_files && copy_all sudoers sudoers_naming || return 1
  (cd "$new" && find . ! -type d ! -name MANIFEST | sort | while IFS= read -r entry; do
    if [ -L "$entry" ]; then printf 'link %s %s\n' "$(readlink "$entry")" "$entry"; else sha256sum "$entry"; fi
  done) >"$fb_dir/MANIFEST.new" && mv "$fb_dir/MANIFEST.new" "$new/MANIFEST" || return 1
  sync
  mv "$new" "$fb_dir/before"
}

# FOLDER LISTER: numbered copies with owner, mode and times; `index` has the paths in that order.
copy_all() {
  "$2" >"$new/$1/index" || return 1
  number=0
  while IFS= read -r path; do
    number=$((number + 1))
    cp -a "$path" "$new/$1/$number" || return 1
  done <"$new/$1/index"
}

# Files that the first owner's snapshot lacks were planted since: kept as evidence, never put back.
remove_files() {
  account_files | while IFS= read -r path; do
    if ! grep -Fqx -- "$path" "$first/before/files/index" || [ -e "$first/applied-once" ]; then
      mkdir -p "$fb_dir/found" && cp -a "$path" "$fb_dir/found/$(date +%s)-${path##*/}" && fb_note found
    fi
    rm -f -- "$path"
  done
}

fb_note() {
  printf '%s\n' "$1" >>"$fb_dir/notes.draft"
}

remove_rights() {
  held_groups | while IFS= read -r group; do gpasswd -d "$h_account" "$group" >/dev/null 2>&1; done
  sudoers_naming | while IFS= read -r file; do
    edited=${file%/*}/.firebreak.new
    cp -p "$file" "$edited" && sudoers_without "$file" >"$edited" && visudo -cqf "$edited" >/dev/null 2>&1 &&
      mv -f "$edited" "$file"
    rm -f "$edited"
  done
  loginctl disable-linger "$h_account" 2>/dev/null
  rm -f "/var/lib/systemd/linger/$h_account"
}

# Expiry first: it stops every new login, whatever the way (a lock alone does not stop keys).
disable() {
  usermod -L -e 1 "$h_account" 2>/dev/null
  end_processes
  killed=$ended
  remove_files
  remove_rights
  end_processes
  killed=$((killed + ended))
}

# What we leave behind: an undo touches only what still looks like this.
remember() {
  shadow_line | fb_write "$first/left.shadow"
  while IFS= read -r file; do sha256sum "$file"; done <"$first/before/sudoers/index" | fb_write "$first/left.sudoers"
  : >"$first/applied-once"
}

say_result() {
  fb_say_kept result
  fb_say_file preimage "$fb_dir/before/MANIFEST"
}

finish() {
  fb_say outcome "$1"
  [ -z "${2:-}" ] || fb_say reason "$2"
  fb_end
}

fb_header
fb_need action plan mode
account_open
keys_open
fb_lock 20
fb_open "$h_action"
fb_same_plan "$h_plan"
state=$(fb_state)
[ "$state" != undone ] || finish refused released
if [ "$h_mode" = perform ]; then
  case $state in
    applied | confirmed)
      fb_say replayed 1
      say_result
      fb_end
      ;;
  esac
fi
case $(account_kind) in
  none) finish missing no-such-account ;;
  directory) finish failed directory-account ;;
esac
for program in usermod gpasswd chage; do
  command -v "$program" >/dev/null || fb_fail 69 "$program is missing"
done
reason=$(refusal)
[ -z "$reason" ] || [ "$state" = prepared ] || finish refused "$reason"

faults_before=$(account_faults)
take_snapshot || fb_fail 74 'the snapshot cannot be written; nothing was changed'
fb_become "$([ "$state" = none ] && echo prepared || echo "$state")"
fb_hold_open "account-$h_account"
printf 'account %s\n' "$h_account" | fb_hold_take
first=$(fb_hold_first)
rm -f "$fb_dir/notes.draft"
killed=0
[ -z "$faults_before" ] || disable
faults=$(account_faults)
remember

outcome=applied
[ -n "$faults_before" ] || outcome=already
[ -z "$faults" ] || outcome=failed
{
  printf 'outcome %s\nended %s\n' "$outcome" "$killed"
  for fault in $faults; do printf 'fault %s\n' "$fault"; done
  for other in $(fb_hold_others); do printf 'other %s\n' "$other"; done
  sort "$fb_dir/notes.draft" 2>/dev/null | uniq -c | awk '{ print $2, $1 }'
} >"$fb_dir/result.draft"
if [ "$h_mode" = reassert ]; then
  fb_say_kept result.draft
  fb_say_file preimage "$fb_dir/before/MANIFEST"
  [ -n "$faults" ] || [ "$state" != prepared ] || fb_become applied
  fb_end
fi
# A disabling that left a hole is tried again by the next attempt.
fb_write "$fb_dir/result" <"$fb_dir/result.draft"
[ -n "$faults" ] || fb_become applied
say_result
fb_end
