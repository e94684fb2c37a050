import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONDER_PORT } from '../../../demo/lab/types';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS, ISOLATION_RESTORER } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { CHECK_ISOLATION } from '../../../src/adapters/isolation/isolation-programs';
import type { IncidentId } from '../../../src/domain/ids';
import type { IsolateHost, IsolateSegment } from '../../../src/domain/plan';
import type { HostShell } from '../../../src/ports/host-shell';
import { offloadedFlow, withFlowTable } from './support/flow-table';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld, SECOND } from './support/lab-world';

const DNS_PORT = 53;

describe('isolation on real hosts', () => {
  let world: LabWorld;
  let isolations: Isolations;
  let step = 0;

  beforeAll(async () => {
    world = await LabWorld.up(
      [
        { name: 'gw-1', role: 'gateway' },
        { name: 'web-1', role: 'host' },
      ],
      ISOLATION_PROGRAMS,
      [ISOLATION_RESTORER],
    );
    isolations = new Isolations(new IsolationGate(world.shell));
  });
  afterAll(() => world.down());

  function isolateHost(incident: IncidentId = FIRST, overrides: Partial<IsolateHost> = {}): IsolateHost {
    step += 1;
    return world.isolateHost(actionId(incident, 'isolate-host', 'web-1', `${step}`), overrides);
  }

  function isolateSegment(incident: IncidentId = FIRST): IsolateSegment {
    step += 1;
    const { prefix4, prefix6 } = world.lab.segment;
    return {
      id: actionId(incident, 'isolate-segment', 'gw-1', `${step}`),
      kind: 'isolate-segment',
      host: 'gw-1',
      segment: 'dmz',
      prefixes: [prefix4, prefix6],
      approval: 'none',
      expiresAt: inAnHour(),
      management: world.management,
      onUnconfirmed: 'disarm',
    };
  }

  /** Who reaches the host's service: attackers and bystanders, both families. */
  async function reachedBy(count = 3): Promise<number[]> {
    const { serviceAddress, serviceAddress6 } = world.labHost('web-1');
    const probes = (['attacker', 'bystander'] as const).flatMap((side) => [
      world.lab[side].probe({
        sources: world.lab[side].addresses4(count),
        target: serviceAddress,
        targetPort: RESPONDER_PORT,
      }),
      world.lab[side].probe({
        sources: world.lab[side].addresses6(count),
        target: serviceAddress6,
        targetPort: RESPONDER_PORT,
      }),
    ]);
    return (await Promise.all(probes)).map(({ reached }) => reached.length);
  }

  async function managementReaches(port: number): Promise<boolean> {
    const socket = connect({ host: world.labHost('web-1').address, port, timeout: 1_500 });
    try {
      return await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'timeout').then(() => false),
      ]).catch(() => false);
    } finally {
      socket.destroy();
    }
  }

  /** What an intruder on the host gets out: TCP to any port, and a datagram to the DNS port. */
  async function leavesHost(): Promise<{ tcp: boolean; dns: boolean }> {
    const { address } = world.lab.management;
    const server = createServer((socket) => socket.destroy()).listen(0, address);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const udp = createSocket('udp4');
    let dns = false;
    udp.on('message', () => (dns = true));
    udp.bind(DNS_PORT, address);
    await once(udp, 'listening');
    try {
      const knock = `echo x >/dev/udp/${address}/${DNS_PORT}; timeout 2 bash -c '</dev/tcp/${address}/${port}'`;
      const { code } = await world.labHost('web-1').exec(`bash -c "${knock}"`);
      await sleep(200);
      return { tcp: code === 0, dns };
    } finally {
      server.close();
      udp.close();
    }
  }

  /** As if the orchestrator died, or lost its way, right after arming. */
  function neverConfirming(armedForS: number): Isolations {
    const shell: HostShell = {
      run: (host, script, options) =>
        options.fresh === true ? Promise.reject(new Error('no way')) : world.shell.run(host, script, options),
      stream: world.shell.stream.bind(world.shell),
      fingerprint: world.shell.fingerprint.bind(world.shell),
      close: () => Promise.resolve(),
    };
    return new Isolations(new IsolationGate(shell, armedForS));
  }

  const EVERYBODY = [3, 3, 3, 3];
  const NOBODY = [0, 0, 0, 0];

  it('C3 the matrix: all reach the host before, only management SSH during, all after', async () => {
    const action = isolateHost();
    expect(await reachedBy()).toEqual(EVERYBODY);
    expect(await managementReaches(RESPONDER_PORT)).toBe(true);

    const result = await isolations.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({
      counts: { applied: 1, failed: 0 },
      verified: true,
      rung: 'nftables',
      replayed: false,
    });
    expect(await reachedBy()).toEqual(NOBODY);
    expect(await managementReaches(22)).toBe(true);
    expect(await managementReaches(RESPONDER_PORT)).toBe(false);
    expect(await leavesHost()).toEqual({ tcp: false, dns: false });
    await world.on(
      'web-1',
      `timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/${RESPONDER_PORT}; echo >&3; head -c 1 <&3 | grep -q .'`,
    );

    const lifted = await isolations.undo(world.host('web-1'), action, CONTEXT);
    expect(lifted).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(await reachedBy()).toEqual(EVERYBODY);
    expect(await leavesHost()).toEqual({ tcp: true, dns: true });
    await expect(world.on('web-1', 'nft list ruleset | grep -c firebreak_iso || true')).resolves.toBe('0');
  });

  it('C12 a preview checks the rules, counts whom it would cut off, sees a lock-out, and leaves nothing behind', async () => {
    const traces = () =>
      world.on(
        'web-1',
        'nft -s list ruleset; find /var/lib/firebreak /run/firebreak -newer /proc/1 2>/dev/null | sort',
      );
    const source = world.lab.attacker.addresses4(1)[0]!;
    await world.on(
      'web-1',
      `useradd -m guest; install -d -o guest -m 700 ~guest/.ssh; echo '${world.personPublicKey}' >~guest/.ssh/authorized_keys; chown guest ~guest/.ssh/authorized_keys`,
    );
    // The first look also opens Firebreak's own connection, which management keeps.
    const none = await isolations.preview(world.host('web-1'), isolateHost(), CONTEXT);
    const before = await traces();
    expect(none).toEqual({ sessions: 0, firebreakFrom: world.lab.management.address, keepsFirebreak: true });
    const session = world.lab.attacker.ssh({
      source,
      host: world.labHost('web-1'),
      user: 'guest',
      identityFile: world.personKey,
      command: 'sleep 600',
    });
    expect(await session.established).toBe(true);
    const one = await isolations.preview(world.host('web-1'), isolateHost(), CONTEXT);
    expect(one).toMatchObject({ sessions: 1, keepsFirebreak: true });
    const locked = isolateHost(FIRST, { management: ['192.0.2.0/24'] });
    expect(await isolations.preview(world.host('web-1'), locked, CONTEXT)).toMatchObject({ keepsFirebreak: false });
    expect(await traces()).toBe(before);
    expect(await managementReaches(RESPONDER_PORT)).toBe(true);
    await world.on('web-1', 'pkill -u guest; userdel -f guest 2>/dev/null; true');
    await session.closed;
  });

  it('C12 a preview of a segment checks the rules at its gateway and leaves nothing behind', async () => {
    const traces = () =>
      world.on(
        'gw-1',
        'nft -s list ruleset; ls /var/lib/firebreak /var/lib/firebreak/holds 2>/dev/null; ls /run/firebreak',
      );
    const segment = isolateSegment();
    const seen = await isolations.preview(world.host('gw-1'), segment, CONTEXT);
    expect(seen).toMatchObject({ firebreakFrom: world.lab.management.address, keepsFirebreak: true });
    const before = await traces();
    await isolations.preview(world.host('gw-1'), segment, CONTEXT);
    expect(await traces()).toBe(before);
  });

  it('C12 rules that nft does not accept are an error, not a preview', async () => {
    const impossible = { ...isolateSegment(), prefixes: ['198.51.100.0/24'] };
    await world.on(
      'gw-1',
      'mv /usr/sbin/nft /usr/sbin/nft.real; printf "#!/bin/sh\nexit 1\n" >/usr/sbin/nft; chmod 755 /usr/sbin/nft',
    );
    try {
      await expect(isolations.preview(world.host('gw-1'), impossible, CONTEXT)).rejects.toMatchObject({
        message: expect.stringContaining('nft does not accept') as string,
      });
    } finally {
      await world.on('gw-1', 'mv /usr/sbin/nft.real /usr/sbin/nft');
    }
  });

  it('C3 a lock-out disarms itself: the kernel opens the host again and the result says so', async () => {
    const armedForS = 6;
    const locked = new Isolations(new IsolationGate(world.shell, armedForS));
    const action = isolateHost(FIRST, { management: ['192.0.2.0/24'] });

    const started = Date.now();
    const acting = locked.perform(world.host('web-1'), action, CONTEXT);
    await sleep(2_000);
    expect(await managementReaches(22)).toBe(false);
    expect(await reachedBy(1)).toEqual(NOBODY);

    const result = await acting;
    expect(Date.now() - started).toBeGreaterThan(armedForS * 1_000 - 500);
    expect(result).toMatchObject({ counts: { failed: 1 }, verified: false });
    expect(result.exceptions[0]?.detail).toContain('disarmed');
    expect(await reachedBy(1)).toEqual([1, 1, 1, 1]);
    await locked.undo(world.host('web-1'), action, CONTEXT);
  });

  it('C3 an isolation that nobody confirms ends by its timer; with `keep` it stays', async () => {
    const unconfirmed = neverConfirming(3);
    const routine = isolateHost();
    await expect(unconfirmed.perform(world.host('web-1'), routine, CONTEXT)).rejects.toThrow(/armed but not confirmed/);
    expect(await reachedBy(1)).toEqual(NOBODY);
    await sleep(3_500);
    expect(await reachedBy(1)).toEqual([1, 1, 1, 1]);
    await isolations.undo(world.host('web-1'), routine, CONTEXT);

    const kept = isolateHost(FIRST, { onUnconfirmed: 'keep' });
    await expect(unconfirmed.perform(world.host('web-1'), kept, CONTEXT)).rejects.toThrow(/kept by policy/);
    await sleep(3_500);
    expect(await reachedBy(1)).toEqual(NOBODY);
    await isolations.undo(world.host('web-1'), kept, CONTEXT);
  });

  it('C5 the next attempt confirms what a crash left armed', async () => {
    const action = isolateHost();
    await expect(neverConfirming(6).perform(world.host('web-1'), action, CONTEXT)).rejects.toThrow();
    const result = await isolations.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 2 });
    expect(result).toMatchObject({ counts: { applied: 1 }, replayed: true, verified: true });
    await sleep(6_500);
    expect(await reachedBy(1)).toEqual(NOBODY);
    await isolations.undo(world.host('web-1'), action, CONTEXT);
  });

  it('C5 a replay of an action id returns its stored result; after the undo it is refused', async () => {
    const action = isolateHost();
    const first = await isolations.perform(world.host('web-1'), action, CONTEXT);
    const second = await isolations.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 2 });
    expect(second).toMatchObject({ counts: first.counts, preImage: first.preImage, replayed: true, verified: true });
    await isolations.undo(world.host('web-1'), action, CONTEXT);

    const late = await isolations.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 3 });
    expect(late).toMatchObject({ counts: { refused: 1 }, verified: false });
    expect(await reachedBy(1)).toEqual([1, 1, 1, 1]);
  });

  it('C4 two incidents isolate one host: lifting the first leaves the second’s isolation', async () => {
    const mine = isolateHost(FIRST);
    const theirs = isolateHost(SECOND);
    await isolations.perform(world.host('web-1'), mine, CONTEXT);
    const second = await isolations.perform(world.host('web-1'), theirs, CONTEXT);
    expect(second.counts.already).toBe(1);
    const owners = await world.on('web-1', 'nft list set inet firebreak_iso owners');
    expect(owners).toContain(mine.id);
    expect(owners).toContain(theirs.id);

    const lifted = await isolations.undo(world.host('web-1'), mine, CONTEXT);
    expect(lifted.notes.join()).toContain(theirs.id);
    expect(await reachedBy(1)).toEqual(NOBODY);
    expect(await world.on('web-1', 'nft list set inet firebreak_iso owners')).not.toContain(mine.id);
    await isolations.undo(world.host('web-1'), theirs, CONTEXT);
    expect(await reachedBy(1)).toEqual([1, 1, 1, 1]);
  });

  it('C5 rules that somebody changed are drift: seen by verify, not removed by undo', async () => {
    const action = isolateHost();
    await isolations.perform(world.host('web-1'), action, CONTEXT);
    await world.on('web-1', 'nft insert rule inet firebreak_iso pre accept');
    const seen = await isolations.verify(world.host('web-1'), action, CONTEXT);
    expect(seen.counts.missing).toBe(1);

    const refused = await isolations.undo(world.host('web-1'), action, CONTEXT);
    expect(refused.counts.refused).toBe(1);
    expect(refused.notes.join()).toContain('somebody changed the rules');
    await world.on('web-1', 'nft list table inet firebreak_iso');

    const again = await isolations.reassert(world.host('web-1'), action, CONTEXT);
    expect(again).toMatchObject({ counts: { failed: 0 }, verified: true });
    expect((await isolations.undo(world.host('web-1'), action, CONTEXT)).counts.applied).toBe(1);
  });

  it('C10 a confirmed isolation comes back after a reboot, and by reassert after nft flush ruleset', async () => {
    const action = isolateHost();
    await isolations.perform(world.host('web-1'), action, CONTEXT);
    await world.labHost('web-1').reboot();
    expect(await reachedBy(1)).toEqual(NOBODY);

    await world.on('web-1', 'nft flush ruleset');
    expect((await isolations.verify(world.host('web-1'), action, CONTEXT)).counts.missing).toBe(1);
    await isolations.reassert(world.host('web-1'), action, CONTEXT);
    expect((await isolations.verify(world.host('web-1'), action, CONTEXT)).counts.already).toBe(1);
    expect(await reachedBy(1)).toEqual(NOBODY);
    await isolations.undo(world.host('web-1'), action, CONTEXT);
  });

  it('C8 a segment is cut off at its gateway; management and the gateway itself stay', async () => {
    const action = isolateSegment();
    const result = await isolations.perform(world.host('gw-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'gateway' });
    expect(await reachedBy()).toEqual(NOBODY);
    expect(await managementReaches(22)).toBe(true);
    const gateway = await world.lab.attacker.probe({
      sources: world.lab.attacker.addresses4(1),
      target: world.labHost('gw-1').serviceAddress,
      targetPort: RESPONDER_PORT,
    });
    expect(gateway.reached).toHaveLength(1);

    await isolations.undo(world.host('gw-1'), action, CONTEXT);
    expect(await reachedBy()).toEqual(EVERYBODY);
  });

  describe('C8 flows that a flow table carries past the rules (a stand-in: see withFlowTable)', () => {
    const outside = () => world.lab.attacker.addresses4(1)[0]!;
    const inside = () => world.labHost('web-1').serviceAddress;
    const flow = () => offloadedFlow(inside(), outside(), 443);

    it('are ended, and those of management are left alone', async () => {
      const management = offloadedFlow(world.lab.management.address, inside(), 22);
      await withFlowTable(world, 'gw-1', [flow(), management], 'obedient', async (asked) => {
        const action = isolateSegment();
        expect(await isolations.perform(world.host('gw-1'), action, CONTEXT)).toMatchObject({ verified: true });
        expect(await asked()).toBe(`-D -f ipv4 -s ${inside()}`);
        await isolations.undo(world.host('gw-1'), action, CONTEXT);
      });
    });

    it('make the isolation a failed one when they cannot be ended', async () => {
      await withFlowTable(world, 'gw-1', [flow()], 'stubborn', async () => {
        const action = isolateSegment();
        const result = await isolations.perform(world.host('gw-1'), action, CONTEXT);
        expect(result).toMatchObject({ counts: { failed: 1, applied: 0 }, verified: false });
        expect(result.exceptions[0]?.detail).toContain('flow table');
        await isolations.undo(world.host('gw-1'), action, CONTEXT);
      });
    });

    it('of containers on an isolated host are ended as well', async () => {
      const container = offloadedFlow('192.0.2.2', outside(), 443);
      await withFlowTable(world, 'web-1', [container], 'obedient', async (asked) => {
        const action = isolateHost();
        expect(await isolations.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({ verified: true });
        expect(await asked()).toContain('-D -f ipv4 -s 192.0.2.2');
        await isolations.undo(world.host('web-1'), action, CONTEXT);
      });
    });
  });

  it('C1 a host without nft is unsupported, not half isolated', async () => {
    await world.on('web-1', 'mv /usr/sbin/nft /usr/sbin/nft.away');
    try {
      await expect(isolations.perform(world.host('web-1'), isolateHost(), CONTEXT)).rejects.toMatchObject({
        code: 'UNSUPPORTED_HOST',
      });
    } finally {
      await world.on('web-1', 'mv /usr/sbin/nft.away /usr/sbin/nft');
    }
  });

  it('C11 words that are no data are refused on the host as well', async () => {
    const { code } = await world.shell.run(world.host('web-1'), CHECK_ISOLATION, {
      input: 'action INC-20261120-7F3K:x\nscope host;reboot\n\n',
      timeoutMs: 10_000,
    });
    expect(code).toBe(64);
  });
});
