#!/bin/sh
# Takes the place of firebreak-gate on a host that an attacker owns. Every second conversation gets a bad answer, one after the other.
# The rest is left to the real gate, so that programs also run on what else the attacker has prepared.
mib64=67108864
turn=$(cat /run/firebreak-lab-turn 2>/dev/null)
turn=${turn:-0}
# In memory (/run): the disk may be full.
printf '%s\n' $((turn + 1)) >/run/firebreak-lab-turn

case $((turn % 16)) in
  0) yes 'held k o 10.1.2.3 60' | head -c "$mib64" ;;
  2) head -c 40000 /dev/urandom ;;
  4) head -c "$mib64" /dev/zero | tr '\000' x ;;
  6)
    # Clears a screen, turns the direction of writing, and claims everything.
    printf '@firebreak-frames 2 1.000\n@begin \033[2J\342\200\256 plain\noutcome \033]0;owned\007applied\n'
    printf '\033[2J\302\233firebreak-gate: \342\200\256\n' >&2
    exit 70
    ;;
  8) exec sleep 600 ;;
  10) kill -KILL "$PPID" ;;
  12) yes 'firebreak: no' | head -c "$mib64" >&2 ;;
  14) ;;
  *) exec /usr/local/sbin/firebreak-gate.honest ;;
esac
exit 0
