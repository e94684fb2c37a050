# What this host needs whatever an order says (B5): itself, its gateways, resolvers, time servers, proxies and log servers, and where
# Firebreak comes from. Read from where current systems keep them, behind local stubs too. Names are not resolved: that would ask the network.
# What is there and cannot be read is said: it is no empty list.

# So much is read of one file and of one answer, so many files and addresses of one place count: nothing makes the list endless.
sb_need_bytes=1048576
sb_need_most=256

# KIND: what of it could not be read. Kinds: routes, resolvers, time, proxies, logs.
sb_unread() {
  printf 'unread %s\n' "$1"
}

# KIND EXPRESSION FILE…: what the expression (sed -En, prints what holds addresses) finds in them. A file that is not there is none.
sb_need_files() {
  sb_kind=$1
  sb_expression=$2
  shift 2
  sb_files=0
  for sb_file in "$@"; do
    { [ -e "$sb_file" ] || [ -L "$sb_file" ]; } || continue
    sb_files=$((sb_files + 1))
    # A link that leads nowhere is no empty list; a pipe or a device is nobody's, and would be waited for.
    if [ ! -f "$sb_file" ] || [ "$sb_files" -gt "$sb_need_most" ] || ! sb_text=$(head -c "$sb_need_bytes" "$sb_file" 2>/dev/null); then
      sb_unread "$sb_kind"
      continue
    fi
    [ "$(stat -L -c %s -- "$sb_file")" -le "$sb_need_bytes" ] || sb_unread "$sb_kind"
    printf '%s\n' "$sb_text" | sed -E '/^[[:space:]]*(#|\/\/)/d' | sed -En "$sb_expression"
  done | sb_need_addresses "$sb_kind"
}

# KIND COMMAND…: the same of what a program of this host says. One that is not installed is none.
sb_need_said() {
  sb_kind=$1
  shift
  command -v "$1" >/dev/null 2>&1 || return 0
  if sb_text=$(timeout -s KILL 1 "$@" 2>/dev/null </dev/null 3<&- 4<&- 9>&-); then
    printf '%s\n' "$sb_text" | head -c "$sb_need_bytes"
  else
    sb_unread "$sb_kind"
  fi
}

