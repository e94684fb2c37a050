# --- attributes that hold a file fast (chattr(1)) ---------------------------------------------------------------------------
#
# Root too can neither change nor remove a file that is immutable or append-only, nor anything in such a directory. An act takes these
# two attributes off what it must change, and puts them back. NOTES is its list of what it has taken off: `LETTERS PATH` a line.

# PATH: goes to its directory; $entry is its last part. For subshells.
attr_reach() {
  entry=${1##*/}
  cd -P -- "${1%/*}/" || return 1
}

# ENTRY: a file or directory that is no link. Nothing else has these attributes.
attr_can_have() {
  [ ! -L "$1" ] && { [ -f "$1" ] || [ -d "$1" ]; }
}

# PATH: those letters of `ia` that it has. Fails when nobody can tell: no lsattr, or a file system without attributes.
attr_letters() {
  attr_line=$(lsattr -d -- "$1" 2>/dev/null) || return 1
  printf '%s' "${attr_line%% *}" | tr -cd ia
}

# NOTES PATH…: takes them off each file that is there, and off the directory it lies in. They are noted before; what has been taken off
# by an act that was cut off is on the list already. What stays held is found when the change fails.
attr_loosen() (
  notes=$1
  shift
  for path in "$@"; do
    (
      attr_reach "$path" || exit
      for at in . "./$entry"; do
        attr_can_have "$at" || continue
        letters=$(attr_letters "$at") || continue
        [ -n "$letters" ] || continue
        name=$path
        [ "$at" != . ] || name=${path%/*}/.
        grep -Fqx -- "$letters $name" "$notes" 2>/dev/null || { printf '%s %s\n' "$letters" "$name" >>"$notes" && sync "$notes"; }
        chattr "-$letters" -- "$at" 2>/dev/null
      done
    )
  done
  return 0
)

# NOTES: puts them back. What is not there now keeps its line, for the undo that puts the file back.
attr_fasten() {
  [ -s "$1" ] || return 0
  : >"$1.draft"
  while IFS= read -r attr_line; do
    attr_path=${attr_line#* }
    (
      attr_reach "$attr_path" || exit 1
      attr_can_have "./$entry" && chattr "+${attr_line%% *}" -- "./$entry" 2>/dev/null
    ) || printf '%s\n' "$attr_line" >>"$1.draft"
  done <"$1"
  mv -f "$1.draft" "$1"
}

# PATH: why root cannot change it, as a word; nothing when no attribute is the reason.
attr_blame() (
  attr_reach "$1" || exit 0
  if ! command -v lsattr >/dev/null || ! command -v chattr >/dev/null; then
    echo attributes-unseen
    exit 0
  fi
  for at in . "./$entry"; do
    attr_can_have "$at" || continue
    if letters=$(attr_letters "$at"); then [ -z "$letters" ] || echo attributes; else echo attributes-unseen; fi
  done | sort -u | head -n 1
)
