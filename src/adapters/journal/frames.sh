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
# Set for a file of which a part is of no use: it is taken whole or not at all.
fr_whole=
# Bytes of one record of a file that is cut: the part that is taken begins with a whole one.
fr_unit=1
# A function that says whether the opened file, on descriptor 8, may be taken: between a look at a name and the opening of it,
# whoever owns the directory may put another file there. It may say why not in fr_refused.
fr_check=
# The program that has to be there when it is not the first word of what is run.
fr_tool=

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

# What all bytes go through is tried first: one of these that is missing or fails would make every source look empty.
fr_try() {
  for fr_word in base64 head timeout; do
    command -v "$fr_word" >/dev/null 2>&1 || fb_fail 69 "the host lacks $fr_word"
  done
  [ "$(printf ab | base64 -w 65536 2>/dev/null)" = YWI= ] || fb_fail 69 'base64 of the host does not work'
  [ "$(printf abc | head -c 2 2>/dev/null)" = ab ] || fb_fail 69 'head of the host does not work'
  timeout -k 1 5 sh -c 'exit 3' >/dev/null 2>&1
  [ "$?" -eq 3 ] || fb_fail 69 'timeout of the host does not work'
  fr_hashing=
  case $(printf ab | tee /dev/null 2>/dev/null | sha256sum 2>/dev/null) in
    fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603*) fr_hashing=1 ;;
  esac
}

# fr_open SECONDS: greets and starts the clock of the whole collection.
fr_open() {
  fr_try
  exec 4>&1 8</dev/null
  fr_clock
  fr_deadline=$((fr_now + $1))
  fr_date=$(date +%s.%N 2>/dev/null)
  case $fr_date in
    [0-9]*.*) ;;
    *)
      fb_read_clock
      fr_date=$fb_now.0
      ;;
  esac
  printf '@firebreak-frames 2 %s\n' "$fr_date"
}

# From here on bytes travel packed: logs shrink to a tenth, and the link may be the one under attack.
fr_pack() {
  if [ "$(printf ab | gzip -1 2>/dev/null | gzip -dc 2>/dev/null)" = ab ]; then fr_packing=gzip; fi
}

fr_close() {
  echo '@done'
  exit 0
}

# fr_absent SOURCE REASON EXIT COMMAND [STDERR]
fr_absent() {
  fr_text command "$4"
  [ -z "${5:-}" ] || fr_text stderr "$(printf '%.1000s' "$5")"
  printf '@absent %s %s %s\n' "$1" "$2" "$3"
}

fr_digest() {
  sha256sum | {
    read -r fr_sum _
    printf '@sha256 %s\n' "$fr_sum"
  }
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
  # As base64, because a shell keeps no NUL.
  [ -z "$(head -c 1 | base64)" ] || echo '@cut size-cap' >&5
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
  if [ -n "$fr_hashing" ]; then
    { tee /proc/self/fd/7 | fr_encode >&4; } 7>&1 | fr_digest >&5
  else
    fr_encode >&4
  fi
}

# Whether there is time for one more, in fr_left.
fr_time_left() {
  fr_clock
  fr_left=$((fr_deadline - fr_now))
  [ "$fr_left" -gt 0 ]
}

