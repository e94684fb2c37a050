import type { HostScript } from '../../ports/host-shell';
import { FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { HOME } from './prelude';
import { shellPart } from './host-script';
import type { HostReply } from './reply';

/** The programs that acts name to a host for its own end of a control (prelude.sh, `fb_ends_by`), by name (H10). */
const END_PROGRAMS: ReadonlySet<string> = new Set([
  'block-sources-nftables',
  'block-sources-ipset',
  'block-sources-iptables',
  'feed-jail',
  'restore-account',
  'remove-emergency-access',
  'lift-isolation',
  'interfaces-up',
  'restore-monitoring',
]);

/** Those of a host's programs that it must have on its own disk, to end controls without being told. */
export function endPrograms(scripts: readonly HostScript[]): readonly HostScript[] {
  return scripts.filter(({ name }) => END_PROGRAMS.has(name));
}

/** Shell functions: moments by both clocks of a host, and whether the end of a control is over. */
export const DUE = shellPart(__dirname, 'due.sh');

/**
 * The text of `firebreak-ends`.
 * @param marginS how long after its end a control may stay, so that the orchestrator undoes it first; whole seconds
 */
export function endsProgram(marginS: number): string {
  if (!Number.isSafeInteger(marginS) || marginS < 0) throw new FirebreakError('BAD_INPUT', 'not whole seconds');
  return shellPart(__dirname, 'ends.sh')
    .replace('MARGIN_SECONDS', String(marginS))
    .replace('# home.sh stands here.\n', () => HOME)
    .replace('# due.sh stands here.\n', () => DUE);
}

/**
 * Seconds from now, at least 1: hosts count by their own clocks, which may be wrong all the time but seldom jump.
 * @param expiresAt ISO 8601 UTC
 */
export function secondsUntil(expiresAt: string, now: Date): number {
  return Math.max(1, Math.ceil((Date.parse(expiresAt) - now.getTime()) / 1_000));
}

/** Says that nobody but the host itself ended the control, and when by the host's clock; empty when that is not so. */
export function endRemarks(reply: HostReply): readonly Fact[] {
  if (reply.find('host_end') === undefined) return [];
  const seconds = reply.count('host_end');
  return [{ fact: 'ended-by-host', ...(seconds < 1e11 ? { at: new Date(seconds * 1_000).toISOString() } : {}) }];
}

/** Every 15 seconds, and nothing is started while no act has left an end: a condition that does not hold costs no process. */
export const ENDS_TIMER = `[Unit]
Description=Firebreak: ends of controls
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target

[Timer]
OnCalendar=*:*:0/15
AccuracySec=1s

[Install]
WantedBy=timers.target
`;

/** systemd.exec(5), LogLevelMax: a line of the service manager for every look would fill the log. */
export const ENDS_SERVICE = `[Unit]
Description=Firebreak: undo controls whose time is over
RequiresMountsFor=/var/lib/firebreak
After=firebreak-restore.service nftables.service network.target ssh.service fail2ban.service
ConditionPathExistsGlob=|/var/lib/firebreak/INC-*/end
ConditionPathExistsGlob=|/var/lib/firebreak/INC-*/end.jail
ConditionPathExistsGlob=|/var/lib/firebreak/INC-*/interfaces/end
ConditionPathExists=|/run/firebreak-journal/whole

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/firebreak-ends
LogLevelMax=notice
TimeoutStartSec=600
`;

/** For hosts without systemd (cron(8), crontab(5)): once a minute. */
export const CRON_TABLE = `# Firebreak: confirmed controls come back after a boot, and end by themselves
@reboot root /usr/local/sbin/firebreak-restore
* * * * * root /usr/local/sbin/firebreak-ends 2>&1 | logger -t firebreak-ends
`;
