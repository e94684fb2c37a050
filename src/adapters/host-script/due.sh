# --- is the end of a control over? (H10) ---------------------------------------------------------------------------------
#
# By the record that this host keeps of it (prelude.sh, fb_ends_by). Until the machine's next boot its uptime tells, which nobody can
# set; after a boot the wall clock does. The host that ends a control and the gate that lets it be undone ask the same function.

boot=$(cat /proc/sys/kernel/random/boot_id)

# RECORD KEY: its value in the part for the host.
field() {
  sed -n "/^\$/q; s/^$2 //p" "$1" | head -n 1
}

# Empty for what is no number.
number() {
  case $1 in '' | *[!0-9]* | ????????????*) ;; *) printf '%s' "$1" ;; esac
}

uptime_now() {
  read -r uptime _ </proc/uptime && printf '%s' "${uptime%%.*}"
}

# RECORD SECONDS: whether its end was so long ago; below 0: whether it is so near. A record that cannot be read is never due: what is
# contained stays so.
is_due() {
  if [ -n "$boot" ] && [ "$(field "$1" boot)" = "$boot" ]; then
    now=$(uptime_now)
    end=$(number "$(field "$1" uptime)")
  else
    now=$(date +%s)
    end=$(number "$(field "$1" end)")
  fi
  [ -n "$end" ] && [ "$now" -ge $((end + $2)) ]
}
