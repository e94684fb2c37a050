import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabHostSpec } from '../../demo/lab/types';
import { inEnglish } from '../../src/domain/fact-words';
import type { IncidentId } from '../../src/domain/ids';
import type { IncidentStatus } from '../../src/operations/status';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Hosts that fail, each in its own way, side by side: what ends how (B2, B8), and what is kept of each (E3). */
const HOSTS: readonly LabHostSpec[] = [
  { name: 'gw-1', role: 'gateway' },
  ...['dead', 'hung', 'rekeyed', 'nosudo', 'nonft', 'nologs', 'web-1'].map((name) => ({ name, role: 'host' as const })),
];
const LIMITS = ['accessControl=30s', 'logs=30s', 'alternativeLogs=20s'].flatMap((limit) => ['--limit', limit]);

interface ChainRecord {
  readonly type: string;
  readonly info?: { readonly host?: string; readonly source?: string; readonly rung?: number };
}

let world: WholeWorld;
const ended = new Map<string, IncidentStatus>();

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: HOSTS, operators: 8 });
  await Promise.all([
    world.host('dead').stop(),
    world.on(
      'rekeyed',
      "rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
    ),
    ...['nosudo', 'web-1'].map((name) => world.on(name, 'grep -rl firebreak /etc/sudoers.d | xargs rm -f')),
    world.on('nonft', 'rm -f "$(command -v nft)"'),
    world.on(
      'nologs',
      'systemctl stop rsyslog syslog.socket systemd-journald.socket systemd-journald-dev-log.socket systemd-journald 2>/dev/null; systemctl mask systemd-journald 2>/dev/null; rm -rf /var/log/journal/* /run/log/journal/*; : >/var/log/syslog; true',
    ),
  ]);
  const source = world.world.lab.attacker.addresses4(3);
  const names = HOSTS.filter(({ role }) => role === 'host').map(({ name }) => name);
  const declared = new Map<string, IncidentId>();
  for (const name of names) {
    // Frozen late: an SSH server that accepts and then says nothing.
    if (name === 'hung') await world.host('hung').freeze();
    const [id] = await world.declare([
      '--incident-type',
      'intrusion',
      '--severity-level',
      'high',
      '--response-mode',
      'block',
      '--host',
      name,
      ...source.flatMap((address) => ['--source', address]),
      ...LIMITS,
    ]);
    if (id !== undefined) declared.set(name, id);
  }
  await Promise.all([...declared].map(async ([name, id]) => ended.set(name, await world.ended(id))));
});

afterAll(async () => {
  await world
    ?.host('hung')
    .thaw()
    .catch(() => undefined);
  await world?.down();
});

function of(name: string): IncidentStatus {
  const status = ended.get(name);
  if (status === undefined) throw new Error(`no incident on ${name}`);
  return status;
}

const words = (status: IncidentStatus): string => status.timeline.map(({ fact }) => inEnglish(fact)).join('\n');

describe('B2 access control fails: forced isolation, and at the same moment a request for manual response', () => {
  test.each([
    ['dead', 'HOST_UNREACHABLE|SHARE_USED_UP'],
    ['hung', 'HOST_(TIMEOUT|UNREACHABLE)|SHARE_USED_UP'],
    ['rekeyed', 'HOST_KEY_CHANGED'],
    ['nosudo', 'SUDO_REFUSED'],
  ])('B2 %s: held by the gateway, people are asked, the run goes on', (name, code) => {
    const status = of(name);
    expect(status.timeline.map(({ fact }) => fact)).toContainEqual({
      fact: 'stage',
      stage: 'manual',
      why: [{ fact: 'access-control-failed', host: name, fault: { code: expect.stringMatching(code) as string } }],
    });
    expect(status.row).toMatchObject({
      outcome: 'contained-by-force',
      abnormal: 'manual',
      needsHuman: true,
      deadlineMet: true,
    });
    expect(status.results.filter(({ kind }) => kind === 'forced-isolation')).toEqual([
      expect.objectContaining({ host: name, rung: 'gateway' }),
    ]);
    const told = status.deliveries.filter(({ kind }) => kind === 'control-failed' || kind === 'manual-response');
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['control-failed', 'manual-response']));
  });

  test('B2 a host that forced isolation holds is cut off from everybody', async () => {
    const { bystander } = world.world.lab;
    const target = { target: world.host('nosudo').serviceAddress, targetPort: 8080 };
    expect((await bystander.probe({ sources: bystander.addresses4(3), ...target })).reached).toEqual([]);
  });

  test('B8 a host that must stay up and cannot be controlled is an emergency, said in plain words', async () => {
    const status = of('web-1');
    expect(status.row).toMatchObject({ outcome: 'manual', abnormal: 'emergency', needsHuman: true });
    expect(words(status)).toContain('emergency: web-1 is NOT contained: the inventory says this host must stay up');
    expect(await world.reportJson(status.row.order.incident)).toContain('Cut web-1 off by hand NOW');
    const run = await world.cli(['status', status.row.order.incident]);
    expect(run.code).toBe(4);
    expect(run.stdout).toContain('A PERSON MUST ACT');
    expect(run.stdout).not.toMatch(/ at .*\.(js|ts):\d+/);
  });

  test('C1 without nft the next means holds, and nobody has to act', async () => {
    const status = of('nonft');
    expect(status.row.outcome).toBe('contained');
    expect(status.results.find(({ kind }) => kind === 'block-sources')?.rung).toMatch(/ipset|iptables/);
    const { attacker, bystander } = world.world.lab;
    const target = { target: world.host('nonft').serviceAddress, targetPort: 8080 };
    expect((await attacker.probe({ sources: attacker.addresses4(3), ...target })).reached).toEqual([]);
    expect((await bystander.probe({ sources: bystander.addresses4(3), ...target })).unreached).toEqual([]);
  });
});

