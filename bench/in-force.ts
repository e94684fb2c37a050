import type { LabHost } from '../demo/lab/types';
import type { ActionKind, ActionResult, PlannedAction } from '../src/domain/plan';

const EXEC_MS = 30_000;

/** Asks the host itself, past its network and without any of Firebreak’s programs. Sections begin with a line `== name`. */
const LOOK = `
echo '== filter'
if command -v nft >/dev/null; then nft list ruleset; fi
ipset save 2>/dev/null
iptables-save 2>/dev/null | grep -i firebreak
echo '== shadow'
cat /etc/shadow
echo '== processes'
for status in /proc/[0-9]*/status; do
  # A process that ends meanwhile is none.
  uid=$(sed -n 's/^Uid:[[:space:]]*\\([0-9]*\\).*/\\1/p' "$status" 2>/dev/null)
  [ -z "$uid" ] || getent passwd "$uid" | cut -d: -f 1
done | sort -u
echo '== keys'
for file in /home/*/.ssh/authorized_keys; do [ ! -s "$file" ] || sed "s|^|$file |" "$file"; done
echo '== sshd'
sshd -T 2>/dev/null | grep -i '^loglevel'
echo '== journald'
systemd-analyze cat-config systemd/journald.conf 2>/dev/null | sed -n 's/^RateLimitBurst=//p' | tail -n 1
exit 0`;

/** A planned act that is not in force on its host. */
export interface Unfulfilled {
  readonly action: PlannedAction;
  readonly words: string;
}

type Sections = ReadonlyMap<string, string>;

async function look(host: LabHost): Promise<Sections> {
  const { stdout } = await host.exec(LOOK, { timeoutMs: EXEC_MS });
  return new Map(
    stdout
      .split(/^== /m)
      .slice(1)
      .map((section): [string, string] => {
        const end = section.indexOf('\n');
        return [section.slice(0, end), section.slice(end + 1)];
      }),
  );
}

type Kind<K extends ActionKind> = Extract<PlannedAction, { kind: K }>;

/** For each kind of act: what is missing of it on the host; undefined when it is in force. */
const MISSING: { readonly [K in ActionKind]: (seen: Sections, action: Kind<K>) => string | undefined } = {
  'block-sources': (seen, { sources }) => {
    const present = new Set((seen.get('filter') ?? '').split(/[\s,{}]+/));
    const absent = sources.filter((source) => !present.has(source));
    return absent.length === 0 ? undefined : `${absent.length} of ${sources.length} sources are not blocked`;
  },
  'disable-account': (seen, { account }) => {
    const line = (seen.get('shadow') ?? '').split('\n').find((one) => one.startsWith(`${account}:`));
    // What is not there cannot log in.
    if (line === undefined) return undefined;
    const [, hash = '', , , , , , expires = ''] = line.split(':');
    if (!hash.startsWith('!')) return `the password of ${account} is not locked`;
    if (expires !== '1') return `${account} does not expire`;
    if ((seen.get('processes') ?? '').split('\n').includes(account)) return `${account} still runs processes`;
    return (seen.get('keys') ?? '').includes(`/home/${account}/.ssh/`) ? `${account} still has a key` : undefined;
  },
  'isolate-host': isolated,
  'isolate-segment': isolated,
  'emergency-access': (seen, { account, publicKeys }) => {
    const keys = seen.get('keys') ?? '';
    const [, body = ''] = publicKeys[0]?.split(' ') ?? [];
    const lines = keys.split('\n').filter((line) => line.startsWith(`/home/${account}/.ssh/`) && line.includes(body));
    return lines.length > 0 ? undefined : `${account} has no key`;
  },
  'heighten-monitoring': (seen) => {
    if (!/verbose|debug/i.test(seen.get('sshd') ?? '')) return 'sshd does not log more';
    return (seen.get('journald') ?? '').trim() === '0' ? undefined : 'journald still limits its rate';
  },
};

function isolated(seen: Sections, { id, kind }: PlannedAction): string | undefined {
  const table = kind === 'isolate-host' ? 'table inet firebreak_iso ' : 'table inet firebreak_fwd_';
  const filter = seen.get('filter') ?? '';
  return filter.includes(table) && filter.includes(`"${id}"`) ? undefined : 'it is not isolated';
}

/** @returns the acts of the plan that are not in force, by what the hosts themselves show */
export async function notInForce(
  hosts: ReadonlyMap<string, LabHost>,
  actions: readonly PlannedAction[],
): Promise<readonly Unfulfilled[]> {
  const seen = new Map<string, Promise<Sections>>();
  const unfulfilled = await Promise.all(
    actions.map(async (action): Promise<Unfulfilled[]> => {
      const host = hosts.get(action.host);
      if (host === undefined) return [{ action, words: `${action.host} is no host of the lab` }];
      const sections = seen.get(host.name) ?? look(host);
      seen.set(host.name, sections);
      const missing = MISSING[action.kind] as (seen: Sections, action: PlannedAction) => string | undefined;
      const words = missing(await sections, action);
      return words === undefined ? [] : [{ action, words: `${action.host}: ${words}` }];
    }),
  );
  return unfulfilled.flat();
}

/** Whether the response itself says that the act is in force: read back, and no part of it is an exception. */
export function isSaidToHold({ id }: PlannedAction, results: readonly ActionResult[]): boolean {
  const result = results.find(({ action }) => action === id);
  return (
    result !== undefined &&
    result.verified &&
    result.counts.applied + result.counts.already > 0 &&
    result.exceptions.length === 0
  );
}

/** What a release must bring back; left out is what a host changes by itself. */
const SNAPSHOT = `
nft -s list tables 2>/dev/null | grep firebreak
ipset list -n 2>/dev/null | grep '^fb'
iptables-save 2>/dev/null | grep -i firebreak
ip6tables-save 2>/dev/null | grep -i firebreak
sshd -T 2>/dev/null | grep -i '^loglevel'
systemd-analyze cat-config systemd/journald.conf 2>/dev/null | grep '^RateLimit'
fail2ban-client get sshd maxretry 2>/dev/null
fail2ban-client get sshd findtime 2>/dev/null
ls /etc/ssh/sshd_config.d /etc/systemd/journald.conf.d /etc/fail2ban/jail.d 2>/dev/null
sha256sum /etc/passwd /etc/group /etc/gshadow /etc/shadow /etc/sudoers /etc/sudoers.d/* /home/*/.ssh/* 2>/dev/null
stat -c '%n %a %U %G' /home /home/* /home/*/.ssh /home/*/.ssh/* 2>/dev/null
find /var/spool/cron /var/lib/systemd/linger -type f 2>/dev/null
find /var/lib/firebreak/holds -path '*/owners/INC-*' 2>/dev/null
systemctl is-active ssh.service systemd-journald.service fail2ban.service
ip -o link show up | awk '{ print $2 }' | sed 's/[@:].*//' | sort
exit 0`;

export async function snapshot(host: LabHost): Promise<string> {
  return (await host.exec(SNAPSHOT, { timeoutMs: EXEC_MS })).stdout;
}

/** Lines that are on one side only. */
export function differences(before: string, after: string): string[] {
  const [was, is] = [before.split('\n'), after.split('\n')];
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ];
}
