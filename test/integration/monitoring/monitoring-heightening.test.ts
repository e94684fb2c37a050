import { RESPONDER_PORT } from '../../../demo/lab/types';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { blockScript } from '../../../src/adapters/host-script/source-blocks/block-scripts';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { NFTABLES_RUNG } from '../../../src/adapters/nftables/nftables-rung';
import { MonitoringHeightening } from '../../../src/adapters/monitoring/monitoring-heightening';
import { MONITORING_PROGRAMS } from '../../../src/adapters/monitoring/monitoring-programs';
import type { IncidentId } from '../../../src/domain/ids';
import type { BlockSources, HeightenMonitoring } from '../../../src/domain/plan';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';

/** Blocks as an nftables driver would make them, with an end, a comment and a protected prefix. */
const BLOCKS = `nft -f - <<'RULES'
add table inet firebreak
add set inet firebreak p4-a { type ipv4_addr; flags interval; auto-merge; }
add set inet firebreak b4-a { type ipv4_addr; flags timeout; }
add chain inet firebreak pre-a { type filter hook prerouting priority -310; policy accept; }
flush chain inet firebreak pre-a
add rule inet firebreak pre-a iifname "lo" accept
add rule inet firebreak pre-a ip saddr @p4-a accept
add rule inet firebreak pre-a ip saddr @b4-a counter drop
RULES
`;
const block = (...addresses: string[]) =>
  `${BLOCKS}nft add element inet firebreak b4-a '{ ${addresses.map((a) => `${a} timeout 1h comment "INC-20261120-7F3K"`).join(', ')} }'`;

