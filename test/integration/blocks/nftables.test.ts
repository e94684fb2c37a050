import { RESPONDER_PORT } from '../../../demo/lab/types';
import { FirebreakError } from '../../../src/domain/errors';
import type { HostShell } from '../../../src/ports/host-shell';
import { offloadedFlow, withFlowTable } from '../isolation/support/flow-table';
import { CONTEXT, FIRST, inAnHour, SECOND, type LabWorld } from '../isolation/support/lab-world';
import { blockOf, blockWorld, reaching, wire, withIncident } from './world';

const ELEMENT = /([0-9a-f.:/]+) timeout (\S+) expires \S+ comment "([^"]+)"/g;

describe('source blocks in nftables on a real host', () => {
  let world: LabWorld;
  let attackers: string[];
  let bystanders: string[];
  const host = () => world.host('web-1');
  const driver = (shell: HostShell = world.shell) => wire(shell).drivers[0]!;

  beforeAll(async () => {
    world = await blockWorld();
    attackers = [...world.lab.attacker.addresses4(500), ...world.lab.attacker.addresses6(500)];
    bystanders = [...world.lab.bystander.addresses4(100), ...world.lab.bystander.addresses6(100)];
  });
  afterAll(() => world.down());
  beforeEach(() => world.on('web-1', 'nft flush ruleset; rm -rf /var/lib/firebreak/INC-*'));

  /** `[target, owner, time-out that it was made with]` of every element. */
  const elements = async () =>
    [...(await world.on('web-1', 'nft list table inet firebreak')).matchAll(ELEMENT)]
      .map(([, target, timeout, owner]) => [target, owner, timeout])
      .sort();

  test('C1 1,000 IPv4 and IPv6 sources are cut off, 200 bystanders pass, release opens again', async () => {
    expect(await reaching(world, world.lab.attacker, attackers)).toBe(1_000);
    const action = blockOf(FIRST, attackers);
    const result = await driver().perform(host(), action, CONTEXT);
    expect(result.counts).toEqual({ applied: 1_000, already: 0, refused: 0, missing: 0, unknown: 0, failed: 0 });
    expect(result).toMatchObject({ verified: true, replayed: false, rung: 'nftables', exceptions: [] });
    expect(await reaching(world, world.lab.attacker, attackers)).toBe(0);
    expect(await reaching(world, world.lab.bystander, bystanders)).toBe(200);
    expect((await driver().verify(host(), action, CONTEXT)).counts).toMatchObject({ already: 1_000, missing: 0 });

    const released = await driver().undo(host(), action, CONTEXT);
    expect(released).toMatchObject({ verified: true, counts: { applied: 1_000, failed: 0 } });
    expect(await reaching(world, world.lab.attacker, attackers)).toBe(1_000);
    expect(await world.on('web-1', 'nft list ruleset')).toBe('');
  });

  // How long it may take is a bar of `npm run bench:flow`.
  test('C2 1,000 sources are applied, read back and confirmed over two connections', async () => {
    const { counts } = await driver().perform(host(), blockOf(FIRST, attackers), CONTEXT);
    expect(counts.applied).toBe(1_000);
  });

  test('C2 every element carries its end and its owner, and the counts add up to the number requested', async () => {
    const sources = [...attackers.slice(0, 10), '198.51.100.0/24', '198.51.100.128/25', 'not-an-address'];
    const result = await driver().perform(host(), blockOf(FIRST, sources), CONTEXT);
    expect(Object.values(result.counts).reduce((a, b) => a + b)).toBe(13);
    expect(result.counts).toMatchObject({ applied: 12, refused: 1 });
    const listing = await world.on('web-1', 'nft list table inet firebreak');
    expect(listing.match(/comment "INC-20261120-7F3K:block-sources:web-1"/g)).toHaveLength(11);
    expect(listing).toMatch(/timeout (1h|59m5\ds) expires 59m\d+s/);
    expect(listing).toMatch(/hook prerouting priority (raw - 10|-310)/);
    const timed = listing.split('set ').filter((set) => set.includes('timeout'));
    expect(timed.filter((set) => set.includes('auto-merge'))).toEqual([]);
  });

  test('C2 what connection tracking knows of blocked addresses is forgotten', async () => {
    await world.on(
      'web-1',
      `nft add table inet tracking; nft 'add chain inet tracking in { type filter hook input priority 0; }'
      nft add rule inet tracking in ct state established counter; conntrack -F`,
    );
    const sources = world.lab.attacker.addresses4(20);
    const target = world.labHost('web-1').serviceAddress;
    const asked = { sources, target, targetPort: RESPONDER_PORT, protocol: 'udp' } as const;
    expect((await world.lab.attacker.probe(asked)).unreached).toEqual([]);
    const result = await driver().perform(host(), blockOf(FIRST, sources), CONTEXT);
    expect(result.notes.join()).toContain('20 tracked flows forgotten');
    const rest = await world.on('web-1', 'conntrack -L');
    expect(sources.filter((address) => rest.includes(`=${address} `))).toEqual([]);
  });

  test('C2 flows in a flow table are forgotten, however many they are (a stand-in: see withFlowTable)', async () => {
    const sources = world.lab.attacker.addresses4(400);
    const flows = sources.map((source) => offloadedFlow(source, '192.0.2.2', 443));
    await withFlowTable(world, 'web-1', flows, 'obedient', async (asked) => {
      expect((await driver().perform(host(), blockOf(FIRST, sources), CONTEXT)).verified).toBe(true);
      const commands = new Set((await asked()).split('\n'));
      expect(sources.filter((source) => !commands.has(`-D -f ipv4 -s ${source}`))).toEqual([]);
    });
  });

  test('C1 a block whose flows go on in a flow table is not called done (a stand-in: see withFlowTable)', async () => {
    const [attacker = ''] = attackers;
    const flow = offloadedFlow(attacker, '192.0.2.2', 443);
    const action = blockOf(FIRST, [attacker]);
    await withFlowTable(world, 'web-1', [flow], 'stubborn', async () => {
      await expect(driver().perform(host(), action, CONTEXT)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
      expect((await driver().verify(host(), action, CONTEXT)).counts.already).toBe(1);
    });
    await withFlowTable(world, 'web-1', [flow], 'obedient', async () => {
      expect(await driver().perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
    });
    expect((await driver().undo(host(), action, CONTEXT)).counts.applied).toBe(1);
  });

  test('B5 protected addresses are refused by the order and by the host itself, and stay reachable', async () => {
    const [bystander] = world.lab.bystander.addresses4(1);
    const sources = [bystander!, world.lab.management.address, '127.0.0.1', attackers[0]!];
    const action = blockOf(FIRST, sources, { protect: [bystander!] });
    const result = await driver().perform(host(), action, CONTEXT);
    expect(result.counts).toMatchObject({ applied: 1, refused: 3, missing: 0 });
    expect(result.exceptions.map(({ target }) => target).sort()).toEqual(
      [bystander!, world.lab.management.address, '127.0.0.1'].sort(),
    );
    expect(await reaching(world, world.lab.bystander, [bystander!])).toBe(1);
    expect((await driver().verify(host(), action, CONTEXT)).verified).toBe(true);
  });

  test('B5 the host refuses an order for half the internet, whatever the policy says', async () => {
    await expect(driver().perform(host(), blockOf(FIRST, ['128.0.0.0/1']), CONTEXT)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(await world.on('web-1', 'nft list ruleset')).toBe('');
  });

  test('C5 replay of an action id returns its stored result and changes nothing', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 20));
    const first = await driver().perform(host(), action, CONTEXT);
    const handles = await world.on('web-1', 'nft -a list chains inet | grep chain');
    const second = await driver().perform(host(), action, { ...CONTEXT, attempt: 2 });
    expect(second).toMatchObject({ counts: first.counts, preImage: first.preImage, replayed: true, verified: true });
    expect(await world.on('web-1', 'nft -a list chains inet | grep chain')).toBe(handles);
  });

  test('C5 an action id used for another order is refused', async () => {
    await driver().perform(host(), blockOf(FIRST, attackers.slice(0, 2)), CONTEXT);
    const other = blockOf(FIRST, attackers.slice(2, 4));
    await expect(driver().perform(host(), other, CONTEXT)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test('C5 the pre-image is for root only and is not overwritten by a second attempt', async () => {
    await driver().perform(host(), blockOf(SECOND, attackers.slice(0, 3)), withIncident(SECOND));
    const action = blockOf(FIRST, attackers.slice(0, 5));
    const { preImage } = await driver().perform(host(), action, CONTEXT);
    expect(await world.on('web-1', `sha256sum <${preImage!.path} | cut -c 1-64`)).toBe(preImage!.sha256);
    expect(await world.on('web-1', `stat -c "%a %U" ${preImage!.path}; stat -c "%a %U" /var/lib/firebreak`)).toBe(
      '600 root\n700 root',
    );
    await world.on('web-1', `echo prepared >${preImage!.path.replace(/before$/, 'state')}`);
    const again = await driver().perform(host(), action, CONTEXT);
    expect(again.preImage).toEqual(preImage);
    expect(again.counts).toMatchObject({ applied: 2, already: 3 });
  });

  test('C4 two incidents hold the same addresses: releasing one leaves the other', async () => {
    const both = attackers.slice(0, 50);
    const first = blockOf(FIRST, both);
    const second = blockOf(SECOND, both, { direction: 'both' });
    await driver().perform(host(), first, CONTEXT);
    expect((await driver().perform(host(), second, withIncident(SECOND))).counts).toMatchObject({
      already: 50,
      applied: 0,
    });
    const released = await driver().undo(host(), first, CONTEXT);
    expect(released.counts).toMatchObject({ applied: 50 });
    expect(released.notes).toContain('50 addresses stay blocked by INC-20261120-8H4M');
    expect(await reaching(world, world.lab.attacker, both)).toBe(0);
    expect((await driver().verify(host(), second, withIncident(SECOND))).verified).toBe(true);
    await driver().undo(host(), second, withIncident(SECOND));
    expect(await reaching(world, world.lab.attacker, both)).toBe(50);
  });

  test('B5 C4 single sources are let go: the others stay with their time, and nothing brings them back', async () => {
    const [one, two, gone] = [attackers[0]!, attackers[1]!, attackers[500]!];
    const prefix = '198.51.100.0/24';
    const action = blockOf(FIRST, [one, two, gone, prefix], { direction: 'both' });
    const rest = { ...action, sources: [one, two] };
    await driver().perform(host(), action, CONTEXT);
    await driver().perform(host(), blockOf(SECOND, [gone]), withIncident(SECOND));
    const before = new Map((await elements()).map(([target, , timeout]) => [target, timeout]));

    const lifted = await driver().lift(host(), action, [gone, prefix], CONTEXT);
    expect(lifted).toMatchObject({ notInForce: [], result: { verified: true, counts: { applied: 2, failed: 0 } } });
    expect(lifted.result.notes).toContain('1 addresses stay blocked by INC-20261120-8H4M');
    await driver().undo(host(), blockOf(SECOND, [gone]), withIncident(SECOND));
    expect(await reaching(world, world.lab.attacker, [one, two, gone])).toBe(1);
    // The time-outs of the others are those that they were made with.
    expect(await elements()).toEqual([one, two].map((target) => [target, action.id, before.get(target)]));
    expect(await driver().verify(host(), rest, CONTEXT)).toMatchObject({ verified: true, counts: { already: 2 } });

    const again = await driver().lift(host(), action, [gone, prefix], CONTEXT);
    expect(again).toMatchObject({ notInForce: [gone, prefix], result: { verified: true, counts: { already: 2 } } });
    // Neither a watch that does not know of it, nor the host's own restore.
    await driver().reassert(host(), action, CONTEXT);
    await world.on('web-1', 'nft flush ruleset; /usr/local/sbin/firebreak-restore');
    expect((await elements()).map(([target]) => target)).toEqual([one, two]);
    await world.on('web-1', 'nft flush ruleset');
    expect(await driver().reassert(host(), rest, CONTEXT)).toMatchObject({ verified: true, counts: { already: 2 } });
    expect((await elements()).map(([target]) => target)).toEqual([one, two]);

    const released = await driver().undo(host(), action, CONTEXT);
    expect(released).toMatchObject({ verified: true, counts: { applied: 2, already: 2, failed: 0 }, replayed: false });
    expect(await world.on('web-1', 'nft list ruleset')).toBe('');
  });

  test('B5 C5 when the last source is let go the act is released; what somebody else put into our set stays', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 2));
    await driver().perform(host(), action, CONTEXT);
    const set = await world.on('web-1', 'nft list table inet firebreak | sed -n "s/.*set \\(b4-[^ ]*\\) .*/\\1/p"');
    await world.on('web-1', `nft add element inet firebreak ${set} '{ 192.0.2.99 timeout 1h comment "by hand" }'`);
    const first = await driver().lift(host(), action, [attackers[0]!], CONTEXT);
    expect(first.result.notes.join()).toContain('drift: 1 elements');
    expect(await world.on('web-1', `nft list set inet firebreak ${set}`)).toContain('192.0.2.99');
    await world.on('web-1', `nft delete element inet firebreak ${set} '{ 192.0.2.99 }'`);
    await driver().lift(host(), action, [attackers[1]!], CONTEXT);
    expect(await world.on('web-1', 'nft list ruleset; cat /var/lib/firebreak/INC-*/state')).toBe('undone');
    expect(await driver().undo(host(), action, CONTEXT)).toMatchObject({ replayed: true, counts: { already: 2 } });
    const never = await driver().lift(host(), blockOf(SECOND, attackers.slice(0, 1)), attackers.slice(0, 1), CONTEXT);
    expect(never).toMatchObject({ notInForce: [attackers[0]], result: { verified: true } });
  });

  test('C5 a late attempt after the release blocks nothing again', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 4));
    await driver().undo(host(), action, CONTEXT);
    const late = await driver().perform(host(), action, CONTEXT);
    expect(late).toMatchObject({ verified: false, counts: { missing: 4, applied: 0 } });
    expect(await world.on('web-1', 'nft list ruleset')).toBe('');
  });

  test('C5 elements that somebody else put into our set are left and reported as drift', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 3));
    await driver().perform(host(), action, CONTEXT);
    const set = await world.on('web-1', 'nft list table inet firebreak | sed -n "s/.*set \\(b4-[^ ]*\\) .*/\\1/p"');
    await world.on('web-1', `nft add element inet firebreak ${set} '{ 192.0.2.99 timeout 1h comment "by hand" }'`);
    const released = await driver().undo(host(), action, CONTEXT);
    expect(released.counts).toMatchObject({ applied: 3 });
    expect(released.notes.join()).toContain('drift: 1 elements');
    expect(await world.on('web-1', `nft list set inet firebreak ${set}`)).toContain('192.0.2.99');
  });

  test('C1 an established session of a blocked source is cut and counted', async () => {
    await world.on(
      'web-1',
      `useradd -m victim; install -d -o victim -m 700 ~victim/.ssh; echo '${world.personPublicKey}' >~victim/.ssh/authorized_keys; chown victim ~victim/.ssh/authorized_keys`,
    );
    const source = world.lab.attacker.addresses4(1)[0]!;
    const session = world.lab.attacker.ssh({
      source,
      host: world.labHost('web-1'),
      user: 'victim',
      identityFile: world.personKey,
      command: 'sleep 600',
    });
    expect(await session.established).toBe(true);
    expect((await driver().preview(host(), blockOf(FIRST, [source]), CONTEXT)).sessions).toBe(1);
    const result = await driver().perform(host(), blockOf(FIRST, [source]), CONTEXT);
    expect(result.notes[0]).toMatch(/^1 sessions ended/);
    expect(await world.on('web-1', `ss -Htn state established dst ${source} | wc -l`)).toBe('0');
    expect(await session.closed).toBe(255);
    expect(
      await world.on(
        'web-1',
        'for i in $(seq 20); do pgrep -u victim sshd >/dev/null || break; sleep 0.1; done; pgrep -cu victim sshd || true',
      ),
    ).toBe('0');
  });

  test('C10 the kernel ends a block by itself', async () => {
    const sources = attackers.slice(0, 5);
    const action = blockOf(FIRST, sources, { expiresAt: new Date(Date.now() + 15_000).toISOString() });
    await driver().perform(host(), action, CONTEXT);
    expect(await reaching(world, world.lab.attacker, sources)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    expect(await reaching(world, world.lab.attacker, sources)).toBe(5);
    const late = blockOf(FIRST, sources, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
    expect((await driver().perform(host(), late, CONTEXT)).counts).toMatchObject({ missing: 5 });
  });

  test('C10 after `nft flush ruleset` the state is told honestly and put back with the time that is left', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 30));
    const first = await driver().perform(host(), action, CONTEXT);
    await world.on('web-1', 'nft flush ruleset');
    expect(await driver().verify(host(), action, CONTEXT)).toMatchObject({ verified: false, counts: { missing: 30 } });
    const back = await driver().reassert(host(), action, CONTEXT);
    expect(back).toMatchObject({ verified: true, counts: { already: 30, missing: 0 } });
    expect(back.notes).toContain('30 lost elements were put back');
    await world.on('web-1', 'nft flush ruleset');
    const replay = await driver().perform(host(), action, CONTEXT);
    expect(replay).toMatchObject({ counts: first.counts, replayed: true, verified: true });
    expect(replay.notes).toContain('30 lost elements were put back');
  });

  test('C2 elements without their rules count as missing', async () => {
    const action = blockOf(FIRST, attackers.slice(0, 3), { direction: 'both' });
    await driver().perform(host(), action, CONTEXT);
    const chain = await world.on('web-1', 'nft list chains inet | sed -n "s/.*chain \\(out-[^ ]*\\) .*/\\1/p"');
    await world.on('web-1', `nft flush chain inet firebreak ${chain}`);
    expect((await driver().verify(host(), action, CONTEXT)).counts).toMatchObject({ missing: 3, already: 0 });
    expect((await driver().reassert(host(), action, CONTEXT)).verified).toBe(true);
  });

  test('C10 confirmed blocks survive a reboot, unconfirmed ones do not; a restarted nftables.service brings them back too', async () => {
    const confirmed = blockOf(FIRST, attackers.slice(0, 10));
    const unconfirmed = blockOf(SECOND, attackers.slice(10, 20));
    await driver().perform(host(), confirmed, CONTEXT);
    await driver().perform(host(), unconfirmed, withIncident(SECOND));
    await world.on('web-1', 'echo applied >/var/lib/firebreak/INC-20261120-8H4M+block-sources+web-1/state');
    await world.labHost('web-1').reboot();
    expect((await driver().verify(host(), confirmed, CONTEXT)).counts).toMatchObject({ already: 10 });
    expect((await driver().verify(host(), unconfirmed, withIncident(SECOND))).counts).toMatchObject({ missing: 10 });
    expect(await reaching(world, world.lab.attacker, attackers.slice(0, 20))).toBe(10);
    await world.on('web-1', 'systemctl restart nftables.service; sleep 2');
    expect((await driver().verify(host(), confirmed, CONTEXT)).counts).toMatchObject({ already: 10 });
    await world.on('web-1', 'systemctl reload nftables.service; sleep 2');
    expect((await driver().verify(host(), confirmed, CONTEXT)).counts).toMatchObject({ already: 10 });
    await world.on('web-1', 'systemctl stop nftables.service');
  });

  test('C10 a later act takes away what is left of acts whose time is over', async () => {
    const short = blockOf(SECOND, attackers.slice(0, 2), { expiresAt: new Date(Date.now() + 1_500).toISOString() });
    await driver().perform(host(), short, withIncident(SECOND));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await driver().perform(host(), blockOf(FIRST, attackers.slice(2, 4)), CONTEXT);
    expect(await world.on('web-1', 'nft list table inet firebreak')).not.toContain('8H4M');
  });

  test('C12 a preview counts what would happen and changes nothing', async () => {
    await driver().perform(host(), blockOf(SECOND, attackers.slice(0, 5)), withIncident(SECOND));
    const before = await world.on('web-1', 'nft -s list ruleset');
    const preview = await driver().preview(
      host(),
      blockOf(FIRST, [...attackers.slice(0, 12), world.lab.management.address]),
      CONTEXT,
    );
    expect(preview).toMatchObject({
      rung: 'nftables',
      requested: 13,
      wouldApply: 7,
      already: 5,
      refused: [{ target: world.lab.management.address }],
      overlaps: { 'INC-20261120-8H4M': 5 },
    });
    expect(await world.on('web-1', 'nft -s list ruleset')).toBe(before);
    expect(await world.on('web-1', 'ls -I "place.*" /run/firebreak')).toBe('');
  });

  test('C5 a link cut in the middle: the journal answers, the act is done once', async () => {
    let cut = true;
    const cutting: HostShell = {
      run: async (target, program, options) => {
        const result = await world.shell.run(target, program, options);
        if (!cut) return result;
        cut = false;
        throw new FirebreakError('OUTCOME_UNKNOWN');
      },
      stream: world.shell.stream.bind(world.shell),
      fingerprint: world.shell.fingerprint.bind(world.shell),
      close: () => Promise.resolve(),
    };
    const result = await driver(cutting).perform(host(), blockOf(FIRST, attackers.slice(0, 9)), CONTEXT);
    expect(result).toMatchObject({ replayed: true, verified: true, counts: { applied: 9 } });
  });

  test('C5 an sshd killed while the transaction runs leaves the host at the plan or as it was', async () => {
    const action = blockOf(FIRST, attackers, { expiresAt: inAnHour() });
    const performing = driver().perform(host(), action, CONTEXT);
    await world.on('web-1', 'for i in $(seq 40); do pkill -KILL -u firebreak sshd && break; sleep 0.02; done');
    const result = await performing;
    expect(result).toMatchObject({ verified: true, counts: { applied: 1_000 } });
    expect(await world.on('web-1', 'nft list chains inet | grep -c "chain pre-"')).toBe('1');
  });
});
