# Frames: how collected bytes travel. A directive is a line that begins with `@`; between `@begin` and `@end` every line
# but the trailer's is base64, so that nothing a host's files contain can be read as a directive, and a file that
# shrinks while it is read cannot shift what follows. Nothing is written on the host; bytes are never held in memory.
# A host under attack has little to spare, and a collection takes a hundred artefacts: no program is started for what the
# shell does itself.
#
#   @firebreak-frames 2 <host clock, seconds.nanoseconds>
#   @detail <text>  @command <text>  @stderr <text>   about the next artefact or absence; any of them may be left out
#   @begin <source> <plain or gzip>   … base64 lines …
#   @exit <code>  @stderr <text>  @sha256 <hex>  @cut <reason>  (any order)   @end
#   @absent <source> <reason> <exit code or ->
#   @done
#
# <text> is the rest of the line: `=` and printable ASCII as it is, or base64.

fr_deadline=0
fr_packing=plain
# What the next artefact is about, when its source gives several.
fr_detail=
# The words to show when they are not the words that are run; what to add to them.
fr_shown=
fr_comment=
fr_cut=
# Set for a file: it is taken as long as it was when it was opened.
fr_size=
# A function that says whether the opened file, on descriptor 8, may be taken: between a look at a name and the opening of it,
# whoever owns the directory may put another file there.
fr_check=

# fr_text DIRECTIVE TEXT
fr_text() {
  case $2 in
    '') ;;
    *[!\ -~]*) printf '@%s %s\n' "$1" "$(printf '%s' "$2" | base64 -w 0)" ;;
    *) printf '@%s =%s\n' "$1" "$2" ;;
  esac
}

# Seconds since the host started, in fr_now.
fr_clock() {
  read -r fr_now _ </proc/uptime
  fr_now=${fr_now%%.*}
}

# fr_open SECONDS: greets and starts the clock of the whole collection.
fr_open() {
  for fr_tool in base64 head tee timeout date dd; do
    command -v "$fr_tool" >/dev/null 2>&1 || fb_fail 69 "the host lacks $fr_tool"
  done
  exec 4>&1 8</dev/null
  fr_clock
  fr_deadline=$((fr_now + $1))
  printf '@firebreak-frames 2 %s\n' "$(date +%s.%N)"
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
  fr_text command "$4"
  fr_text stderr "${5:-}"
  printf '@absent %s %s %s\n' "$1" "$2" "$3"
}

fr_digest() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum | {
      read -r fr_sum _
      printf '@sha256 %s\n' "$fr_sum"
    }
  else
    cat >/dev/null
  fi
}

fr_encode() {
  if [ "$fr_as" = gzip ]; then gzip -1 | base64 -w 65536; else base64 -w 65536; fi
}

fr_errors() {
  fr_text stderr "$(head -c 1000)"
  # What comes after that is read and dropped, so that the program is not ended by it.
  cat >/dev/null
}

# Exactly the first CAP bytes of stdin; says so when there were more.
fr_first() {
  head -c "$fr_cap"
  case $(dd bs=1 count=1 of=/dev/null 2>&1) in 0+0*) ;; *) echo '@cut size-cap' >&5 ;; esac
}

# Descriptors from here on: 4 the link, 5 the trailer, 6 the command's output, 7 the hash's input, 8 its input.
fr_run() {
  {
    {
      timeout -k 1 "$fr_limit" "$@" 2>&1 >&6 <&8 4>&- 5>&- 6>&- 8<&-
      echo "@exit $?" >&5
    } | fr_errors >&5
  } 6>&1
}

fr_send() {
  { tee /proc/self/fd/7 | fr_encode >&4; } 7>&1 | fr_digest >&5
}

# fr_take SOURCE SECONDS CAP COMMAND…: what the command prints, hashed here over exactly the bytes that are sent.
fr_take() {
  fr_source=$1 fr_limit=$2 fr_cap=$3
  shift 3
  if ! command -v "$1" >/dev/null 2>&1; then
    fr_absent "$fr_source" no-tool - "${fr_shown:-$*}" "$1: not found"
    return
  fi
  fr_clock
  fr_left=$((fr_deadline - fr_now))
  if [ "$fr_left" -le 0 ]; then
    fr_absent "$fr_source" no-time - "${fr_shown:-$*}"
    return
  fi
  [ "$fr_left" -ge "$fr_limit" ] || fr_limit=$fr_left
  fr_as=$fr_packing
  # Not worth a program.
  if [ -n "$fr_size" ] && [ "$fr_size" -le 4096 ]; then fr_as=plain; fi
  fr_text detail "$fr_detail"
  fr_text command "${fr_shown:-$*}"
  printf '@begin %s %s\n' "$fr_source" "$fr_as"
  fr_trailer=$(
    exec 5>&1
    if [ -n "$fr_size" ]; then fr_run "$@" | fr_send; else fr_run "$@" | fr_first | fr_send; fi
  )
  printf '%s\n' "$fr_trailer"
  [ -z "$fr_cut" ] || printf '@cut %s\n' "$fr_cut"
  echo '@end'
}

# fr_take_file SOURCE SECONDS CAP FILE: the bytes the file has now, however it grows meanwhile; of a larger one the newest CAP.
# The size is fixed on the open file, so that a rotation in between changes nothing.
fr_take_file() {
  fr_refused=unreadable
  # What is no regular file is not opened: a pipe would be waited for.
  if ! [ -f "$4" ] || ! { fr_take_open "$@"; } 2>/dev/null 8<"$4"; then
    fr_absent "$1" "$fr_refused" - "$4"
  fi
}

fr_take_open() {
  if ! [ -f /proc/self/fd/8 ] || { [ -n "$fr_check" ] && ! "$fr_check"; }; then
    fr_refused=not-allowed
    return 1
  fi
  fr_size=$(stat -L -c %s /proc/self/fd/8) || {
    fr_size=
    return 1
  }
  if [ "$fr_size" -gt "$3" ]; then
    fr_from=$((fr_size - $3))
    fr_cut=size-cap
    fr_shown="tail -c +$((fr_from + 1)) $4 | head -c $3${fr_comment:+ # $fr_comment}"
    # shellcheck disable=SC2016 # a program of its own
    fr_take "$1" "$2" "$3" sh -c 'tail -c "+$1" | head -c "$2"' sh "$((fr_from + 1))" "$3"
  else
    fr_shown="head -c $fr_size $4${fr_comment:+ # $fr_comment}"
    fr_take "$1" "$2" "$3" head -c "$fr_size"
  fi
  fr_cut=''
  fr_shown=''
  fr_size=''
}
