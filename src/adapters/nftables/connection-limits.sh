# Rules and settings of this host that limit new SSH connections, a line each. They are read and not tried: tries would count.

# "-A CHAIN …" lines of iptables-save: limits of the SSH port, of chains that it is sent to, and of all that comes in.
cl_of_iptables() {
  awk -v ssh="$cl_ports" '
    function meets(list, parts, range, n, i, j, m, wanted) {
      n = split(list, parts, ",")
      m = split(ssh, wanted, " ")
      for (i = 1; i <= n; i++) {
        split(parts[i], range, ":")
        if (range[2] == "") range[2] = range[1]
        for (j = 1; j <= m; j++) if (wanted[j] + 0 >= range[1] + 0 && wanted[j] + 0 <= range[2] + 0) return 1
      }
      return 0
    }
    $1 == "-A" {
      lines[++count] = $0
      chain[count] = $2
      anyport[count] = 1
      for (i = 3; i < NF; i++) {
        if ($i == "--dport" || $i == "--dports") {
          anyport[count] = 0
          if (meets($(i + 1))) ofssh[count] = 1
        }
        if ($i == "-p" && $(i + 1) !~ /^tcp$/) anyport[count] = 0
        if ($i == "-j" || $i == "-g") target = $(i + 1)
      }
      if (ofssh[count]) leads[target] = 1
    }
    END {
      for (i = 1; i <= count; i++) {
        if (lines[i] !~ /-m (recent .*--(update|rcheck)|hashlimit|connlimit|limit) / || lines[i] ~ /-j (NF|U)?LOG/) continue
        if (ofssh[i] || (anyport[i] && (chain[i] == "INPUT" || chain[i] in leads))) print lines[i]
      }
    }'
}

# The same for what nft lists.
cl_of_nft() {
  awk -v ssh="$cl_ports" '
    function meets(list, parts, range, n, i, j, m, wanted) {
      n = split(list, parts, /[{},[:space:]]+/)
      m = split(ssh, wanted, " ")
      for (i = 1; i <= n; i++) {
        if (parts[i] == "ssh") return 1
        if (parts[i] !~ /^[0-9]+(-[0-9]+)?$/) continue
        split(parts[i], range, "-")
        if (range[2] == "") range[2] = range[1]
        for (j = 1; j <= m; j++) if (wanted[j] + 0 >= range[1] + 0 && wanted[j] + 0 <= range[2] + 0) return 1
      }
      return 0
    }
    $1 == "chain" { name = $2 }
    / hook input / { inputs[name] = 1 }
    /limit rate|ct count|dport/ {
      lines[++count] = $0
      chain[count] = name
      anyport[count] = !/dport/ && /ct state new|tcp flags|ct count/
      if (match($0, /dport (!= )?(\{[^}]*\}|[^ ]+)/)) ofssh[count] = meets(substr($0, RSTART + 6, RLENGTH - 6))
      if (ofssh[count] && match($0, /(jump|goto) [^ ]+/)) leads[substr($0, RSTART + 5, RLENGTH - 5)] = 1
    }
    END {
      for (i = 1; i <= count; i++) {
        if (lines[i] !~ /limit rate|ct count/ || lines[i] ~ / log /) continue
        if (ofssh[i] || (chain[i] in leads) || (anyport[i] && (chain[i] in inputs))) print lines[i]
      }
    }'
}

cl_limits() {
  cl_sshd=$(timeout 5 sshd -T 2>/dev/null)
  cl_ports=$(printf '%s\n' "$cl_sshd" | sed -n 's/^port \([0-9]\{1,5\}\)$/\1/p' | sort -u | tr '\n' ' ')
  [ -n "$cl_ports" ] || cl_ports=22
  {
    timeout 5 iptables-save 2>/dev/null | cl_of_iptables
    timeout 5 ip6tables-save 2>/dev/null | cl_of_iptables
    timeout 5 nft -t list ruleset 2>/dev/null | cl_of_nft
    printf '%s\n' "$cl_sshd" | grep -E '^persourcemaxstartups [0-9]'
  } | sed 's/^[[:space:]]*//' | cut -c 1-300 | sort -u | head -n 20
}