# fr_take SOURCE SECONDS CAP COMMAND…: what the command prints, hashed here over exactly the bytes that are sent.
fr_take() {
  fr_source=$1 fr_limit=$2 fr_cap=$3
  shift 3
  if ! command -v "${fr_tool:-$1}" >/dev/null 2>&1; then
    fr_absent "$fr_source" no-tool 127 "${fr_shown:-$*}" "${fr_tool:-$1}: not found"
    return
  fi
  if ! fr_time_left; then
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

# What programs of several steps begin with: `step` goes on after a step that failed and says which it was; with `exit "$worst"` the
# whole ends as the first of them did. `say` is for a step that prints something whenever it works: silence is its failure.
# shellcheck disable=SC2016,SC2034 # a program of its own, for the scripts that follow
fr_steps='
worst=0
failed() {
  echo "$1 $2" >&2
  [ "$worst" -ne 0 ] || worst=$3
}
step() {
  "$@" || failed "$1" "ended with $?" "$?"
}
say() {
  said=$("$@")
  code=$?
  [ -z "$said" ] || printf "%s\n" "$said"
  if [ "$code" -ne 0 ]; then failed "$1" "ended with $code" "$code"; elif [ -z "$said" ]; then failed "$1" "said nothing" 1; fi
}
'

# For what a clean host may have none of: after the listing comes the version of the program that made it, so that no entry is one thing
# and no answer another.
# shellcheck disable=SC2016 # a program of its own
fr_listing='
asked=$1
shift
"$@" || exit
version=$("$1" "$asked") && [ -n "$version" ] && printf "# no more by %s\n" "$version"
exit 0'

# fr_take_listing SOURCE SECONDS CAP VERSION COMMAND…: VERSION is the word that makes the program say its version.
fr_take_listing() {
  fr_source=$1 fr_limit=$2 fr_cap=$3 fr_asked=$4
  shift 4
  fr_shown="$* && $1 $fr_asked" fr_tool=$1
  fr_take "$fr_source" "$fr_limit" "$fr_cap" sh -c "$fr_listing" sh "$fr_asked" "$@"
  fr_shown='' fr_tool=''
}

# fr_take_newest SOURCE SECONDS CAP COMMAND…: of what comes with the oldest first, the newest. Only for what fits into memory.
# shellcheck disable=SC2016 # a program of its own
fr_newest='
exec 5>&1
most=$1
shift
code=$({ { "$@"; echo "$?" >&3; } | tail -c "$most" >&5; } 3>&1) || exit
exit "$code"'
fr_take_newest() {
  fr_source=$1 fr_limit=$2 fr_cap=$3
  shift 3
  fr_shown=$* fr_tool=$1
  # One byte more than the cap, so that a cut is seen.
  fr_take "$fr_source" "$fr_limit" "$fr_cap" sh -c "$fr_newest" sh "$((fr_cap + 1))" "$@"
  fr_shown='' fr_tool=''
}

# fr_take_conntrack SECONDS: by the kernel's own table where the program is not installed.
fr_take_conntrack() {
  if [ -r /proc/net/nf_conntrack ] && ! command -v conntrack >/dev/null 2>&1; then
    fr_take conntrack "$1" "$h_cap" head -v -c "$h_cap" /proc/net/nf_conntrack
  else
    fr_take_listing conntrack "$1" "$h_cap" --version conntrack -L -o extended,id
  fi
}

# fr_take_file SOURCE SECONDS CAP FILE: the bytes the file has now, however it grows meanwhile; of a larger one the newest CAP.
# The size is fixed on the open file, so that a rotation in between changes nothing. How many they are is in fr_took.
fr_take_file() {
  fr_refused=unreadable fr_why='' fr_took=0
  # What is no regular file is not opened: a pipe would be waited for.
  if ! [ -f "$4" ] || ! { fr_take_open "$@"; } 2>/dev/null 8<"$4"; then
    fr_absent "$1" "$fr_refused" - "$4" "$fr_why"
  fi
}

fr_take_open() {
  fr_refused=not-allowed
  [ -f /proc/self/fd/8 ] || return 1
  [ -z "$fr_check" ] || "$fr_check" || return 1
  # Known without a program: no tool can make a log look empty.
  if ! [ -s /proc/self/fd/8 ]; then
    fr_refused=empty
    return 1
  fi
  fr_size=$(stat -L -c %s /proc/self/fd/8 2>&1)
  case $fr_size in
    '' | *[!0-9]*)
      fr_why=$fr_size fr_size=''
      fr_take_unmeasured "$@"
      ;;
    *) fr_take_measured "$@" ;;
  esac
  fr_code=$?
  fr_cut='' fr_shown='' fr_size=''
  return "$fr_code"
}

# `tail -c +FROM | head -c COUNT`, and fails when either of them does; tail may be ended by a head that has all it wants.
# shellcheck disable=SC2016 # a program of its own
fr_part='
exec 5>&1
code=$({ { tail -c "+$1"; echo "$?" >&3; } | head -c "$2" >&5; } 3>&1) || exit
case $code in 0 | 141) exit 0 ;; *) exit "$code" ;; esac'

fr_take_measured() {
  fr_took=$fr_size
  if [ "$fr_size" -le "$3" ]; then
    fr_shown="head -c $fr_size $4${fr_comment:+ # $fr_comment}"
    fr_take "$1" "$2" "$3" head -c "$fr_size"
    return 0
  fi
  if [ -n "$fr_whole" ]; then
    fr_took=0
    fr_refused=too-large fr_why="$fr_size bytes"
    return 1
  fi
  # From the beginning of a record on.
  fr_from=$(((fr_size - $3 + fr_unit - 1) / fr_unit * fr_unit))
  fr_took=$((fr_size - fr_from))
  fr_cut=size-cap
  fr_shown="tail -c +$((fr_from + 1)) $4 | head -c $fr_took${fr_comment:+ # $fr_comment}"
  fr_take "$1" "$2" "$3" sh -c "$fr_part" sh "$((fr_from + 1))" "$fr_took"
  return 0
}

# Without a stat that answers the newest bytes can still be had, but not whether they are all.
fr_take_unmeasured() {
  if [ -n "$fr_whole" ]; then
    fr_refused=no-tool
    return 1
  fi
  fr_took=$3
  fr_cut=size-unknown
  fr_shown="tail -c $3 $4${fr_comment:+ # $fr_comment}"
  fr_take "$1" "$2" "$3" tail -c "$3"
  return 0
}
