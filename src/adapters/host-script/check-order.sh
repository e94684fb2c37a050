# --- may this program let somebody in? (H6) -----------------------------------------------------------------------------
#
# The gate asks this before it runs a program that can widen access. Words: what the program can do (undo, blocks, jail, emergency),
# and a directory with the order that came with the request: `text` as it was signed, and `signature`. stdin is the program's own.
# 0: it may run. 96: no signed order covers it. 94: nor this undo, which may run to answer what is so already (prelude.sh, fb_ordered).
# 95: this host cannot check one. Narrowing, and an undo whose time is over by what this host has kept, need no order.

kind=$1
given=$2
signers=/etc/firebreak/signers
# Clocks differ, as much as the workers allow for; seconds.
slack=30
# An account for people is made within this time from the declaration, and ends within the longest time of a policy; seconds.
make_within=3600
longest=2000000

refusal=96
refuse_order() {
  fb_fail "$refusal" "$1"
}

cannot_check() {
  fb_fail 95 "$1: run firebreak host setup again"
}

# --- what the text says: forms of canonical JSON as extended regular expressions, always of the whole text ---

string='"([^"\\]|\\.)*"'
word='"[^"\\]*"'
time='"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]*Z"'
signer_form='"[a-z][a-z0-9._-]{0,31}"'

# EXPRESSION: whether the order in the text has this form.
order_is() {
  grep -Eaqx "\{\"issuedAt\":$time,\"nonce\":\"[0-9a-f]{32}\",\"operator\":$signer_form,\"order\":\{$1\},\"v\":1\}" "$given/text"
}

# ELEMENT ONE: a list of elements, of which one is ONE.
list_with() {
  printf '\\[(%s,)*%s(,%s)*\\]' "$1" "$2" "$1"
}

ends_incident() {
  order_is "\"action\":\"(release|stand-down)\",(\"gone\":\[$word(,$word)*\],)?\"incident\":\"$incident\",\"reason\":$string"
}

# Of these very addresses, on all hosts of the incident or on this one.
unblocks_these() {
  order_is "\"action\":\"unblock\",\"hosts\":(\[\]|$(list_with "$word" "\"$(host_form)\"")),\"incident\":\"$incident\",\"reason\":$string,\"targets\":\[$word(,$word)*\]" ||
    return 1
  sed -n 's/.*"targets":\[\([^]]*\)\]},"v":1}$/\1/p' "$given/text" | tr , '\n' | sed 's/^"\(.*\)"$/block \1/' >"$given/targets"
  # What is left of stdin is the program's data.
  ! grep -Fvxq -f "$given/targets"
}

# A person's order to respond to this incident by isolation, here.
opens_for_responders() {
  member='\{"incident":"[^"\\]*","type":"[^"\\]*"\}'
  order_is "\"action\":\"respond\",\"declaredAt\":$time,\"documentSha256\":\"[0-9a-f]{64}\",\"drill\":false,\"hosts\":$(list_with "$word" "\"$(host_form)\""),\"incidents\":$(list_with "$member" "\\{\"incident\":\"$incident\",\"type\":$word\\}"),\"limits\":\{[^{}]*\},\"mode\":\"isolate\",\"operatorAddress\":$word,\"reason\":$string,\"severity\":$word,\"trigger\":\"operator\""
}

# This host's name in the inventory, as an expression; it is what orders call it.
host_form() {
  sed -n '1{s/[.]/[.]/g;p;}' /etc/firebreak/name
}

# --- who signed ---

must_be_signed() {
  fb_roots_own "$signers" || cannot_check "$signers is no list of signers that only root writes"
  # OpenSSH 8.2 and newer.
  case $(ssh-keygen -Y verify 2>&1) in *'option -- Y'* | *'not found'*) cannot_check 'ssh-keygen cannot check signatures' ;; esac
  signer=$(sed -n 's/^{"issuedAt":"[^"]*","nonce":"[^"]*","operator":"\([a-z0-9._-]*\)","order":.*/\1/p' "$given/text")
  ssh-keygen -Y verify -f "$signers" -I "$signer" -n firebreak -s "$given/signature" <"$given/text" >/dev/null 2>&1 ||
    refuse_order "the order has no good signature of $signer by $signers"
}

