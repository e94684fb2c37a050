# --- disable an account (C7) ----------------------------------------------------------------------------------------
#
# Header: action plan account own mode ttl; mode is perform or reassert, ttl the seconds until the host ends it by itself. Reply:
# outcome, reason, fault…, others, replayed, preimage, ended (processes killed), found (files that were not there at the first owner's
# act), same_uid… (other names of its uid that still get in), file_left.
#
# Other names of the uid are told of and not disabled: nobody has signed for them, and one of them may be the site's own way in.

# Accounts that can become root, log in and are not expired; Firebreak's own does not count.
administrators() {
  today=$(($(date +%s) / 86400))
  {
    awk -F: '$1 == "sudo" || $1 == "wheel" || $1 == "admin" { gsub(",", "\n", $4); print $4 }' /etc/group
    sudoers_files | while IFS= read -r file; do
      sed -n 's/^[[:space:]]*\([A-Za-z_][A-Za-z0-9._-]*\)[[:space:]]\{1,\}[A-Za-z0-9._-]\{1,\}[[:space:]]*=.*ALL[[:space:]]*$/\1/p' "$file"
    done
  } | sort -u | while IFS= read -r name; do
    { [ -n "$name" ] && [ "$name" != "$h_own" ]; } || continue
    awk -F: -v u="$name" '$1 == u && $3 != 0 && $7 !~ /(nologin|false)$/ { found = 1 } END { exit !found }' /etc/passwd || continue
    awk -F: -v u="$name" -v t="$today" '$1 == u && $8 != "" && $8 + 0 <= t { found = 1 } END { exit found }' /etc/shadow || continue
    printf '%s\n' "$name"
  done
}

refusal() {
  if [ "$account_uid" -eq 0 ]; then
    echo root-account
  elif [ "$h_account" = "$h_own" ] || [ "$account_uid" = "$own_uid" ]; then
    echo own-account
  else
    admins=$(administrators)
    [ "$admins" != "$h_account" ] || echo last-administrator
  fi
}

# GROUPS FOLDER: their lines, as FOLDER/group and FOLDER/gshadow.
lines_of_groups() {
  for table in group gshadow; do
    while IFS= read -r group; do line_of "/etc/$table" "$group"; done <"$1" | keep_text "$2/$table" || return
  done
}

# Everything of the system's that an undo needs, complete before it has its name. Nothing here is the account's to write.
take_snapshot() {
  [ ! -d "$fb_dir/before" ] || return 0
  new=$fb_dir/before.new
  rm -rf "$new"
  mkdir -p "$new/sudoers" || return 1
  # An account may have no line in /etc/shadow, and then its hash in /etc/passwd.
  line_of /etc/passwd "$h_account" | keep_text "$new/passwd" && [ -s "$new/passwd" ] || return 1
  shadow_line | keep_text "$new/shadow" || return 1
  held_groups | keep_text "$new/groups" || return 1
  lines_of_groups "$new/groups" "$new" || return 1
  home_mark | keep_text "$new/home" || return 1
  if [ -e "/var/lib/systemd/linger/$h_account" ]; then echo yes; else echo no; fi | keep_text "$new/linger" || return 1
  sudoers_naming | keep_text "$new/sudoers/index" || return 1
  number=0
  while IFS= read -r path; do
    number=$((number + 1))
    cp -a "$path" "$new/sudoers/$number" && sync "$new/sudoers/$number" || return 1
  done <"$new/sudoers/index"
  mv "$new" "$fb_dir/before" && sync "$fb_dir"
}

# JOURNAL: numbered copies of the account's own files; `index` has the paths in that order. Taken when the account can do nothing any
# more. What cannot be copied is not taken away either. A copy that has no room is none: without it the release would go without the file.
take_files() {
  [ -d "$1/before/files" ] || copy_files "$1" || return 1
  [ ! -e "$1/before/MANIFEST" ] || return 0
  (cd "$1/before" && find . ! -type d ! -name 'MANIFEST*' | sort | while IFS= read -r entry; do
    if [ -L "$entry" ]; then printf 'link %s %s\n' "$(readlink "$entry")" "$entry"; else sha256sum "$entry"; fi
  done) | fb_write "$1/before/MANIFEST"
}

