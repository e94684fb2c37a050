import { IsolationGate } from '../../../../src/adapters/isolation/isolation-gate';
import { isolationHeader, type IsolationOrder } from '../../../../src/adapters/isolation/isolation-order';
import { FirebreakError } from '../../../../src/domain/errors';
import { DEAD_MAN_SWITCH_S } from '../../../../src/domain/numbers';
import { actionFor, contextOf, hostOf, PREIMAGE, ScriptedShell } from './support/scripted-shell';

const ORDER: IsolationOrder = {
  action: actionFor('isolate-host'),
  planHash: 'f'.repeat(64),
  scope: 'host',
  policy: 'disarm',
  expiresAt: '2027-01-15T08:00:00.000Z',
  ports: [22, 2222],
  allow: ['198.51.100.7/24', '2001:DB8::/32'],
  cut: [],
};
const LISTED = 'allow 198.51.100.0/24,2001:db8::/32';
const ARMED = ['outcome applied', PREIMAGE];
const CONFIRMED = ['state applied', 'outcome applied', PREIMAGE];
const enforce = (shell: ScriptedShell) =>
  new IsolationGate(shell).enforce(hostOf('web-1'), ORDER, 'perform', contextOf());

describe('isolation behind the dead-man switch', () => {
  it('C3 arms for the promised time and confirms over a fresh connection only', async () => {
    const shell = new ScriptedShell({ isolate: [ARMED], 'confirm-isolation': [CONFIRMED] });
    expect(await enforce(shell)).toMatchObject({ outcome: 'applied', verified: true, replayed: false });
    expect(shell.calls.map(({ script, fresh }) => [script, fresh])).toEqual([
      ['isolate', false],
      ['confirm-isolation', true],
    ]);
    expect(shell.calls[0]?.header).toContain(`armed ${DEAD_MAN_SWITCH_S}\n`);
  });

  it.each(['OUTCOME_UNKNOWN', 'HOST_TIMEOUT'] as const)(
    'C5 after %s the journal is asked, nothing is applied blindly',
    async (code) => {
      const lost = new FirebreakError(code);
      const found = new ScriptedShell({ isolate: [lost], 'confirm-isolation': [CONFIRMED] });
      expect(await enforce(found)).toMatchObject({ outcome: 'applied', verified: true });
      expect(found.calls).toHaveLength(2);

      const none = new ScriptedShell({ isolate: [lost], 'confirm-isolation': [['state none']] });
      await expect(enforce(none)).rejects.toBe(lost);
    },
  );

  it('C3 a confirmation that cannot connect keeps its code and says that the kernel ends it', async () => {
    const cut = new FirebreakError('HOST_UNREACHABLE');
    const shell = new ScriptedShell({ isolate: [ARMED], 'confirm-isolation': [cut] });
    await expect(enforce(shell)).rejects.toMatchObject({
      code: 'HOST_UNREACHABLE',
      message: expect.stringContaining('the kernel ends it 120 s') as string,
    });
  });

  it('C2 a disarmed isolation is failed, whatever arming said', async () => {
    const shell = new ScriptedShell({ isolate: [ARMED], 'confirm-isolation': [[...CONFIRMED, 'fault disarmed']] });
    expect(await enforce(shell)).toMatchObject({ outcome: 'failed', verified: false });
  });

  it('C2 a host that was never reached is an error, not an outcome', async () => {
    const shell = new ScriptedShell({ isolate: [new FirebreakError('HOST_UNREACHABLE')] });
    await expect(enforce(shell)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(shell.calls).toHaveLength(1);
  });

  it('C12 a preview counts the sessions that would end: not management’s SSH, not what a host says to itself', async () => {
    const reply = [
      'outcome applied',
      LISTED,
      'peer 198.51.100.9',
      'counted 1',
      'session 22 192.0.2.10 198.51.100.9',
      'session 443 192.0.2.10 198.51.100.9',
      'session 22 192.0.2.10 203.0.113.5',
      'session 5432 127.0.0.1 127.0.0.1',
      'session 5432 192.0.2.10 192.0.2.10',
      'session 2222 ::ffff:192.0.2.10 ::ffff:198.51.100.3',
    ];
    const preview = (lines: readonly string[], order = ORDER) =>
      new IsolationGate(new ScriptedShell({ isolate: [lines] })).preview(hostOf('web-1'), order, contextOf());
    expect(await preview(reply)).toEqual({ sessions: 2, firebreakFrom: '198.51.100.9', keepsFirebreak: true });
    expect(await preview(['outcome applied', LISTED, 'peer 203.0.113.5', 'counted 0'])).toEqual({
      sessions: null,
      firebreakFrom: '203.0.113.5',
      keepsFirebreak: false,
    });
    // The host keeps open only what its own list has.
    expect(await preview(['outcome applied', 'allow 2001:db8::/32', ...reply.slice(2)])).toEqual({
      sessions: 4,
      firebreakFrom: '198.51.100.9',
      keepsFirebreak: false,
    });
    const segment = { ...ORDER, scope: 'forward/segment/dmz' as const, ports: [22], cut: ['203.0.113.0/24'] };
    const flows = [
      'outcome applied',
      LISTED,
      'counted 1',
      'flow 198.51.100.9 203.0.113.5 22',
      'flow 198.51.100.9 203.0.113.5 443',
      'flow 203.0.113.5 198.18.0.1 25',
      'flow 198.18.0.1 198.18.0.2 22',
    ];
    expect(await preview(flows, segment)).toEqual({ sessions: 2, firebreakFrom: null, keepsFirebreak: true });
  });

  it('C11 prefixes go out in canonical form; anything else, or nobody left to come in, is refused', () => {
    const header = isolationHeader(ORDER, 'perform', 5, new Date('2027-01-15T07:00:00Z'));
    expect(header).toContain('allow 198.51.100.0/24,2001:db8::/32\n');
    expect(header).toContain('ports 22,2222\n');
    expect(header).toContain('ttl 3600\n');
    for (const order of [
      { ...ORDER, allow: [] },
      { ...ORDER, allow: ['everybody'] },
      { ...ORDER, scope: 'forward/segment/dmz' as const },
      { ...ORDER, scope: 'forward/$(reboot)' as const, cut: ['203.0.113.0/24'] },
    ]) {
      expect(() => isolationHeader(order, 'perform', 5, new Date())).toThrow(FirebreakError);
    }
  });
});
