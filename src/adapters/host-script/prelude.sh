# Firebreak host script. What every script shares; see prelude.ts for what each function is for.
set -u
umask 077
fb_dir=

# What cannot be written is written to memory by the next attempt.
fb_fail() {
  if [ "$1" = 74 ] && [ "$FB_HOME" = "$FB_DISK" ]; then { mkdir -p "$FB_MEMORY" && true >"$FB_MEMORY/wanted"; } 2>/dev/null; fi
  printf 'firebreak: %s\n' "$2" >&2
  exit "$1"
}

# home.sh stands here.
fb_find_home

# --- header -----------------------------------------------------------------------------------------------------

# Values are compared, stored and handed to programs as single words: nothing a shell would interpret gets in.
fb_header() {
  fb_note_time
  while IFS= read -r fb_line; do
    if [ -z "$fb_line" ]; then
      # What came before this line is not ours: login files print what they like. Only who asked knows the mark.
      [ -z "${h_mark:-}" ] || printf '@firebreak %s\n' "$h_mark"
      return 0
    fi
    fb_key=${fb_line%% *}
    fb_value=${fb_line#"$fb_key"}
    fb_value=${fb_value# }
    case $fb_key in '' | *[!a-z_]*) fb_fail 64 'malformed header key' ;; esac
    case $fb_value in *[!A-Za-z0-9._:@/+=,\ -]*) fb_fail 64 "malformed header value of $fb_key" ;; esac
    [ "${#fb_value}" -le 8192 ] || fb_fail 64 "header value of $fb_key is too long"
    eval "h_$fb_key=\$fb_value"
  done
  fb_fail 64 'the header does not end'
}

fb_need() {
  for fb_key in "$@"; do
    eval "[ -n \"\${h_$fb_key:-}\" ]" || fb_fail 64 "the header lacks $fb_key"
  done
}

fb_need_number() {
  for fb_key in "$@"; do
    fb_need "$fb_key"
    eval "fb_value=\$h_$fb_key"
    case $fb_value in *[!0-9]* | ????????????*) fb_fail 64 "$fb_key is not a number" ;; esac
  done
}

# When the request came: what an act may last counts from there, however long it waited for its turn. $fb_came and $fb_came_up are
# seconds of the epoch and of the uptime. The gate says when it was asked.
fb_note_time() {
  read -r fb_uptime _ </proc/uptime || fb_fail 74 'the uptime cannot be read'
  fb_uptime=${fb_uptime%%.*}
  fb_came_up=${FIREBREAK_CAME:-$fb_uptime}
  fb_read_clock
  fb_came=$((fb_now - fb_uptime + fb_came_up))
}

# Seconds of the epoch, in fb_now; by the kernel where date does not answer.
fb_read_clock() {
  fb_now=$(date +%s 2>/dev/null)
  case $fb_now in
    '' | *[!0-9]*)
      while read -r fb_word fb_now _; do [ "$fb_word" != btime ] || break; done </proc/stat
      fb_now=$((fb_now + fb_uptime))
      ;;
  esac
}

# PATH: a file, and no link, that only root can have written: what it says is root's word.
fb_roots_own() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %u "$1")" = 0 ] && [ -z "$(find "$1" -perm /022)" ]
}

# --- one at a time, and never half a file -------------------------------------------------------------------------

# The directory itself is the lock: that needs nothing to be written. The host's own end of a control (firebreak-ends) holds it
# already, has found a place for the journal, and hands both down.
fb_lock() {
  [ "${FIREBREAK_END:-}" != 1 ] || return 0
  [ -d "$FB_DISK" ] || mkdir -p "$FB_DISK" || fb_fail 74 "there is no $FB_DISK"
  exec 9<"$FB_DISK"
  flock -w "${1:-20}" 9 || fb_fail 75 'another Firebreak act holds this host'
  fb_settle_home || fb_fail 74 "neither $FB_DISK nor /run takes a journal"
}

# stdin to a file: complete on disk before it has its name.
fb_write() {
  fb_need_order
  { cat >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync "${1%/*}"; } || fb_fail 74 "cannot write $1"
}

# --- journal ----------------------------------------------------------------------------------------------------

# ID KIND…: the directory of its journal. The second part of an id is the kind of the act: a program neither reads nor marks the
# journal of an act that is not its own (H6).
fb_action_dir() {
  case $1 in INC-*:*:?*) ;; *) fb_fail 64 'malformed action id' ;; esac
  case $1 in *[!A-Za-z0-9._:@-]*) fb_fail 64 'malformed action id' ;; esac
  fb_id=$1
  fb_kind=${1#*:}
  fb_kind=${fb_kind%%:*}
  shift
  case " $* " in *" $fb_kind "*) ;; *) fb_fail 64 "this program is not for acts of the kind $fb_kind" ;; esac
  printf '%s/%s' "$FB_HOME" "$(printf '%s' "$fb_id" | tr : +)"
}

# ID KIND…: from here on a lost link must not stop the act half way: output goes to files first, to the link last.
fb_open() {
  trap '' HUP PIPE
  fb_dir=$(fb_action_dir "$@") || exit $?
  fb_ordered || return 0
  mkdir -p "$fb_dir" || fb_fail 74 "cannot write to $FB_HOME"
  [ -e "$fb_dir/action" ] || printf '%s\n' "$1" | fb_write "$fb_dir/action" || exit $?
}

