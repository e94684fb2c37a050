# What this host offers and how it stands; changes nothing.
fb_header
uname -r | fb_say_text kernel
sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null | fb_say_text os
for SB_RUNG in $SB_RUNGS; do
  "${SB_RUNG}_available" || continue
  fb_say filter "$SB_RUNG"
  "${SB_RUNG}_families" | sed -n "s/^without /without $SB_RUNG /p"
  sb_read_reply
done
if command -v fail2ban-client >/dev/null 2>&1 && fail2ban-client ping >/dev/null 2>&1; then fb_say fail2ban running; fi
if nft list set inet firebreak_iso armed 2>/dev/null | grep -q 'elements'; then fb_say isolated yes; fi
if systemctl is-active -q firebreak-ends.timer 2>/dev/null || [ -e /etc/cron.d/firebreak ]; then fb_say ends kept; fi
# Where an act would be journalled now (home.sh): what is probed is taken away again.
if [ "$FB_HOME" != "$FB_DISK" ] || ! fb_disk_takes 1; then
  if fb_memory_takes 4096; then fb_say journal-place memory; else fb_say journal-place nowhere; fi
fi
sb_own_ranges | grep '^unread ' | sort -u
# Who may let somebody in again, and whether that can be checked here at all (H6).
name=$(head -n 1 /etc/firebreak/name 2>/dev/null)
case $name in '' | *[!A-Za-z0-9._-]*) ;; *) fb_say name "$name" ;; esac
case $(ssh-keygen -Y verify 2>&1) in *'option -- Y'* | *'not found'*) ;; *) fb_say verifies yes ;; esac
for list in signers emergency.keys; do
  fb_roots_own "/etc/firebreak/$list" && fb_say list "$list"
done
# Which programs its gate lets in, so that a list of an older version is found before the incident.
sed -n 's/^\([0-9a-f]\{64\}\) .*/allows \1/p' /etc/firebreak/scripts.sha256 2>/dev/null | head -n 200
# Each line by its number: the name, and the fingerprint of its key. A line of another form has no name.
number=0
head -n 200 /etc/firebreak/signers 2>/dev/null | while read -r signer rest || [ -n "$signer" ]; do
  number=$((number + 1))
  case $signer in '' | '#'*) continue ;; *[!a-z0-9._-]*) signer=- ;; esac
  blob=$(printf '%s\n' "$rest" | sed -n 's/^\(.* \)\{0,1\}\(ssh-\|ecdsa-\|sk-\)[a-z0-9@.-]* \([A-Za-z0-9+/=]*\).*$/\3/p')
  key=$(printf '%s' "$blob" | base64 -d 2>/dev/null | sha256sum | cut -d ' ' -f 1)
  fb_say signer "$number" "$signer" "$key"
done
# More than is read: one that nobody has looked at.
if [ "$(head -n 201 /etc/firebreak/signers 2>/dev/null | wc -l)" -gt 200 ]; then
  fb_say signer 201 - "$(printf '' | sha256sum | cut -d ' ' -f 1)"
fi
# An incident needs some new connections.
cl_limits | fb_say_text connection_limits
fb_say load "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
# Last, so that little lies between reading the clock and its arrival.
clock=$(date +%s%3N)
# A date without parts of a second, as BusyBox has it: the middle of the second.
case $clock in *[!0-9]*) clock=$(date +%s)500 ;; esac
fb_say clock "$clock"
fb_end