copy_files() {
  new=$1/files.new
  rm -rf "$new"
  mkdir -p "$new" && account_files | keep_text "$new/index" || return 1
  number=0
  while IFS= read -r path; do
    number=$((number + 1))
    copy_file "$path" "$new/$number" && continue
    [ "$?" -ne 74 ] || return 1
    rm -rf "${new:?}/$number"
  done <"$new/index"
  mv "$new" "$1/before/files" && sync "$1/before"
}

# Files that the first owner's snapshot lacks were planted since: kept as evidence, never put back.
remove_files() {
  account_files | while IFS= read -r path; do
    number=$(grep -Fnx -- "$path" "$first/before/files/index" | head -n 1 | cut -d: -f 1)
    kept=$first/before/files/$number
    if [ -z "$number" ] || [ -e "$first/applied-once" ]; then
      kept=$fb_dir/found/$(date +%s)-${path##*/}
      mkdir -p "$fb_dir/found" && copy_file "$path" "$kept" && fb_note found
      # What was planted does not get its attributes back; its directory does.
      attr_loosen "$first/attributes" "${path%/*}/."
      attr_loosen "$fb_dir/planted" "$path"
    else
      attr_loosen "$first/attributes" "$path"
    fi
    if [ ! -e "$kept" ] && [ ! -L "$kept" ] && [ ! -e "$kept.large" ]; then
      fb_note stuck
    else
      remove_file "$path" "$kept" || fb_note stuck
    fi
  done
}

fb_note() {
  printf '%s\n' "$1" >>"$fb_dir/notes.draft"
}

remove_rights() {
  [ -z "$(held_groups)" ] || attr_loosen "$first/attributes" /etc/group /etc/gshadow /etc/group- /etc/gshadow-
  held_groups | while IFS= read -r group; do gpasswd -d "$h_account" "$group" >/dev/null 2>&1; done
  sudoers_naming | while IFS= read -r file; do
    attr_loosen "$first/attributes" "$file"
    edited=${file%/*}/.firebreak.new
    cp -p "$file" "$edited" && sudoers_without "$file" >"$edited" && visudo -cqf "$edited" >/dev/null 2>&1 &&
      mv -f "$edited" "$file"
    rm -f "$edited"
  done
  loginctl disable-linger "$h_account" 2>/dev/null
  attr_loosen "$first/attributes" "/var/lib/systemd/linger/$h_account"
  rm -f "/var/lib/systemd/linger/$h_account"
}

# Comes before any work with files, so that nothing the account has prepared there can hold it up. Expiry first: it stops every new
# login, whatever the way (a lock alone does not stop keys).
contain() {
  # Once it is disabled too, it looks like the one that we left.
  if [ -e "$first/applied-once" ] && made_anew "$first"; then echo account | fb_write "$first/anew"; fi
  lines_known=1
  password_is_known || lines_known=
  attr_loosen "$first/attributes" /etc/passwd /etc/shadow /etc/passwd- /etc/shadow-
  usermod -L -e 1 "$h_account"
  # As account_state_faults looks for it.
  if [ "$(passwd_field 2)" != x ] && [ -n "$(shadow_line)" ]; then
    passwd_now=$(line_of /etc/passwd "$h_account")
    # One that could not be written is found by account_state_faults.
    with_field "$passwd_now" 2 x | put_line /etc/passwd "$h_account" "$passwd_now"
  fi
  # Without room for it processes end all the same; remember says so afterwards.
  remember_lines
  end_processes
  killed=$ended
}

remove_ways_in() {
  remove_files
  remove_rights
  end_processes
  killed=$((killed + ended))
}

# Is the password the one from before, or what an act left of it? Somebody's new one does not become ours by being locked again.
password_is_known() {
  [ -e "$first/left.shadow" ] || return 0
  shadow_before=$(cat "$first/before/shadow")
  hash_before=$(field_of "${shadow_before:-$(cat "$first/before/passwd" 2>/dev/null)}" 2)
  case $(field_of "$(shadow_line)" 2) in
    "$hash_before" | "!$hash_before" | "$(field_of "$(cat "$first/left.shadow")" 2)") ;;
    *) return 1 ;;
  esac
}

remember_lines() {
  [ -n "${lines_known-1}" ] || return 0
  shadow_line | fb_write "$first/left.shadow" && line_of /etc/passwd "$h_account" | fb_write "$first/left.passwd"
}

# What we leave behind: an undo touches only what still looks like this.
remember() {
  remember_lines || exit $?
  # Once: what others change in these files later is not ours, though an act runs again.
  [ ! -e "$first/applied-once" ] || return 0
  mkdir -p "$first/left"
  lines_of_groups "$first/before/groups" "$first/left" || fb_fail 74 'what the act leaves cannot be written down'
  while IFS= read -r file; do sha256sum "$file"; done <"$first/before/sudoers/index" | fb_write "$first/left.sudoers" || exit $?
  : >"$first/applied-once"
}

keep_end() {
  fb_ends_by restore-account end "account $h_account" "own $h_own"
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
fb_need_number ttl
account_open
keys_open
fb_lock 20
fb_open "$h_action" disable-account
# What the watch puts back has been in force here, so its journal is lost. The account is disabled all the same, and what it is now is
# not what it was: nobody may be given that back as if it were.
if [ "$h_mode" = reassert ] && [ ! -e "$fb_dir/plan" ]; then echo journal | fb_write "$fb_dir/lost" || exit $?; fi
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
kind=$(account_kind) || exit $?
case $kind in
  none) finish missing no-such-account ;;
  directory) finish failed directory-account ;;
esac
for program in usermod gpasswd chage; do
  command -v "$program" >/dev/null || fb_fail 69 "$program is missing"
done
reason=$(refusal)
[ -z "$reason" ] || [ "$state" = prepared ] || finish refused "$reason"

faults_before=$(account_state_faults) || exit $?
take_snapshot || fb_fail 74 'the snapshot cannot be written; nothing was changed'
fb_become "$([ "$state" = none ] && echo prepared || echo "$state")"
[ "$state" != none ] || keep_end
fb_hold_open "account-$h_account"
printf 'account %s\n' "$h_account" | fb_hold_take || exit $?
fb_copy_to_disk
first=$(fb_hold_first)
rm -f "$fb_dir/notes.draft"
killed=0
[ -z "$faults_before" ] || contain
# The first owner's act may have ended before it came to this.
for journal in "$first" "$fb_dir"; do
  take_files "$journal" || fb_fail 74 'the key files cannot be kept; the account is locked and its processes are ended'
done
fb_copy_to_disk
faults_before=$faults_before$(account_files)
[ -z "$faults_before" ] || remove_ways_in
attr_fasten "$first/attributes"
faults=$(account_faults) || exit $?
case $faults in *shadow* | *passwd* | *groups* | *sudoers*) etc_takes || faults="$faults etc" ;; esac
remember

outcome=applied
[ -n "$faults_before" ] || outcome=already
[ -z "$faults" ] || outcome=failed
{
  printf 'outcome %s\nended %s\n' "$outcome" "$killed"
  for fault in $faults; do printf 'fault %s\n' "$fault"; done
  case $faults in *keys*) say_file_left ;; esac
  say_same_uid
  for other in $(fb_hold_others); do printf 'other %s\n' "$other"; done
  sort "$fb_dir/notes.draft" 2>/dev/null | uniq -c | awk '{ print $2, $1 }'
} >"$fb_dir/result.draft"
if [ "$h_mode" = reassert ]; then
  fb_say_kept result.draft
  fb_say_file preimage "$fb_dir/before/MANIFEST"
  [ -n "$faults" ] || [ "$state" != prepared ] || fb_become applied
  fb_copy_to_disk
  fb_end
fi
# A disabling that left a hole is tried again by the next attempt.
fb_write "$fb_dir/result" <"$fb_dir/result.draft"
[ -n "$faults" ] || fb_become applied
fb_copy_to_disk
say_result
fb_end
