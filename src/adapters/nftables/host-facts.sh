# What this host offers and how it stands; changes nothing.
fb_header
uname -r | fb_say_text kernel
sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null | fb_say_text os
for SB_RUNG in $SB_RUNGS; do
  "${SB_RUNG}_available" || continue
  fb_say filter "$SB_RUNG"
  sb_read_reply
done
if command -v fail2ban-client >/dev/null 2>&1 && fail2ban-client ping >/dev/null 2>&1; then fb_say fail2ban running; fi
if nft list set inet firebreak_iso armed 2>/dev/null | grep -q 'elements'; then fb_say isolated yes; fi
if systemctl is-active -q firebreak-ends.timer 2>/dev/null || [ -e /etc/cron.d/firebreak ]; then fb_say ends kept; fi
# Who may let somebody in again, and whether that can be checked here at all (H6).
name=$(head -n 1 /etc/firebreak/name 2>/dev/null)
case $name in '' | *[!A-Za-z0-9._-]*) ;; *) fb_say name "$name" ;; esac
case $(ssh-keygen -Y verify 2>&1) in *'option -- Y'* | *'not found'*) ;; *) fb_say verifies yes ;; esac
for list in signers emergency.keys; do
  [ -n "$(find "/etc/firebreak/$list" -type f -user 0 ! -perm /022 2>/dev/null)" ] && fb_say list "$list"
done
sed -n 's/^\([a-z][a-z0-9._-]*\) .*/signer \1/p' /etc/firebreak/signers 2>/dev/null | sort -u | head -n 200
# Which programs its gate lets in, so that a list of an older version is found before the incident.
sed -n 's/^\([0-9a-f]\{64\}\) .*/allows \1/p' /etc/firebreak/scripts.sha256 2>/dev/null | head -n 200
fb_say load "$(cut -d ' ' -f 1 /proc/loadavg)" "$(nproc)"
# Last, so that little lies between reading the clock and its arrival.
fb_say clock "$(date +%s%3N)"
fb_end
