# --- moments by both clocks, and is the end of a control over? (H10) -----------------------------------------------------
#
# A moment is `EPOCH UPTIME BOOT`: seconds of the wall clock, seconds of the uptime, and the boot from which this uptime counts. Until the
# machine's next boot its uptime tells, which nobody can set; after a boot the wall clock does. The programs that put an end into the
# kernel, the host that ends a control and the gate that lets it be undone ask the same function.

boot=$(cat /proc/sys/kernel/random/boot_id)

uptime_now() {
  read -r uptime _ </proc/uptime && printf '%s' "${uptime%%.*}"
}

# Now, as a moment.
fb_clocks() {
  fb_epoch=$(date +%s)
  printf '%s %s %s' "${fb_epoch:-?}" "$(uptime_now)" "${boot:-?}"
}

# For awk programs that are given `-v clocks="$(fb_clocks)"`: left(MOMENT) is the seconds until it, below 0 when it is over. What cannot be
# read, and 0, has no end: "never".
FB_LEFT_AWK='
function is_time(text) { return text ~ /^[0-9]+$/ && length(text) < 12 }
function left(moment,   end, now) {
  split(moment, end, " ")
  split(clocks, now, " ")
  if (end[3] != "" && end[3] == now[3]) return is_time(end[2]) ? end[2] - now[2] : "never"
  return is_time(end[1]) && end[1] > 0 ? end[1] - now[1] : "never"
}
'

# stdin: moments, a line each; stdout: seconds until the latest of them, or `never`; nothing for none.
fb_left() {
  awk -v clocks="$(fb_clocks)" "$FB_LEFT_AWK"'
    {
      seconds = left($0)
      if (seconds == "never") forever = 1
      else if (!n++ || seconds > latest) latest = seconds
    }
    END { if (forever) print "never"; else if (n) printf "%.0f\n", latest }'
}

# RECORD KEY: its value in the part for the host.
field() {
  sed -n "/^\$/q; s/^$2 //p" "$1" | head -n 1
}

# Empty for what is no number.
number() {
  case $1 in '' | *[!0-9]* | ????????????*) ;; *) printf '%s' "$1" ;; esac
}

# RECORD SECONDS: whether its end was so long ago; below 0: whether it is so near. A record that cannot be read is never due: what is
# contained stays so.
is_due() {
  due_left=$(for due_word in end uptime boot; do
    due_value=$(field "$1" "$due_word")
    printf '%s ' "${due_value:--}"
  done | fb_left)
  [ "${due_left:-never}" != never ] && [ "$due_left" -le "$((0 - $2))" ]
}
