import { setTimeout as sleep } from 'node:timers/promises';
import { RESPONDER_PORT } from '../../../demo/lab/types';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { parseRange } from '../../../src/domain/addresses';
import type { IncidentId } from '../../../src/domain/ids';
import type { IsolateHost } from '../../../src/domain/plan';
import type { HostShell } from '../../../src/ports/host-shell';
import { actionId, CONTEXT, FIRST, LabWorld, SECOND } from './support/lab-world';

describe('what a claim on an isolation may say', () => {
  let world: LabWorld;
  let isolations: Isolations;
  let step = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ISOLATION_PROGRAMS);
    isolations = new Isolations(new IsolationGate(world.shell));
  });
  afterAll(() => world.down());

  const host = () => world.host('web-1');

  function isolateHost(incident: IncidentId = FIRST, overrides: Partial<IsolateHost> = {}): IsolateHost {
    step += 1;
    return world.isolateHost(actionId(incident, 'isolate-host', 'web-1', `${step}`), overrides);
  }

  async function reached(): Promise<number[]> {
    const { serviceAddress, serviceAddress6 } = world.labHost('web-1');
    const { attacker } = world.lab;
    const probes = [
      attacker.probe({ sources: attacker.addresses4(1), target: serviceAddress, targetPort: RESPONDER_PORT }),
      attacker.probe({ sources: attacker.addresses6(1), target: serviceAddress6, targetPort: RESPONDER_PORT }),
    ];
    return (await Promise.all(probes)).map((probe) => probe.reached.length);
  }

  function over(run: HostShell['run'], armedForS?: number): Isolations {
    const stream = world.shell.stream.bind(world.shell);
    const fingerprint = world.shell.fingerprint.bind(world.shell);
    return new Isolations(new IsolationGate({ run, stream, fingerprint, close: () => Promise.resolve() }, armedForS));
  }

  /** As if the orchestrator died right after arming. */
  function neverConfirming(): Isolations {
    return over(
      (at, script, options) =>
        options.fresh === true ? Promise.reject(new Error('no way')) : world.shell.run(at, script, options),
      2,
    );
  }

  /** Runs the program as whoever holds Firebreak's key may: with another word in the header than an order has. */
  function withHeader(key: string, value: string): Isolations {
    const changed = new RegExp(`^${key} .*$`, 'm');
    return over((at, script, options) =>
      world.shell.run(at, script, { ...options, input: String(options.input).replace(changed, `${key} ${value}`) }),
    );
  }

  it('C3 a claim that the kernel never took makes no later isolation fail', async () => {
    const never = withHeader('ports', '99999');
    await expect(never.reassert(host(), isolateHost(), CONTEXT)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    const action = isolateHost(SECOND);
    expect(await isolations.perform(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1 } });
    await isolations.undo(host(), action, CONTEXT);
  });

  it('C3 nothing is armed for longer than it takes to confirm', async () => {
    const far = withHeader('armed', '1000000');
    await expect(far.reassert(host(), isolateHost(), CONTEXT)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('C3 an isolation that nobody confirmed in its time has no say in a later one, and both can be undone', async () => {
    const narrow = isolateHost(FIRST, { management: ['192.0.2.0/24'] });
    await expect(neverConfirming().perform(host(), narrow, CONTEXT)).rejects.toThrow();
    await sleep(3_000);
    const later = isolateHost(SECOND);
    expect(await isolations.perform(host(), later, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1 } });
    expect(await world.on('web-1', 'nft list table inet firebreak_iso')).not.toContain('192.0.2.0');
    expect(await isolations.undo(host(), later, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1 } });
    expect(await reached()).toEqual([1, 1]);
    expect(await isolations.undo(host(), narrow, CONTEXT)).toMatchObject({ counts: { applied: 1 } });
    await expect(world.on('web-1', 'ls /var/lib/firebreak/holds')).resolves.toBe('');
  });

  it('H6 the way stays open for nobody whom root of the host has not listed', async () => {
    const stranger = isolateHost(FIRST, { management: ['0.0.0.0/0', '203.0.113.0/24'] });
    await expect(isolations.perform(host(), stranger, CONTEXT)).rejects.toThrow(/run firebreak host setup again/);
    const action = isolateHost(FIRST, { management: [...world.management, '0.0.0.0/0'] });
    const { notes, verified } = await isolations.perform(host(), action, CONTEXT);
    expect({ verified, told: notes.join().includes('host’s own list') }).toEqual({ verified: true, told: true });
    expect(await reached()).toEqual([0, 0]);
    await isolations.undo(host(), action, CONTEXT);
  });

  it.each([
    ['is missing', 'rm /etc/firebreak/management'],
    ['can be written by others', 'chmod 666 /etc/firebreak/management'],
    ['is a link', 'mv /etc/firebreak/management /root/m; ln -s /root/m /etc/firebreak/management'],
  ])('H6 a list of management that %s opens nothing', async (_what, change) => {
    await world.on('web-1', `cp /etc/firebreak/management /root/kept; ${change}`);
    await expect(isolations.perform(host(), isolateHost(), CONTEXT)).rejects.toThrow(/only root writes/);
    await world.on('web-1', 'rm -f /etc/firebreak/management; mv /root/kept /etc/firebreak/management');
    await world.on('web-1', 'chmod 644 /etc/firebreak/management');
  });

  describe('H6 root’s list of now counts for a later isolation, whatever the one that stands has kept', () => {
    const LIST = '/etc/firebreak/management';
    const OTHER = '192.0.2.0/24';
    const allowedBy = (action: IsolateHost) =>
      world.on(
        'web-1',
        `sed -n 's/^allow //p' /var/lib/firebreak/holds/isolation-host/owners/${action.id.replaceAll(':', '+')} | sort`,
      );
    const management = () => world.management.map((prefix) => parseRange(prefix)!.text).sort();
    const list = (...prefixes: string[]) => world.on('web-1', `printf '%s\\n' ${prefixes.join(' ')} >${LIST}`);
    let first: IsolateHost;

    beforeEach(async () => {
      await world.on('web-1', `cp ${LIST} /root/list`);
      first = isolateHost(FIRST, { management: [...world.management, OTHER] });
      await isolations.perform(host(), first, CONTEXT);
    });
    afterEach(async () => {
      await isolations.undo(host(), first, CONTEXT);
      await world.on('web-1', `cp /root/list ${LIST}`);
    });

    it('what root has taken out is not kept by it', async () => {
      await list(...management(), '203.0.113.0/24');
      // None of what it asks for is kept already: it keeps what both have.
      const later = isolateHost(SECOND, { management: ['203.0.113.0/24'] });
      expect(await isolations.perform(host(), later, CONTEXT)).toMatchObject({ verified: true });
      expect(await allowedBy(later)).toBe(management().join('\n'));
      await isolations.undo(host(), later, CONTEXT);
    });

    it('where root has taken out all of that, it keeps what root lists and the order asks for', async () => {
      await list('203.0.113.0/24');
      const later = isolateHost(SECOND, { management: [...world.management, '203.0.113.0/24'] });
      expect(await isolations.perform(host(), later, CONTEXT)).toMatchObject({ verified: true });
      expect(await allowedBy(later)).toBe('203.0.113.0/24');
      await isolations.undo(host(), later, CONTEXT);
    });
  });

  it('C5 an act that was cut off before it could write down what it left is undone all the same', async () => {
    const action = isolateHost();
    await isolations.perform(host(), action, CONTEXT);
    await world.on('web-1', 'cd /var/lib/firebreak/holds/isolation-host && rm left && echo applying >applying');
    expect((await isolations.undo(host(), action, CONTEXT)).counts).toMatchObject({ applied: 1, refused: 0 });
    await expect(world.on('web-1', 'nft list tables; ls /var/lib/firebreak/holds')).resolves.not.toContain('iso');
  });
});
