import { ForcedIsolationLadder } from '../../../../src/adapters/isolation/forced-isolation-ladder';
import { InterfaceShutdown } from '../../../../src/adapters/isolation/interface-shutdown';
import { IsolationGate } from '../../../../src/adapters/isolation/isolation-gate';
import { FirebreakError } from '../../../../src/domain/errors';
import { actionFor, type Answer, contextOf, hostOf, PREIMAGE, ScriptedShell } from './support/scripted-shell';

const ACTION = actionFor('forced-isolation');
const NOW = new Date('2026-11-20T03:00:00Z');
const ORDER = { management: ['198.51.100.0/24'], expiresAt: '2026-11-20T04:00:00.000Z' };
const ARMED = ['outcome applied', PREIMAGE];
const CONFIRMED = ['state applied', 'outcome applied', PREIMAGE];
const BROKEN = new FirebreakError('VERIFY_FAILED', 'nft: no such thing');
const DEAD = new FirebreakError('HOST_UNREACHABLE');

function climb(answers: Readonly<Record<string, readonly Answer[]>>, withGateway = true) {
  const shell = new ScriptedShell(answers);
  const ladder = new ForcedIsolationLadder(
    new IsolationGate(shell, 120, () => NOW),
    new InterfaceShutdown(shell, () => NOW),
  );
  const gateway = withGateway ? hostOf('gw-1') : undefined;
  return {
    shell,
    ladder,
    gateway,
    force: () => ladder.force(hostOf('web-1'), gateway, ACTION, ORDER, contextOf()),
  };
}

