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

# The lock of lckpwdf(3), on descriptor 8 until that is closed: PAM holds it while it writes a password, and so do the account programs.
# It is one of fcntl(2). A lock of an open file (F_OFD_SETLKW, 38) outlives the program that takes it, and holds such a one off. flock(1)
# knows it since util-linux 2.41. On a kernel without it (EINVAL, 22), and on a host with none of these programs, nothing is locked: then
# the look right before the rename is all there is (change_line).
lock_accounts() {
  { : >>/etc/.pwd.lock; } 2>/dev/null || return 1
  exec 8>>/etc/.pwd.lock
  for locker in flock perl python3 /usr/libexec/platform-python; do
    command -v "$locker" >/dev/null || continue
    case $locker in
      flock)
        flock --help 2>&1 | grep -q -e --fcntl || continue
        flock --fcntl -w 15 8
        ;;
      perl)
        perl -e 'my $whole = pack("ssx60", 1, 0);
alarm 15;
open(my $lock, ">>&=", 8) or exit 1;
fcntl($lock, 38, $whole) or $! == 22 or exit 1'
        ;;
      *)
        "$locker" -c 'import fcntl, signal, struct, sys
signal.alarm(15)
try:
    fcntl.fcntl(8, 38, struct.pack("hh60x", 1, 0))
except OSError as error:
    sys.exit(error.errno != 22)'
        ;;
    esac
    return
  done
  return 0
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

# FILE KEY JUDGED: as put_line. Fails with 3 when somebody who takes no lock has written the file meanwhile.
change_line() {
  cp -a -- "$1" "$1.firebreak" && cat "$1" >"$fb_dir/line.read" || return 1
  [ "$(line_of "$fb_dir/line.read" "$2")" = "$3" ] || return 2
  awk -F: -v u="$2" -v wanted="$fb_dir/line.draft" '
    BEGIN { has = (getline line < wanted) > 0 }
    $1 == u && !done { done = 1; if (has) print line; next }
    { print }
    END { if (has && !done) print line }' "$fb_dir/line.read" >"$1.firebreak" && sync "$1.firebreak" || return 1
  cmp -s "$1" "$fb_dir/line.read" || return 3
  mv -f -- "$1.firebreak" "$1" && [ "$(line_of "$1" "$2")" = "$(cat "$fb_dir/line.draft")" ]
}

# FILE KEY JUDGED, stdin: the line that it is to have in place of JUDGED, or nothing to take it out. The other lines, their order, owner
# and mode stay. Fails with 2 when the line is another one by now, with 1 when it cannot be written.
put_line() {
  cat >"$fb_dir/line.draft" || return 1
  line_status=1
  if lock_accounts; then
    if lock_lines "$1"; then
      for _ in 1 2 3 4 5; do
        change_line "$1" "$2" "$3"
        line_status=$?
        [ "$line_status" -eq 3 ] || break
      done
      rm -f "$1.lock" "$1.firebreak"
    fi
    exec 8>&-
  fi
  rm -f "$fb_dir/line.draft" "$fb_dir/line.read"
  return "$line_status"
}
