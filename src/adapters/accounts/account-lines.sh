# --- lines of the account files (passwd(5), shadow(5), group(5), gshadow(5)) ------------------------------------------------

# FILE KEY: the line of that name; nothing when it has none, which is a state like any other.
line_of() {
  awk -F: -v u="$2" '$1 == u { print; exit }' "$1" 2>/dev/null
}

# LINE NUMBER: one field of it.
field_of() {
  printf '%s\n' "$1" | cut -d: -f "$2"
}

# LINE NUMBER TEXT: the line with that field. By the environment, which only root can read: a command line shows a hash to everybody.
with_field() {
  printf '%s\n' "$1" | TEXT=$3 awk -F: -v OFS=: -v n="$2" '{ $n = ENVIRON["TEXT"]; print }'
}

# FILE: takes the lock that useradd, usermod and the like take: a link to a file with the number of the process.
lock_lines() {
  printf '%s' "$$" >"$1.$$" || return 1
  lock_tries=0
  until ln "$1.$$" "$1.lock" 2>/dev/null; do
    lock_holder=$(tr -cd 0-9 <"$1.lock" 2>/dev/null)
    if [ -n "$lock_holder" ] && [ ! -d "/proc/$lock_holder" ]; then rm -f "$1.lock"; fi
    lock_tries=$((lock_tries + 1))
    if [ "$lock_tries" -ge 25 ]; then
      rm -f "$1.$$"
      return 1
    fi
    sleep 0.2
  done
  rm -f "$1.$$"
}

# FILE KEY, stdin: the line that it is to have, or nothing to take it out. The other lines, their order, owner and mode stay.
put_line() {
  cat >"$fb_dir/line.draft"
  lock_lines "$1" || return 1
  cp -a -- "$1" "$1.firebreak" &&
    awk -F: -v u="$2" -v wanted="$fb_dir/line.draft" '
      BEGIN { has = (getline line < wanted) > 0 }
      $1 == u && !done { done = 1; if (has) print line; next }
      { print }
      END { if (has && !done) print line }' "$1" >"$1.firebreak" && sync "$1.firebreak" && mv -f -- "$1.firebreak" "$1"
  lock_status=$?
  rm -f "$1.lock" "$1.firebreak" "$fb_dir/line.draft"
  return "$lock_status"
}