describe('C6 the ladder of forced isolation', () => {
  it('stops at the first rung that is verified', async () => {
    const { shell, force } = climb({ isolate: [ARMED], 'confirm-isolation': [CONFIRMED] });
    expect(await force()).toMatchObject({ rung: 'nftables', verified: true, counts: { applied: 1 } });
    expect(shell.calls.map(({ host }) => host)).toEqual(['web-1', 'web-1']);
    expect(shell.calls[0]?.header).toContain('mode force\n');
    expect(shell.calls[0]?.header).toContain('ttl 3600\n');
  });

  it.each([
    ['fails', [BROKEN], { fact: 'rung-failed', fault: { code: 'VERIFY_FAILED', detail: 'nft: no such thing' } }],
    ['cannot be reached', [DEAD], { fact: 'rung-failed', fault: { code: 'HOST_UNREACHABLE' } }],
    [
      'says it failed',
      [['outcome failed', 'fault rules']],
      { fact: 'rung-not-holding', outcome: 'failed', why: [{ fact: 'isolation-because', why: 'rules' }] },
    ],
  ] as const)('a host table that %s leads to the gateway, for all of the host’s addresses', async (_, answer, why) => {
    const { shell, force } = climb({
      'web-1/isolate': answer,
      'gw-1/isolate': [ARMED],
      'gw-1/confirm-isolation': [CONFIRMED],
    });
    const result = await force();
    expect(result).toMatchObject({ rung: 'gateway', verified: true, kind: 'forced-isolation', host: 'web-1' });
    expect(result.remarks).toEqual([{ rung: 'nftables', ...why }]);
    expect(result.notes.join()).toContain('nftables');
    const upstream = shell.calls.find(({ host }) => host === 'gw-1');
    expect(upstream?.header).toContain('scope forward/host/web-1\n');
    expect(upstream?.header).toContain('cut 192.0.2.10,203.0.113.10,2001:db8::10\n');
  });

  it('a host that the inventory gives by name is cut off by its other addresses; without any, the rung is passed', async () => {
    const answers = { 'web-1/isolate': [DEAD], 'gw-1/isolate': [ARMED], 'gw-1/confirm-isolation': [CONFIRMED] };
    const named = climb(answers);
    const address = 'web-1.example.net';
    const result = await named.ladder.force(hostOf('web-1', { address }), named.gateway, ACTION, ORDER, contextOf());
    expect(result).toMatchObject({ rung: 'gateway', verified: true });
    const upstream = named.shell.calls.find(({ host }) => host === 'gw-1');
    expect(upstream?.header).toContain('cut 203.0.113.10,2001:db8::10\n');

    const down = climb({ ...answers, 'web-1/interfaces-down': [['outcome applied', 'interface eth0', PREIMAGE]] });
    const bare = hostOf('web-1', { address, serviceAddresses: [] });
    const last = await down.ladder.force(bare, down.gateway, ACTION, ORDER, contextOf());
    expect(last).toMatchObject({ rung: 'interface', counts: { applied: 1 } });
    expect(last.notes.join()).toContain('serviceAddresses');
    expect(down.shell.calls.map(({ host }) => host)).not.toContain('gw-1');
  });

  it('an isolation that was armed and is not confirmed does not count as a rung that holds', async () => {
    const { force } = climb({
      'web-1/isolate': [ARMED],
      'web-1/confirm-isolation': [DEAD],
      'gw-1/isolate': [ARMED],
      'gw-1/confirm-isolation': [CONFIRMED],
    });
    expect(await force()).toMatchObject({ rung: 'gateway' });
  });

  it('without gateway, interfaces go down; when that fails too, the counts say failed and name every rung', async () => {
    const down = climb(
      { isolate: [BROKEN], 'interfaces-down': [['outcome applied', 'interface eth0', PREIMAGE]] },
      false,
    );
    expect(await down.force()).toMatchObject({ rung: 'interface', counts: { applied: 1 } });

    const none = climb({ isolate: [BROKEN], 'interfaces-down': [['outcome failed', 'reason only-management']] }, false);
    const result = await none.force();
    expect(result).toMatchObject({ rung: 'none', verified: false, counts: { failed: 1, applied: 0 } });
    expect(result.exceptions[0]?.detail).toMatch(/nftables.*interface.*no gateway/);
  });

  it('a cancelled response stops climbing', async () => {
    const cancel = new AbortController();
    const shell = new ScriptedShell({ isolate: [DEAD] });
    const ladder = new ForcedIsolationLadder(new IsolationGate(shell), new InterfaceShutdown(shell));
    cancel.abort();
    await expect(
      ladder.force(hostOf('web-1'), hostOf('gw-1'), ACTION, ORDER, contextOf(cancel.signal)),
    ).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(shell.calls).toHaveLength(1);
  });

  it('lifts from the last rung to the first; what cannot be asked is unknown, never lifted', async () => {
    const never = ['outcome missing', 'reason never-applied'];
    const { shell, ladder, gateway } = climb({
      'interfaces-up': [never],
      'gw-1/lift-isolation': [['outcome applied']],
      'web-1/lift-isolation': [never],
    });
    const lifted = await ladder.lift(hostOf('web-1'), gateway, ACTION, 'gateway', contextOf());
    expect(lifted).toMatchObject({ rung: 'gateway', counts: { applied: 1 }, verified: true });
    expect(shell.calls.map(({ host, script }) => `${host}/${script}`)).toEqual([
      'web-1/interfaces-up',
      'gw-1/lift-isolation',
      'web-1/lift-isolation',
    ]);

    const dead = climb({
      'interfaces-up': [DEAD],
      'gw-1/lift-isolation': [['outcome applied']],
      'web-1/lift-isolation': [DEAD],
    });
    expect(await dead.ladder.lift(hostOf('web-1'), dead.gateway, ACTION, undefined, contextOf())).toMatchObject({
      counts: { unknown: 1 },
      verified: false,
    });
  });

  const DEAD_HOST = {
    'interfaces-up': [DEAD],
    'web-1/lift-isolation': [DEAD],
    'gw-1/lift-isolation': [['outcome applied']],
  };

  it('H6 a gateway that never held and wants an order keeps nobody from lifting what is over; the rung that held must not refuse', async () => {
    const refused = new FirebreakError('HOST_ORDER_REFUSED');
    const over = {
      'interfaces-up': [['outcome missing', 'reason never-applied']],
      'web-1/lift-isolation': [['outcome applied']],
      'gw-1/lift-isolation': [refused],
    } as const;
    const { ladder, gateway } = climb(over);
    const lifted = await ladder.lift(hostOf('web-1'), gateway, ACTION, 'nftables', contextOf());
    expect(lifted).toMatchObject({ rung: 'nftables', counts: { applied: 1, unknown: 0 } });
    const held = climb(over);
    await expect(held.ladder.lift(hostOf('web-1'), held.gateway, ACTION, 'gateway', contextOf())).rejects.toMatchObject(
      { code: 'HOST_ORDER_REFUSED' },
    );
  });

  it.each([
    ['gateway', 'disarm', { applied: 1, unknown: 0 }],
    ['gateway', 'keep', { applied: 0, unknown: 1 }],
    ['nftables', 'disarm', { applied: 0, unknown: 1 }],
    ['interface', 'disarm', { applied: 0, unknown: 1 }],
    ['bridge', 'disarm', { applied: 0, unknown: 1 }],
  ] as const)(
    'B14 a host that does not answer, held by %s, policy %s: only a rung that held is missed',
    async (held, policy, counts) => {
      const { ladder, gateway } = climb(DEAD_HOST);
      const host = hostOf('web-1', { onUnconfirmed: policy });
      expect(await ladder.lift(host, gateway, ACTION, held, contextOf())).toMatchObject({ counts });
    },
  );

  it('B14 a rung beside the one that held is not let off when its machine answers', async () => {
    const { ladder, gateway } = climb({
      ...DEAD_HOST,
      'interfaces-up': [BROKEN],
      'web-1/lift-isolation': [['outcome missing']],
    });
    expect(await ladder.lift(hostOf('web-1'), gateway, ACTION, 'gateway', contextOf())).toMatchObject({
      counts: { unknown: 1 },
    });
  });

  it('C5 a rung that somebody changed is refused, whatever the others say', async () => {
    const { ladder, gateway } = climb({
      'interfaces-up': [['outcome missing', 'reason never-applied']],
      'gw-1/lift-isolation': [['outcome refused', 'reason drift', 'drift rules']],
      'web-1/lift-isolation': [['outcome missing', 'reason never-applied']],
    });
    expect(await ladder.lift(hostOf('web-1'), gateway, ACTION, 'gateway', contextOf())).toMatchObject({
      counts: { refused: 1 },
      verified: false,
    });
  });

  it('B14 looks at the rung that holds, on its machine, and puts it back there', async () => {
    const { shell, ladder, gateway } = climb({
      'gw-1/check-isolation': [['state confirmed', 'fault table'], ['state confirmed']],
      'gw-1/isolate': [ARMED],
      'gw-1/confirm-isolation': [CONFIRMED],
    });
    const look = () => ladder.verify(hostOf('web-1'), gateway, ACTION, 'gateway', contextOf());
    expect(await look()).toMatchObject({ counts: { missing: 1 }, verified: false, kind: 'forced-isolation' });
    const again = await ladder.reassert(hostOf('web-1'), gateway, ACTION, 'gateway', ORDER.expiresAt, contextOf());
    expect(again).toMatchObject({ counts: { applied: 1 }, verified: true, rung: 'gateway' });
    expect(await look()).toMatchObject({ counts: { already: 1 }, verified: true });
    const isolate = shell.calls.find(({ script }) => script === 'isolate');
    expect(isolate?.header).toContain('mode reassert\n');
    expect(isolate?.header).toContain('scope forward/host/web-1\n');
    expect(new Set(shell.calls.map(({ host }) => host))).toEqual(new Set(['gw-1']));
  });

  it('B14 interfaces that are down cannot be read back, which is said', async () => {
    const { shell, ladder, gateway } = climb({});
    const seen = await ladder.verify(hostOf('web-1'), gateway, ACTION, 'interface', contextOf());
    expect(seen).toMatchObject({ counts: { unknown: 1 }, verified: false });
    expect(seen.exceptions[0]?.detail).toContain('interface');
    expect(shell.calls).toEqual([]);
  });
});