# The gate lets an undo that no order covers run all the same, and says why it would not (gate.sh): it may answer what is so already, and
# must change nothing, not even its journal. Where there is something to undo it ends as the gate would have ended it.
fb_ordered() {
  [ -z "${FIREBREAK_REFUSED:-}" ]
}

fb_need_order() {
  fb_ordered && return
  printf '%s\n' "$FIREBREAK_REFUSED" >&2
  exit 96
}

fb_state() {
  if [ -e "$fb_dir/undone" ]; then
    echo undone
  elif [ -r "$fb_dir/state" ]; then
    cat "$fb_dir/state"
  else
    echo none
  fi
}

fb_become() {
  if [ "$1" = undone ]; then
    if [ "${FIREBREAK_END:-}" = 1 ] && [ "$(fb_state)" != undone ]; then date +%s | fb_write "$fb_dir/host-end" || exit $?; fi
    fb_undone=1
    fb_outdate "$fb_dir" undone
  fi
  printf '%s\n' "$1" | fb_write "$fb_dir/state" || exit $?
}

# stdin to NAME in the journal unless it is there already: the first pre-image is the true one.
fb_keep() {
  if [ -e "$fb_dir/$1" ]; then
    cat >/dev/null
  else
    fb_write "$fb_dir/$1"
  fi
}

fb_same_plan() {
  if [ -e "$fb_dir/plan" ]; then
    [ "$(cat "$fb_dir/plan")" = "$1" ] || fb_fail 66 'this action id was used for another plan'
  else
    printf '%s\n' "$1" | fb_write "$fb_dir/plan" || exit $?
  fi
}

# --- ends that this host keeps by itself (H10) -----------------------------------------------------------------------

# WORD: its value in the record that is there.
fb_kept_end() {
  sed -n "/^\$/q; s/^$1 //p" "$fb_record" 2>/dev/null | head -n 1
}

# WORD MOMENT: whether the record that is there ends after that.
fb_ends_later() {
  fb_kept=$(fb_kept_end "$1")
  case $fb_kept in
    '') return 1 ;;
    # What cannot be read is not replaced by something nearer.
    *[!0-9]* | ????????????*) return 0 ;;
  esac
  [ "$fb_kept" -gt "$2" ]
}

# SECONDS: the moment so long after the request came, by both clocks (due.sh).
fb_moment() {
  printf '%s %s %s' "$((fb_came + $1))" "$((fb_came_up + $1))" "$(cat /proc/sys/kernel/random/boot_id)"
}

# PROGRAM NAME LINE…: from here on this host runs PROGRAM with this action and these header lines when $h_ttl seconds from the request
# and a margin are over, whoever is gone by then. $fb_dir/NAME is the record: its end by both clocks, and what the program gets. The
# undo takes it away; an act that is given again with more time writes it anew, and may change nothing else of it.
fb_ends_by() {
  fb_program=$1
  fb_record=$fb_dir/$2
  shift 2
  # No policy goes beyond 2,000,000 s, and awk writes greater moments in a form that sh cannot read.
  [ "$h_ttl" -le 2100000 ] || fb_fail 64 'the end is later than any policy has it'
  fb_boot=$(cat /proc/sys/kernel/random/boot_id)
  fb_undo=$(printf '%s\n' "program $fb_program" '' "action $h_action" "$@")
  if [ -e "$fb_record" ] && [ "$(grep -Ev '^(end|boot|uptime|tries|tried_boot|again) ' "$fb_record")" != "$fb_undo" ]; then
    fb_fail 66 'this action id was used for an act that is undone in another way'
  fi
  fb_end=$((fb_came + h_ttl))
  fb_uptime=$((fb_came_up + h_ttl))
  # Who gives an act again may put its end off, and never bring it nearer: an end that is over opens without an order (check-order.sh).
  if fb_ends_later end "$fb_end"; then return 0; fi
  if [ "$(fb_kept_end boot)" = "$fb_boot" ] && fb_ends_later uptime "$fb_uptime"; then return 0; fi
  {
    printf 'end %s\nboot %s\nuptime %s\n' "$fb_end" "$fb_boot" "$fb_uptime"
    printf '%s\n\n' "$fb_undo"
  } | fb_write "$fb_record" || exit $?
}

# --- reply ------------------------------------------------------------------------------------------------------

fb_say() {
  printf '%s\n' "$*"
}

fb_say_text() {
  printf '%s ' "$1"
  base64 -w 0
  printf '\n'
}

fb_say_file() {
  fb_say "$1" "$2" "$(sha256sum <"$2" | cut -d ' ' -f 1)" "$(stat -c %s "$2")"
}

# Lines kept in the journal by an earlier run, said again.
fb_say_kept() {
  [ ! -r "$fb_dir/$1" ] || cat "$fb_dir/$1"
}

# A reply without its last line was cut off. Only a whole undo takes the host's own end away.
fb_end() {
  [ -z "${fb_undone:-}" ] || fb_remove "$fb_dir/end"
  if [ -n "$fb_dir" ] && [ -r "$fb_dir/host-end" ]; then fb_say host_end "$(cat "$fb_dir/host-end")"; fi
  [ "$FB_HOME" = "$FB_DISK" ] || fb_say journal memory
  [ ! -e "$FB_MEMORY/stale" ] || fb_say journal stale
  echo end
  exit 0
}

# --- the script itself ------------------------------------------------------------------------------------------
