# --- where the journal lies: on the disk, or in memory while the disk takes nothing ---------------------------------------
#
# $FB_DISK is the journal. When its disk is full, read-only or broken, the whole of it is copied to /run, and $FB_HOME is that copy, for
# every program of this host, until the disk takes it back. A boot loses what only the copy says, so what must not come back with a
# boot is taken away on the disk at once (fb_remove, fb_outdate): that needs no room.
FB_DISK=/var/lib/firebreak
FB_MEMORY=/run/firebreak-journal
# Larger files stay on the disk alone: key files that nobody copies. In blocks of 512 bytes; the gate takes no more data for an act.
fb_large=16384

fb_find_home() {
  FB_HOME=$FB_DISK
  [ ! -d "$FB_MEMORY/whole" ] || FB_HOME=$FB_MEMORY/whole
}

# SHARES: whether the disk takes that many times what an act may need: 4 MiB or a quarter of a small file system, and 32 files.
fb_disk_takes() {
  fb_shares=$1
  # shellcheck disable=SC2046 # numbers
  set -- $(stat -f -c '%b %f %S %c %d' "$FB_DISK" 2>/dev/null)
  [ "$#" -eq 5 ] || return 1
  fb_share=$(($1 * $3 / 4096))
  [ "$fb_share" -le 4096 ] || fb_share=4096
  [ "$(($2 * $3 / 1024))" -ge "$((fb_share * fb_shares))" ] || return 1
  # Some file systems count no files.
  [ "$4" -eq 0 ] || [ "$5" -ge "$((32 * fb_shares))" ] || return 1
  { echo probe >"$FB_DISK/probe.$$" && sync "$FB_DISK/probe.$$"; } 2>/dev/null
  fb_took=$?
  rm -f "$FB_DISK/probe.$$" 2>/dev/null
  return "$fb_took"
}

# KIB: whether /run has it, and as much again.
fb_memory_takes() {
  [ "$(($(stat -f -c '%f * %S' /run) / 1024))" -ge "$(($1 * 2))" ]
}

# Under the lock. Leaves $FB_HOME where acts are journalled from here on; 1 when nothing takes a journal.
fb_settle_home() {
  fb_find_home
  if [ "$FB_HOME" = "$FB_MEMORY/whole" ]; then
    if fb_disk_takes 2; then fb_to_disk; fi
    return 0
  fi
  if fb_disk_takes 1 && [ ! -e "$FB_MEMORY/wanted" ]; then return 0; fi
  fb_to_memory && return
  # An act that needed more than the disk had is tried there again.
  fb_disk_takes 1
}

# EXPRESSION…: find(1), in the journal that we are in; what else lies there is not ours.
fb_find() {
  find . -mindepth 1 \( -path './INC-*' -o -path './holds' -o -path './holds/*' -o -path './staged' -o -path './staged/*' \) "$@"
}

# The copy has its name when it is whole.
fb_to_memory() {
  rm -rf "$FB_MEMORY"
  mkdir -m 700 "$FB_MEMORY" && mkdir "$FB_MEMORY/new" && cd "$FB_DISK" || return 1
  fb_kib=$(fb_find ! -size "+$fb_large" -printf '%s\n' | awk '{ sum += int($1 / 4096) * 4 + 8 } END { print sum + 0 }')
  fb_memory_takes "$((fb_kib + 4096))" &&
    fb_find -type d -print0 | (cd "$FB_MEMORY/new" && xargs -0 -r mkdir -p --) &&
    fb_find ! -type d ! -size "+$fb_large" -print0 | xargs -0 -r cp -a --parents -t "$FB_MEMORY/new" -- &&
    mv "$FB_MEMORY/new" "$FB_MEMORY/whole" && fb_find_home
  fb_copied=$?
  cd /
  return "$fb_copied"
}

# DIRECTORY KIND LIST: what lies there, `DIGEST  ./PATH` a line; of a link only that it is of this KIND. A list that is not whole is none.
fb_list_home() (
  cd "$1" &&
    fb_find \( -type f ! -size "+$fb_large" -exec sha256sum {} + -o -type l -printf "$2  %p\n" \) >"$3.new" &&
    sort -o "$3" "$3.new"
)

# stdin: paths. To the disk, each at once under its name.
fb_put_on_disk() {
  while IFS= read -r fb_path; do
    cp -aT -- "$FB_HOME/$fb_path" "$FB_DISK/$fb_path.new" && mv -fT -- "$FB_DISK/$fb_path.new" "$FB_DISK/$fb_path" || return 1
  done
  sync -f "$FB_DISK"
}

# Until all of it is there, the copy is what counts. States come after what they speak of.
fb_to_disk() {
  fb_list_home "$FB_HOME" link "$FB_MEMORY/here" && fb_list_home "$FB_DISK" - "$FB_MEMORY/there" || return 0
  comm -23 "$FB_MEMORY/here" "$FB_MEMORY/there" | sed 's/^[^ ]*  //' >"$FB_MEMORY/changed"
  for fb_list in here there; do sed 's/^[^ ]*  //' "$FB_MEMORY/$fb_list" | sort >"$FB_MEMORY/$fb_list.paths"; done
  {
    (cd "$FB_HOME" && fb_find -type d -print0) | (cd "$FB_DISK" && xargs -0 -r mkdir -p --) &&
      grep -v '/state$' "$FB_MEMORY/changed" | fb_put_on_disk &&
      grep '/state$' "$FB_MEMORY/changed" | fb_put_on_disk &&
      comm -13 "$FB_MEMORY/here.paths" "$FB_MEMORY/there.paths" | (cd "$FB_DISK" && tr '\n' '\000' | xargs -0 -r rm -f --) &&
      (cd "$FB_DISK" && fb_find -type d | sort -r) | while IFS= read -r fb_path; do
        [ -d "$FB_HOME/$fb_path" ] || rmdir -- "$FB_DISK/$fb_path" || true
      done && sync -f "$FB_DISK"
  } 2>/dev/null || return 0
  mv "$FB_MEMORY/whole" "$FB_MEMORY/gone" && rm -rf "$FB_MEMORY"
  fb_find_home
}

# PATH…, below $FB_HOME: over for good, also after a boot.
fb_remove() {
  rm -rf -- "$@"
  [ "$FB_HOME" != "$FB_DISK" ] || return 0
  for fb_path in "$@"; do rm -rf -- "$FB_DISK${fb_path#"$FB_HOME"}" 2>/dev/null || true >"$FB_MEMORY/stale"; done
}

# DIRECTORY STATE: what the disk says of this act is over: a boot puts nothing of it back. `undone` also keeps it from being done anew;
# after `lifted` it would be done anew without what was let go.
fb_outdate() {
  [ "$FB_HOME" != "$FB_DISK" ] || return 0
  fb_there=$FB_DISK${1#"$FB_HOME"}
  if [ "$2" = undone ] && [ ! -e "$fb_there/undone" ]; then
    { mkdir -p "$fb_there" && { mv -f "$fb_there/state" "$fb_there/undone" || true >"$fb_there/undone"; }; } 2>/dev/null
  fi
  rm -f "$fb_there/state" 2>/dev/null
  [ "$2" = undone ] || rm -f "$fb_there/lease" "$fb_there/plan" 2>/dev/null
  [ ! -e "$fb_there/state" ] || true >"$FB_MEMORY/stale"
}