# One line without a NUL, so that no two programs read it in two ways.
must_have_order() {
  { [ -s "$given/text" ] && [ -s "$given/signature" ]; } || refuse_order 'it lets somebody in, and came without a signed order'
  [ "$(tr -cd '\000\n' <"$given/text" | wc -c)" -eq 0 ] || refuse_order 'the text of the order is malformed'
  fb_roots_own /etc/firebreak/name || cannot_check '/etc/firebreak/name does not say what orders call this host'
}

# --- what this host has kept of the act ---

# Every end that this host keeps of it is over, by the same clock as firebreak-ends goes by: no short record of one thing opens another
# under the same id.
is_over() {
  kept=
  for record in "$fb_dir/end" "$fb_dir/interfaces/end"; do
    [ -e "$record" ] || continue
    is_due "$record" "-$slack" || return 1
    kept=1
  done
  left=$({
    sed -n 's/^expires //p' "$fb_dir/lease"
    sed -n 's/^until //p' "$FB_HOME"/holds/isolation-*/owners/"${fb_dir##*/}"
  } 2>/dev/null | fb_left)
  case $left in
    '') [ -n "$kept" ] ;;
    never) return 1 ;;
    *) [ "$left" -le "$slack" ] ;;
  esac
}

undo_may() {
  ! is_over || return 0
  refusal=94
  must_have_order
  ends_incident || refuse_order "the order does not end $incident"
  must_be_signed
}

unblock_may() {
  ! is_over || return 0
  must_have_order
  ends_incident || unblocks_these || refuse_order 'the order does not unblock these addresses here'
  must_be_signed
}

emergency_may() {
  fb_need_number until
  must_have_order
  # One order makes one account, once: another id would be another account after its release.
  [ "$h_action" = "$incident:emergency-access:$(head -n 1 /etc/firebreak/name)" ] || refuse_order 'the act is not that of an order for this host'
  opens_for_responders || refuse_order 'it is no order of a person to respond to this incident by isolation on this host'
  must_be_signed
  declared=$(sed -n 's/^[^{]*{[^{]*{"action":"respond","declaredAt":"\([^"]*\)".*/\1/p' "$given/text")
  declared=$(date -d "$declared" +%s 2>/dev/null) || refuse_order 'its time cannot be read'
  now=$(date +%s)
  [ "$declared" -le "$((now + slack * 10))" ] || refuse_order 'it is of the future, by the clock of this host'
  [ "$h_until" -le "$((declared + longest))" ] || refuse_order 'it would last longer than any policy'
  case $(fb_state) in
    applied | confirmed) ;;
    *) [ "$now" -le "$((declared + make_within))" ] || refuse_order 'it is too old to make an account' ;;
  esac
}

# Only the program itself says the mark.
fb_header >/dev/null
fb_need action
case $kind in
  undo) kinds='disable-account isolate-host isolate-segment forced-isolation' ;;
  emergency) kinds=emergency-access ;;
  *) kinds=block-sources ;;
esac
fb_dir=$(fb_action_dir "$h_action" "$kinds") || exit $?
incident=${h_action%%:*}
case $incident in *[!A-Z0-9-]*) fb_fail 64 'malformed action id' ;; esac
case $kind in
  undo) undo_may ;;
  blocks)
    case ${h_op:-} in
      apply | confirm | verify | reassert | check) ;;
      lift) unblock_may ;;
      *) undo_may ;;
    esac
    ;;
  jail)
    # What is let go has been unblocked before, and so has what is withdrawn from an act that is undone.
    case ${h_op:-} in
      feed | let_go) ;;
      *) [ "$(fb_state)" = undone ] || undo_may ;;
    esac
    ;;
  emergency) emergency_may ;;
  *) cannot_check "the list of programs says $kind, which is not known here" ;;
esac
