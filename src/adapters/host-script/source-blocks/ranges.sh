# Addresses and prefixes as strings of 0 and 1, for awk programs (POSIX awk: no gensub, no strtonum, no {n} in patterns).
# range(text) sets R_F (4 or 6), R_B (bits) and R_P (prefix length), and answers 0 for anything that is not a literal.
# learn(set, text) remembers a range; covered(set, F, B, P) and touching(set, F, B, P) look whether one contains or overlaps it.
FB_RANGE_AWK='
BEGIN {
  for (i = 0; i < 256; i++) {
    bits = ""
    for (n = 128; n >= 1; n /= 2) bits = bits ((int(i / n) % 2) ? "1" : "0")
    OCTET[i] = bits
  }
  for (i = 0; i < 16; i++) NIBBLE[substr("0123456789abcdef", i + 1, 1)] = substr(OCTET[i], 5)
}
function v4bits(text,   part, n, i, bits) {
  if (text !~ /^[0-9.]+$/ || split(text, part, ".") != 4) return ""
  bits = ""
  for (i = 1; i <= 4; i++) {
    if (part[i] !~ /^[0-9][0-9]?[0-9]?$/ || part[i] + 0 > 255) return ""
    bits = bits OCTET[part[i] + 0]
  }
  return bits
}
function groups(text,   part, n, i, j, group, bits, quad) {
  bits = ""
  if (text == "") return ""
  n = split(text, part, ":")
  for (i = 1; i <= n; i++) {
    group = part[i]
    if (i == n && index(group, ".")) {
      quad = v4bits(group)
      if (quad == "") return "x"
      bits = bits quad
      continue
    }
    if (group !~ /^[0-9a-f][0-9a-f]?[0-9a-f]?[0-9a-f]?$/) return "x"
    for (j = length(group); j < 4; j++) bits = bits "0000"
    for (j = 1; j <= length(group); j++) bits = bits NIBBLE[substr(group, j, 1)]
  }
  return bits
}
function v6bits(text,   at, head, tail, fill) {
  if (text !~ /^[0-9a-f:.]+$/) return ""
  at = index(text, "::")
  head = groups(at ? substr(text, 1, at - 1) : text)
  tail = at ? groups(substr(text, at + 2)) : ""
  if (head ~ /x/ || tail ~ /x/) return ""
  fill = 128 - length(head) - length(tail)
  if (at ? fill < 16 : fill != 0) return ""
  while (fill-- > 0) head = head "0"
  return head tail
}
function range(text,   slash, plen) {
  text = tolower(text)
  slash = index(text, "/")
  plen = ""
  if (slash) {
    plen = substr(text, slash + 1)
    text = substr(text, 1, slash - 1)
    if (plen !~ /^[0-9][0-9]?[0-9]?$/) return 0
  }
  if (substr(text, 1, 7) == "::ffff:" && index(text, ".")) text = substr(text, 8)
  R_F = index(text, ":") ? 6 : 4
  R_B = (R_F == 4) ? v4bits(text) : v6bits(text)
  if (R_B == "") return 0
  R_P = (plen == "") ? length(R_B) : plen + 0
  if (R_P > length(R_B)) return 0
  R_B = substr(R_B, 1, R_P)
  return 1
}
function learn(set, text) {
  if (!range(text)) return 0
  HAS[set, R_F, R_B] = 1
  if (!((set, R_F, R_P) in LEN)) {
    LEN[set, R_F, R_P] = 1
    LENS[set, R_F] = LENS[set, R_F] " " R_P
  }
  COUNT[set, R_F]++
  EACH[set, R_F, COUNT[set, R_F]] = R_B
  return 1
}
function covered(set, f, b, p,   part, n, i) {
  n = split(LENS[set, f], part, " ")
  for (i = 1; i <= n; i++) if (part[i] <= p && ((set, f, substr(b, 1, part[i])) in HAS)) return 1
  return 0
}
function touching(set, f, b, p,   i) {
  if (covered(set, f, b, p)) return 1
  if (p == (f == 4 ? 32 : 128)) return 0
  for (i = 1; i <= COUNT[set, f]; i++) if (substr(EACH[set, f, i], 1, p) == b) return 1
  return 0
}
'