describe('E3 whatever fails, what there was is kept and sealed', () => {
  test('E3 a stopped log system and an emptied journal never look like a clean host: people are told, and other means give what there is', async () => {
    const status = of('nologs');
    expect(status.row).toMatchObject({ outcome: 'contained', abnormal: 'partial' });
    // On a busy machine the four attempts may use the whole share.
    expect(status.timeline.map(({ fact }) => fact)).toContainEqual({
      fact: 'stage',
      stage: 'partial',
      why: [
        {
          fact: 'log-collection-failed',
          host: 'nologs',
          fault: { code: expect.stringMatching(/^(LOGS_UNAVAILABLE|SHARE_USED_UP)$/) as string },
        },
      ],
    });
    expect(status.deliveries.map(({ kind }) => kind)).toContain('logs-failed');
    const chain = await readFile(join(status.row.bag?.path ?? '', 'evidence', 'chain.jsonl'), 'utf8');
    const records = chain
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ChainRecord)
      .filter(({ info }) => info?.host === 'nologs');
    const byOtherMeans = records.filter(({ type, info }) => type === 'artefact' && (info?.rung ?? 0) >= 2);
    expect(byOtherMeans.length).toBeGreaterThan(0);
    // The miss itself is on record, and the command shows it.
    const missed = records.filter(({ type, info }) => type === 'absence' && info?.source?.startsWith('journal'));
    expect(missed.length).toBeGreaterThan(0);
    const show = jsonOf<{ entries: { absence?: string; name: string }[] }>(
      await world.cli(['evidence', 'show', status.row.order.incident, '--json']),
    );
    const shown = show.entries.filter(({ absence, name }) => absence !== undefined && name.startsWith('journal'));
    expect(shown.length).toBe(missed.length);
  });

  test('E6 every bag is sealed and verifies, also of hosts that gave nothing', async () => {
    for (const [name, status] of ended) {
      const run = await world.cli(['evidence', 'verify', status.row.order.incident, '--json']);
      expect({ name, verdict: jsonOf(run)['verdict'] }).toEqual({ name, verdict: 'SIGNED' });
    }
    for (const name of ['dead', 'hung', 'rekeyed', 'nosudo']) expect(of(name).row.bag?.absences).toBeGreaterThan(0);
  });

  test('C5 no act is in a host journal twice', async () => {
    for (const name of ['nonft', 'nologs', 'nosudo', 'rekeyed', 'web-1']) {
      const acts = (await world.journal(name)).map((line) => line.split(' ')[0]);
      expect(new Set(acts).size).toBe(acts.length);
    }
  });

  test('U2 release of a host that is back lifts forced isolation exactly', async () => {
    const { incident } = of('rekeyed').row.order;
    const run = await world.order(['release', incident, '--wait', '--json']);
    expect(jsonOf(run)).toMatchObject({ activeControls: 0 });
    const { bystander } = world.world.lab;
    const target = { target: world.host('rekeyed').serviceAddress, targetPort: 8080 };
    expect((await bystander.probe({ sources: bystander.addresses4(3), ...target })).unreached).toEqual([]);
  });
});
