# Established sessions with blocked addresses. The packet filter already drops their packets; ending the sockets tells the
# programs behind them at once, and forgotten conntrack entries leave nothing half open for later.

# stdout: `LOCAL-PORT PEER PEER-PORT` of each TCP session with an address that the lease $1 blocks.
sb_sessions() {
  ss -Htn state established 2>/dev/null | awk -v lease="$1" "$FB_RANGE_AWK"'
    function peer(text) {
      sub(/:[0-9]+$/, "", text)
      gsub(/[][]/, "", text)
      sub(/%.*/, "", text)
      return text
    }
    BEGIN { while ((getline line < lease) > 0) if (split(line, word, " ") == 2 && word[1] == "block") learn("bad", word[2]) }
    range(peer($4)) && covered("bad", R_F, R_B, R_P) {
      local = $3; sub(/.*:/, "", local)
      port = $4; sub(/.*:/, "", port)
      print local, peer($4), port
    }
  '
}

# Ends them, 40 a call; where the kernel cannot (no INET_DIAG_DESTROY) they run into their own time-outs.
sb_end_sessions() {
  awk '{
    clause = clause (clause == "" ? "" : " or ") "( sport = :" $1 " and dst [" $2 "]:" $3 " )"
    if (NR % 40 == 0) { print clause; clause = "" }
  } END { if (clause != "") print clause }' | while IFS= read -r sb_clause; do
    ss -K -tn "$sb_clause" >/dev/null 2>&1
  done
}
