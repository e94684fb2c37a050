/** Runs the restorers one after the other; one that fails does not keep the next from its work. */
export const RESTORE_PROGRAM = `#!/bin/sh
# Puts confirmed Firebreak controls back whose time is not over (C10).
status=0
for script in /usr/local/lib/firebreak/restore/*.sh; do
  [ -e "$script" ] || continue
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root TMPDIR=/run FIREBREAK_PEER= \\
    sh "$script" </dev/null >/dev/null || status=1
done
exit $status
`;

/**
 * systemd.unit(5): ordered before the network at boot and after nftables.service, whose start flushes the ruleset;
 * `WantedBy`, `PartOf` and `ReloadPropagatedFrom` bring the controls back when it is started, restarted or reloaded.
 */
export const RESTORE_UNIT = `[Unit]
Description=Firebreak: put confirmed controls back
Documentation=man:nft(8)
DefaultDependencies=no
RequiresMountsFor=/var/lib/firebreak
After=local-fs.target systemd-sysctl.service nftables.service netfilter-persistent.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/firebreak-restore
ExecReload=/usr/local/sbin/firebreak-restore
TimeoutStartSec=60

[Install]
WantedBy=multi-user.target nftables.service
`;