# KIND, stdin: text; stdout: `own ADDRESS` for what in it looks like one (sb_make_lease tells which are), and `unread` lines as they are.
sb_need_addresses() {
  awk -v kind="$1" -v most="$sb_need_most" '
    $1 == "unread" && NF == 2 { print; next }
    {
      gsub(/[][(){}<>"\047,;=#@|!\t]/, " ")
      n = split($0, word, " ")
      for (i = 1; i <= n; i++) {
        text = word[i]
        # URLs, scopes and ports: tcp://[..]:514 and 192.0.2.1:53 and fe80::1%eth0.
        sub(/^[a-z+]+:\/\//, "", text); sub(/^(dns|ntp|udp|tcp):/, "", text); sub(/[%\/].*/, "", text)
        if (text ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+:[0-9]+$/) sub(/:.*/, "", text)
        if (text !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/ && text !~ /^[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/) continue
        if (text in seen) continue
        seen[text] = 1
        if (++count <= most) print "own", text
        else if (count == most + 1) print "unread", kind
      }
    }'
}

# Of the default routes of every routing table, VRFs included, and of the halves that a tunnel lays over them.
sb_need_gateways() {
  for sb_route in '-4 default' '-4 0.0.0.0/1' '-4 128.0.0.0/1' '-6 default' '-6 ::/1' '-6 8000::/1'; do
    if [ "${sb_route%% *}" = -6 ] && [ ! -e /proc/net/if_inet6 ]; then continue; fi
    if ! sb_text=$(timeout -s KILL 5 ip "${sb_route%% *}" route show table all exact "${sb_route#* }" 2>/dev/null); then
      sb_unread routes
      continue
    fi
    # Next hops of multipath routes stand on lines of their own; `via inet6 ADDRESS` is one of another family.
    printf '%s\n' "$sb_text" | head -c "$sb_need_bytes" |
      awk '{ for (i = 1; i < NF; i++) if ($i == "via") print ($(i + 1) ~ /^inet/ ? $(i + 2) : $(i + 1)) }'
  done | sb_need_addresses routes
}

# A local resolver of which nothing is found that it asks: what this host needs is behind it, and not known.
sb_need_resolvers() {
  sb_resolvers=$(sb_find_resolvers)
  [ -n "$sb_resolvers" ] || return 0
  printf '%s\n' "$sb_resolvers"
  ! printf '%s\n' "$sb_resolvers" | grep -Eq '^own (127\.|::1$)' || printf '%s\n' "$sb_resolvers" | grep -Eqv '^own (127\.|::1$)' ||
    sb_unread resolvers
}

sb_find_resolvers() {
  sb_need_files resolvers 's/^[[:space:]]*nameserver[[:space:]]+//p' /etc/resolv.conf /run/systemd/resolve/resolv.conf \
    /run/NetworkManager/resolv.conf /run/NetworkManager/no-stub-resolv.conf /run/resolvconf/resolv.conf /run/dnsmasq/resolv.conf \
    /etc/resolv.dnsmasq /run/resolvconf/interface/* /run/connman/resolv.conf
  # Of each link, and the settings of all.
  sb_need_files resolvers 's/^(SERVERS|DNS|FallbackDNS)=//p' /run/systemd/resolve/netif/* /etc/systemd/resolved.conf \
    /etc/systemd/resolved.conf.d/*.conf /run/systemd/resolved.conf.d/*.conf
  sb_need_files resolvers 's/^(DNS|NTP|ROUTER)=//p' /run/systemd/netif/links/* /run/systemd/netif/leases/* /run/systemd/netif/state
  sb_need_files resolvers 's/^[[:space:]]*(server|rev-server)=(\/.*\/)?//p' /etc/dnsmasq.conf /etc/dnsmasq.d/* \
    /run/NetworkManager/dnsmasq.conf /etc/NetworkManager/dnsmasq.d/*
  sb_need_files resolvers 's/^[[:space:]]*(forward-addr|stub-addr|primary)[[:space:]]*:[[:space:]]*"?//p' /etc/unbound/unbound.conf \
    /etc/unbound/unbound.conf.d/*.conf /etc/unbound/conf.d/*.conf /etc/unbound/local.d/*.conf
  sb_need_files resolvers '/(forwarders|masters|primaries)/,/\}/p' /etc/bind/named.conf /etc/bind/named.conf.options \
    /etc/bind/named.conf.local /etc/named.conf
  # systemd-resolved over its own socket, without the network.
  if [ -S /run/systemd/resolve/io.systemd.Resolve ]; then sb_need_said resolvers resolvectl dns | sb_need_addresses resolvers; fi
}

sb_need_time() {
  sb_need_files time 's/^(NTP|FallbackNTP)=//p' /etc/systemd/timesyncd.conf /etc/systemd/timesyncd.conf.d/*.conf \
    /run/systemd/timesyncd.conf.d/*.conf
  sb_need_files time 's/^[[:space:]]*(server|pool|peer)[[:space:]]+//p' /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony/conf.d/*.conf \
    /etc/chrony.d/*.conf /etc/chrony/sources.d/*.sources /run/chrony-dhcp/*.sources /etc/ntp.conf /etc/ntpsec/ntp.conf /run/ntp.conf.dhcp \
    /run/ntpsec/ntp.conf.dhcp
  sb_need_files time 's/^[[:space:]]*servers?[[:space:]]+//p' /etc/ntpd.conf /etc/openntpd/ntpd.conf
  # Whom they talk to, by address.
  if [ -S /run/chrony/chronyd.sock ]; then sb_need_said time chronyc -n sources | sb_need_addresses time; fi
  if pidof ntpd >/dev/null 2>&1; then
    sb_need_said time ntpq -pn | awk '$1 != "unread" { sub(/^[^0-9A-Fa-f:]/, "", $1); $0 = $1 } { print }' | sb_need_addresses time
  fi
  if [ -d /run/systemd/timesync ]; then sb_need_said time timedatectl show-timesync -p ServerAddress | sb_need_addresses time; fi
}

sb_need_proxies() {
  sb_need_files proxies 's/^[[:space:]]*(export[[:space:]]+)?([A-Za-z]+_(proxy|PROXY)|proxy)[[:space:]]*=//p' /etc/environment \
    /etc/profile.d/*proxy*.sh /etc/dnf/dnf.conf /etc/yum.conf /etc/wgetrc
  sb_need_files proxies '/[Pp]roxy/p' /etc/apt/apt.conf /etc/apt/apt.conf.d/*
}

sb_need_log_servers() {
  sb_need_files logs '/@|omfwd|omrelp|[Tt]arget=/p' /etc/rsyslog.conf /etc/rsyslog.d/*.conf
  sb_need_files logs 's/^URL=//p' /etc/systemd/journal-upload.conf /etc/systemd/journal-upload.conf.d/*.conf
  sb_need_files logs '/(network|syslog|tcp6?|udp6?)\(/p' /etc/syslog-ng/syslog-ng.conf /etc/syslog-ng/conf.d/*.conf
}

# `own RANGE` of all that this host needs, and `unread KIND`.
sb_own_ranges() {
  printf 'own %s\n' 127.0.0.0/8 ::1 fe80::/10 224.0.0.0/4 ff00::/8
  [ -z "$FIREBREAK_PEER" ] || printf 'own %s\n' "$FIREBREAK_PEER"
  if sb_text=$(timeout -s KILL 5 ip -o addr show 2>/dev/null); then
    printf '%s\n' "$sb_text" | awk '{ sub("/.*", "", $4); print "own", $4 }'
  else
    sb_unread routes
  fi
  sb_need_gateways
  sb_need_resolvers
  sb_need_time
  sb_need_proxies
  sb_need_log_servers
  sed -n 's/^[[:space:]]*\([0-9A-Fa-f:.\/]\{1,\}\).*/own \1/p' /etc/firebreak/protect 2>/dev/null
}