describe('B14 heightened monitoring on a real host', () => {
  let world: LabWorld;
  let monitoring: MonitoringHeightening;

  beforeAll(async () => {
    world = await LabWorld.up(
      [{ name: 'web-1', role: 'host' }],
      [...MONITORING_PROGRAMS, ...ISOLATION_PROGRAMS, blockScript(NFTABLES_RUNG)],
    );
    monitoring = new MonitoringHeightening(world.shell);
    await world.on('web-1', 'for i in $(seq 50); do fail2ban-client ping && break; sleep 0.2; done');
  });
  afterAll(() => world.down());
  afterEach(() => world.on('web-1', 'nft flush ruleset'));

  function heighten(step: string, incident: IncidentId = FIRST): HeightenMonitoring {
    return {
      id: actionId(incident, 'heighten-monitoring', 'web-1', step),
      kind: 'heighten-monitoring',
      host: 'web-1',
      approval: 'none',
      expiresAt: inAnHour(),
    };
  }

  const settings = () =>
    world.on(
      'web-1',
      `sshd -T | grep loglevel; systemd-analyze cat-config systemd/journald.conf | grep RateLimit || true
      fail2ban-client get sshd maxretry; fail2ban-client get sshd findtime
      find /etc/ssh /etc/systemd/journald.conf.d /etc/fail2ban -type f | sort | xargs sha256sum; nft list tables`,
    );

  async function knock(address: string): Promise<void> {
    await world.lab.attacker.probe({
      sources: [address],
      target: world.labHost('web-1').serviceAddress,
      targetPort: RESPONDER_PORT,
      timeoutMs: 700,
    });
  }

  const logged = async (table = 'firebreak_log') =>
    Number(
      await world.on(
        'web-1',
        `nft -j list table inet ${table} | grep -o '"packets": [0-9]*' | awk '{ n += $2 } END { print n + 0 }'`,
      ),
    );

  it('raises all four parts, reads them back, keeps bans, and undoes them exactly', async () => {
    const [attacker = ''] = world.lab.attacker.addresses4(1);
    await world.on('web-1', `${block(attacker)}; fail2ban-client set sshd banip 192.0.2.77`);
    const before = await settings();

    const action = heighten('a');
    const result = await monitoring.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 4 }, verified: true, replayed: false });
    const raised = await settings();
    expect(raised).toContain('loglevel VERBOSE');
    expect(raised).toContain('RateLimitBurst=0');
    expect(raised).toContain('\n25\n1200\n');
    await expect(world.on('web-1', 'fail2ban-client get sshd banip')).resolves.toContain('192.0.2.77');
    await world.shell.run(world.host('web-1'), MONITORING_PROGRAMS[1], {
      input: `action ${action.id}\nconfirm 0\n\n`,
      timeoutMs: 10_000,
      fresh: true,
    });
    await expect(
      world.on('web-1', 'journalctl -u ssh --since -1min --no-pager | grep -c "Accepted key"'),
    ).resolves.not.toBe('0');

    await knock(attacker);
    expect(await logged()).toBeGreaterThan(0);

    expect(await monitoring.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({
      replayed: true,
      verified: true,
    });
    const undone = await monitoring.undo(world.host('web-1'), action, CONTEXT);
    expect(undone).toMatchObject({ counts: { applied: 4 }, verified: true });
    expect(await settings()).toBe(before);
    await expect(world.on('web-1', 'fail2ban-client get sshd banip')).resolves.toContain('192.0.2.77');
    await world.on('web-1', 'fail2ban-client set sshd unbanip 192.0.2.77');
  });

  it('drop logging lives beside the real block driver: it hinders none of its acts and catches up by reassert', async () => {
    const [first = '', second = ''] = world.lab.attacker.addresses4(2);
    const blocks = new SourceBlockDriver(NFTABLES_RUNG, world.shell);
    const blockOf = (incident: IncidentId, ...sources: string[]): BlockSources => ({
      id: actionId(incident, 'block-sources', 'web-1'),
      kind: 'block-sources',
      host: 'web-1',
      approval: 'none',
      expiresAt: inAnHour(),
      direction: 'both',
      sources,
      protect: world.management,
    });
    const mine = blockOf(FIRST, first);
    const theirs = blockOf(SECOND, second, '198.51.100.9');
    const action = heighten('b');
    const host = world.host('web-1');

    await blocks.perform(host, mine, CONTEXT);
    expect(await monitoring.perform(host, action, CONTEXT)).toMatchObject({ counts: { applied: 4 }, verified: true });
    await knock(first);
    expect(await logged()).toBeGreaterThan(0);

    expect(await blocks.perform(host, theirs, CONTEXT)).toMatchObject({ counts: { applied: 2 }, verified: true });
    const behind = await monitoring.verify(host, action, CONTEXT);
    expect(behind.exceptions).toEqual([expect.objectContaining({ target: 'drop-logging', outcome: 'missing' })]);
    await monitoring.reassert(host, action, CONTEXT);
    expect((await monitoring.verify(host, action, CONTEXT)).counts.already).toBe(4);
    const sofar = await logged();
    await knock(second);
    expect(await logged()).toBeGreaterThan(sofar);

    // What is let go of a block goes out of its mirror in the same moment: nobody takes it for lost, and nothing is logged of it.
    await blocks.lift(host, theirs, [second], { ...CONTEXT, incident: SECOND });
    expect((await monitoring.verify(host, action, CONTEXT)).counts.already).toBe(4);
    const quiet = await logged();
    await knock(second);
    expect(await logged()).toBe(quiet);

    expect((await blocks.undo(host, mine, CONTEXT)).counts.applied).toBe(1);
    expect((await monitoring.verify(host, action, CONTEXT)).counts.already).toBe(4);
    expect((await blocks.undo(host, theirs, CONTEXT)).counts).toMatchObject({ applied: 1, already: 1 });
    expect((await monitoring.verify(host, action, CONTEXT)).verified).toBe(true);
    await monitoring.reassert(host, action, CONTEXT);
    await expect(world.on('web-1', 'nft list tables')).resolves.toBe('');
    expect((await monitoring.undo(host, action, CONTEXT)).counts.refused).toBe(0);
  });

  it('logs what an isolation drops, without touching the isolation', async () => {
    const isolations = new Isolations(new IsolationGate(world.shell));
    const isolation = world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1'));
    await isolations.perform(world.host('web-1'), isolation, CONTEXT);
    const action = heighten('c');
    expect(await monitoring.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({ verified: true });
    await knock(world.lab.attacker.addresses4(1)[0] ?? '');
    expect(await logged('firebreak_iso_log')).toBeGreaterThan(0);
    expect(await isolations.verify(world.host('web-1'), isolation, CONTEXT)).toMatchObject({ verified: true });
    expect((await monitoring.undo(world.host('web-1'), action, CONTEXT)).exceptions).toEqual([]);
    expect((await isolations.undo(world.host('web-1'), isolation, CONTEXT)).counts.applied).toBe(1);
  });

  it('a part that the host does not have is missing with its reason, the others stand', async () => {
    await world.on('web-1', 'systemctl stop fail2ban');
    const action = heighten('d');
    const result = await monitoring.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 2, missing: 2 }, verified: true });
    expect(result.exceptions.map(({ target }) => target)).toEqual(['drop-logging', 'fail2ban']);
    expect(result.exceptions.every(({ detail }) => detail !== undefined)).toBe(true);
    const undone = await monitoring.undo(world.host('web-1'), action, CONTEXT);
    expect(undone.counts).toMatchObject({ applied: 2, missing: 2 });
    await world.on(
      'web-1',
      'systemctl start fail2ban; for i in $(seq 50); do fail2ban-client ping && break; sleep 0.2; done',
    );
  });

  it('C4 two incidents heighten one host: the values are raised once and fall with the last release', async () => {
    await world.on('web-1', block('198.18.0.9'));
    const before = await settings();
    await monitoring.perform(world.host('web-1'), heighten('e', FIRST), CONTEXT);
    const raised = await settings();
    const second = await monitoring.perform(world.host('web-1'), heighten('e', SECOND), CONTEXT);
    expect(second.counts.already).toBe(4);
    expect(await settings()).toBe(raised);
    expect((await monitoring.undo(world.host('web-1'), heighten('e', FIRST), CONTEXT)).exceptions).toEqual([]);
    expect(await settings()).toBe(raised);
    expect((await monitoring.undo(world.host('web-1'), heighten('e', SECOND), CONTEXT)).exceptions).toEqual([]);
    expect(await settings()).toBe(before);
  });

  it('C5 a file that somebody changed is drift and stays', async () => {
    const action = heighten('f');
    expect(await monitoring.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({ verified: true });
    await world.on('web-1', 'echo "# mine" >>/etc/ssh/sshd_config.d/00-firebreak.conf');
    const refused = await monitoring.undo(world.host('web-1'), action, CONTEXT);
    expect(refused.exceptions).toContainEqual(
      expect.objectContaining({ target: 'sshd-log-level', outcome: 'refused' }),
    );
    expect(refused.notes.join()).toContain('drift');
    await expect(world.on('web-1', 'cat /etc/ssh/sshd_config.d/00-firebreak.conf')).resolves.toContain('# mine');
    await world.on('web-1', 'rm /etc/ssh/sshd_config.d/00-firebreak.conf');
    expect((await monitoring.undo(world.host('web-1'), action, CONTEXT)).counts.refused).toBe(0);
  });

  it('a configuration that sshd does not accept never stays', async () => {
    await world.on('web-1', 'echo "NoSuchKeyword yes" >/etc/ssh/sshd_config.d/90-broken.conf');
    const action = heighten('g');
    const result = await monitoring.perform(world.host('web-1'), action, CONTEXT);
    expect(result.exceptions).toContainEqual(expect.objectContaining({ target: 'sshd-log-level', outcome: 'failed' }));
    expect(result.verified).toBe(false);
    await expect(world.on('web-1', 'ls /etc/ssh/sshd_config.d')).resolves.not.toContain('firebreak');
    await world.on('web-1', 'rm /etc/ssh/sshd_config.d/90-broken.conf');
    expect((await monitoring.undo(world.host('web-1'), action, CONTEXT)).counts.refused).toBe(0);
  });
});
