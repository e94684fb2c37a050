# --- conversations with fail2ban ----------------------------------------------------------------------------------------

# SECONDS. Every client is a Python that has to start, so commands go together (fail2ban-client(1), -i). stdin: a command a line;
# stdout: the answers' lines, each behind the number of its command. What was not answered in time has no line.
f2b() {
  { cat && echo exit; } | timeout -k 1 "$1" fail2ban-client -i 2>/dev/null |
    awk '{ while (sub(/^fail2ban> /, "")) n++ } n { print n, $0 }'
}
