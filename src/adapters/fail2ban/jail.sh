# --- a jail of fail2ban that knows the blocked addresses too (C1) -----------------------------------------------------------
#
# Bans are `ADDRESS START` a line. START is when the ban began, in seconds of no certain epoch: fail2ban's own later ban of an address is
# not taken for ours. It rounds the time when it stores a ban, so that after its restart a ban may have begun a second later.
# In the act's journal:
#   jail-before   what the jail held before the act
#   jail-result   what came of feeding it, said again on replay
#   jail-claims   what the act put in or shares with another act; jail-undone: what came of taking it out
# The hold fail2ban-JAIL has the claims of all acts (C4); START is `?` where it was not read back.

# A ban takes 8 ms and more (a program is started for it), its end three times as long (and a transaction in its database). What was
# put in in its time is taken out in its time.
jail_most=300
jail_look_seconds=3
jail_feed_seconds=4
jail_withdraw_seconds=15

# NUMBER, stdin: answers; the bans in the answer to that command. 1: no answer, 2: no such jail, 3: not what fail2ban says. An answer
# is whole when the client has asked for the next command: an empty list looks like a client that still waits.
jail_bans() {
  awk -v number="$1" '
    # Days by the civil calendar, years beginning in March; wall clock time.
    function seconds(date, time,   d, t, year, month, days) {
      split(date, d, "-")
      split(time, t, ":")
      year = d[1] - (d[2] <= 2)
      month = (d[2] + 9) % 12
      days = 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) + d[3] - 719469
      return sprintf("%.0f", ((days * 24 + t[1]) * 60 + t[2]) * 60 + t[3])
    }
    $1 > number { whole = 1 }
    $1 != number { next }
    { lines++ }
    NF == 1 { next }
    /^[0-9]+ Sorry but the jail / { status = 2; exit }
    NF < 9 || $(NF - 4) != "+" || $(NF - 2) != "=" { status = 3; exit }
    NF == 9 { print $2, seconds($3, $4) }
    END { exit (status ? status : !(lines && whole)) }'
}

# FILE: what the jail holds now; says why not.
jail_look() {
  if ! command -v fail2ban-client >/dev/null 2>&1; then
    fb_say why absent
    return 1
  fi
  printf 'get %s banip --with-time\n' "$h_jail" | f2b "$jail_look_seconds" >"$1.answer"
  jail_bans 1 <"$1.answer" >"$1"
  jail_status=$?
  rm -f "$1.answer"
  case $jail_status in
    0) return ;;
    1) fb_say why silent ;;
    2) fb_say why unknown ;;
    *) fb_say why odd ;;
  esac
  return 1
}

# ORDER SECONDS, stdin: addresses. 20 a command: what fail2ban has read it does to the end, whether or not we still wait.
jail_set() {
  awk -v order="set $h_jail $1" '
    { line = line " " $1 }
    NR % 20 == 0 { print order line; line = "" }
    END { if (line != "") print order line }' | f2b "$2" >/dev/null
}

JAIL_AWK="$FB_RANGE_AWK"'
function name(text) { return range(text) ? R_F "/" R_B : text }
function at(known, id,   start) {
  start = since[id]
  return ((id, start) in known) || ((id, sprintf("%.0f", start - 1)) in known)
}
function read(file, into,   line, word) {
  while ((getline line < file) > 0) {
    split(line, word, " ")
    into[name(word[1]), word[2]] = 1
  }
}
BEGIN {
  read(before, had)
  read(others, claimed)
  while ((getline line < now) > 0) {
    split(line, word, " ")
    since[name(word[1])] = word[2]
  }
}
'

# FILE: the claims of all acts but, with `others`, this one.
jail_claimed() {
  : >"$1"
  for jail_owner in "$hold/owners"/INC-*; do
    case $jail_owner in *.new) continue ;; esac
    { [ "${2:-}" = others ] && [ "$jail_owner" = "$hold_mine" ]; } || cat "$jail_owner" 2>/dev/null >>"$1"
  done
}

# What there is to do for the lease $1 while the jail holds $2 and acts claim $3. A line for each element: `ban ADDRESS ?` is not
# banned, `ours` was put in by this act, `shared` by another one too, `own` is fail2ban's; `prefix` is nothing for a jail, whose
# actions are made for addresses.
jail_sort() {
  awk -v before="$fb_dir/jail-before" -v now="$2" -v others="$3" "$JAIL_AWK"'
    $1 != "block" || NF != 2 { next }
    {
      id = name($2)
      if (R_P < (R_F == 4 ? 32 : 128)) print "prefix", $2, "-"
      else if (!(id in since)) print "ban", $2, "?"
      else if (!at(had, id)) print "ours", $2, since[id]
      else if (at(claimed, id) || ((id, "?") in claimed)) print "shared", $2, since[id]
      else print "own", $2, since[id]
    }' "$1"
}

# What becomes of this act's claims $1 while the jail holds $2 and other acts claim $3: `take`, `kept` for another act, `gone` by
# itself, `own`: banned anew by fail2ban.
jail_leave() {
  awk -v before="$fb_dir/jail-before" -v now="$2" -v others="$3" "$JAIL_AWK"'
    BEGIN { for (pair in claimed) { split(pair, word, SUBSEP); wanted[word[1]] = 1 } }
    {
      id = name($1)
      if (!(id in since)) print "gone", $1
      else if (id in wanted) print "kept", $1
      else if ($2 == "?" ? !at(had, id) : since[id] == $2 || since[id] == $2 + 1) print "take", $1
      else print "own", $1
    }' "$1"
}

# FILE: what of it is to be taken out by the release, but for other acts.
jail_held() {
  awk '$1 == "ours" || $1 == "shared" { print $2, $3 }' "$1"
}

# Claims of this act to what its lease has let go of: not taken out yet, and still to be.
jail_let_go_claims() {
  [ -r "$hold_mine" ] || return 0
  awk "$FB_RANGE_AWK"'
    NR == FNR { if ($1 == "lifted") learn("lifted", $2); next }
    range($1) && (("lifted", R_F, R_B) in HAS)
  ' "$fb_dir/lease" "$hold_mine"
}

# FILE KIND: the addresses of that kind.
jail_of() {
  awk -v kind="$2" '$1 == kind { print $2 }' "$1"
}

# FILE KIND WORD: says how many of that kind there are.
jail_count() {
  printf '%s %s\n' "$3" "$(jail_of "$1" "$2" | wc -l)"
}
