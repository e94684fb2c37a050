import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operatorAddresses } from './address-plan';
import { type LabHostSpec, RESPONDER_ACCESS_LOG, RESPONDER_PORT } from './types';

/** A file of a host, by its absolute path there. */
export type HostFile =
  | {
      readonly path: string;
      readonly content: string;
      /** Default: 0644. */ readonly mode?: number;
      readonly group?: number;
    }
  | { readonly path: string; readonly linkTo: string };

const UNITS = '/etc/systemd/system';
/** Group `adm`, which may read system logs; its number is fixed in Debian. */
const GROUP_ADM = 4;

/** Units that make no sense in a container or would only disturb a drill. */
const MASKED_UNITS = [
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'console-getty.service',
  'dev-hugepages.mount',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'sys-fs-fuse-connections.mount',
  // Each takes an inotify instance, of which the outer machine has 128 for all of root's processes together.
  'systemd-ask-password-console.path',
  'systemd-ask-password-wall.path',
  'systemd-pstore.service',
  'systemd-remount-fs.service',
];

/**
 * What distinguishes a lab host from the shared base system: its identity, logs that persist, a fail2ban that watches sshd
 * without banning a drill at the first typing error, and the responder.
 */
export function hostFiles(host: LabHostSpec, network: number): readonly HostFile[] {
  return [
    { path: '/etc/hostname', content: `${host.name}\n` },
    { path: '/etc/hosts', content: `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost\n` },
    { path: '/etc/machine-id', content: `${randomBytes(16).toString('hex')}\n`, mode: 0o444 },
    { path: '/etc/resolv.conf', content: '# The lab has no name service.\n' },
    {
      path: '/etc/ssh/sshd_config.d/lab.conf',
      content: 'HostKey /etc/ssh/ssh_host_ed25519_key\nUsePAM yes\n',
    },
    { path: '/etc/systemd/journald.conf.d/lab.conf', content: '[Journal]\nStorage=persistent\n' },
    { path: '/etc/rsyslog.conf', content: RSYSLOG },
    // fail2ban refuses to start a jail whose log does not exist yet.
    { path: '/var/log/auth.log', content: '', mode: 0o640, group: GROUP_ADM },
    { path: '/etc/fail2ban/jail.d/lab.conf', content: fail2banJail(network) },
    {
      path: '/usr/local/lib/firebreak-lab/responder.py',
      content: readFileSync(join(__dirname, 'programs', 'responder.py'), 'utf8'),
    },
    { path: `${UNITS}/responder.service`, content: RESPONDER_UNIT },
    { path: `${UNITS}/multi-user.target.wants/responder.service`, linkTo: `${UNITS}/responder.service` },
    ...MASKED_UNITS.map((unit) => ({ path: `${UNITS}/${unit}`, linkTo: '/dev/null' })),
  ];
}

/** Debian's set-up without the kernel log, which belongs to the outer machine. */
const RSYSLOG = `module(load="imuxsock")
$FileOwner root
$FileGroup adm
$FileCreateMode 0640
$DirCreateMode 0755
$Umask 0022
$WorkDirectory /var/spool/rsyslog
$IncludeConfig /etc/rsyslog.d/*.conf
auth,authpriv.*            /var/log/auth.log
*.*;auth,authpriv.none     -/var/log/syslog
cron.*                     -/var/log/cron.log
`;

const RESPONDER_UNIT = `[Unit]
Description=Responder, the service that a drill attacks
After=network.target

[Service]
Type=notify
ExecStart=/usr/bin/python3 -B /usr/local/lib/firebreak-lab/responder.py ${RESPONDER_PORT} ${RESPONDER_ACCESS_LOG}
LogsDirectory=responder
LimitNOFILE=65536
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

function fail2banJail(network: number): string {
  const operator = operatorAddresses(network);
  return `[DEFAULT]
ignoreip = 127.0.0.1/8 ::1 ${operator.v4} ${operator.v6}

[sshd]
enabled = true
backend = auto
logpath = /var/log/auth.log
maxretry = 50
findtime = 10m
bantime = 10m
`;
}
