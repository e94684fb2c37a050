# Frames: how collected bytes travel. A directive is a line that begins with `@`; between `@begin` and `@end` every line
# but the trailer's is base64, so that nothing a host's files contain can be read as a directive, and a file that
# shrinks while it is read cannot shift what follows. Nothing is written on the host; bytes are never held in memory.
#
#   @firebreak-frames 1 <host clock, seconds.nanoseconds>
#   @begin <source> <plain or gzip> <detail, base64> <command, base64>   … base64 lines …
#   @exit <code>  @stderr <base64>  @sha256 <hex>  @cut <reason>  (any order)   @end
#   @absent <source> <reason> <exit code or -> <command, base64> <stderr, base64>
#   @done

fr_deadline=0
fr_packing=plain
# What the next artefact is about, when its source gives several.
fr_detail=
# The words to show when they are not the words that are run; what to add to them.
fr_shown=
fr_comment=
fr_cut=

fr_code() {
  [ -n "$1" ] || { printf -- '-'; return; }
  printf '%s' "$1" | base64 -w 0
}

# fr_open SECONDS: greets and starts the clock of the whole collection.
fr_open() {
  for fr_tool in base64 head tee timeout date; do
    command -v "$fr_tool" >/dev/null 2>&1 || fb_fail 69 "the host lacks $fr_tool"
  done
  exec 4>&1
  fr_deadline=$(($(date +%s) + $1))
  printf '@firebreak-frames 1 %s\n' "$(date +%s.%N)"
}

# From here on bytes travel packed: logs shrink to a tenth, and the link may be the one under attack.
fr_pack() {
  if command -v gzip >/dev/null 2>&1; then fr_packing=gzip; fi
}

fr_close() {
  echo '@done'
  exit 0
}

# fr_absent SOURCE REASON EXIT COMMAND [STDERR]
fr_absent() {
  printf '@absent %s %s %s %s %s\n' "$1" "$2" "$3" "$(fr_code "$4")" "$(fr_code "${5:-}")"
}

fr_digest() {
  if command -v sha256sum >/dev/null 2>&1; then
    printf '@sha256 %s\n' "$(sha256sum | cut -d ' ' -f 1)"
  else
    cat >/dev/null
  fi
}

fr_encode() {
  if [ "$fr_packing" = gzip ]; then gzip -1 | base64 -w 65536; else base64 -w 65536; fi
}

fr_errors() {
  printf '@stderr %s\n' "$(head -c 1000 | base64 -w 0)"
  cat >/dev/null
}

# Exactly the first CAP bytes of stdin; says so when there were more.
fr_first() {
  head -c "$1"
  [ "$(head -c 1 | wc -c)" -eq 0 ] || echo '@cut size-cap' >&5
}

# fr_take SOURCE SECONDS CAP COMMAND…: what the command prints, hashed here over exactly the bytes that are sent.
# Descriptors inside: 4 the link, 5 the trailer, 6 the command's output, 7 the hash's input, 8 a file to read.
fr_take() {
  fr_source=$1 fr_limit=$2 fr_cap=$3
  shift 3
  if ! command -v "$1" >/dev/null 2>&1; then
    fr_absent "$fr_source" no-tool - "${fr_shown:-$*}" "$1: not found"
    return
  fi
  fr_left=$((fr_deadline - $(date +%s)))
  if [ "$fr_left" -le 0 ]; then
    fr_absent "$fr_source" no-time - "${fr_shown:-$*}"
    return
  fi
  [ "$fr_left" -ge "$fr_limit" ] || fr_limit=$fr_left
  printf '@begin %s %s %s %s\n' "$fr_source" "$fr_packing" "$(fr_code "$fr_detail")" "$(fr_code "${fr_shown:-$*}")"
  fr_trailer=$(
    exec 5>&1
    {
      {
        timeout -k 1 "$fr_limit" "$@" 2>&1 >&6 </dev/null 4>&- 5>&- 6>&-
        echo "@exit $?" >&5
      } | fr_errors >&5
    } 6>&1 | fr_first "$fr_cap" | { { tee /proc/self/fd/7 | fr_encode >&4; } 7>&1 | fr_digest >&5; }
  )
  printf '%s\n' "$fr_trailer"
  [ -z "$fr_cut" ] || printf '@cut %s\n' "$fr_cut"
  echo '@end'
}

# fr_take_file SOURCE SECONDS CAP FILE: the bytes the file has now, however it grows meanwhile; of a larger one the newest CAP.
# The size is fixed on the open file, so that a rotation in between changes nothing.
fr_take_file() {
  if ! { fr_take_open "$@"; } 2>/dev/null 8<"$4"; then
    fr_absent "$1" unreadable - "$4"
  fi
}

fr_take_open() {
  fr_size=$(stat -L -c %s /proc/self/fd/8) || return 1
  if [ "$fr_size" -gt "$3" ]; then
    fr_from=$((fr_size - $3))
    fr_cut=size-cap
    fr_shown="tail -c +$((fr_from + 1)) $4 | head -c $3${fr_comment:+ # $fr_comment}"
    fr_take "$1" "$2" "$3" sh -c 'tail -c "+$1" <&8 | head -c "$2"' sh "$((fr_from + 1))" "$3"
  else
    fr_shown="head -c $fr_size $4${fr_comment:+ # $fr_comment}"
    fr_take "$1" "$2" "$3" sh -c 'head -c "$1" <&8' sh "$fr_size"
  fi
  fr_cut= fr_shown=
}
