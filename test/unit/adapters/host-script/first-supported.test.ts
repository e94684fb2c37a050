import { firstSupported } from '../../../../src/adapters/host-script/first-supported';
import { FirebreakError, type ErrorCode } from '../../../../src/domain/errors';
import type { Host } from '../../../../src/domain/host';
import type { ActionResult, PlannedAction } from '../../../../src/domain/plan';
import type { ActContext, ContainmentDriver } from '../../../../src/ports/containment';

const driver = (rung: string, fails?: ErrorCode): ContainmentDriver => {
  const act = () =>
    fails ? Promise.reject(new FirebreakError(fails, rung)) : Promise.resolve({ rung } as ActionResult);
  return { kinds: ['block-sources'], perform: act, verify: act, reassert: act, undo: act };
};
const call = (rungs: ContainmentDriver[], act: 'perform' | 'verify' | 'reassert' | 'undo' = 'perform') =>
  firstSupported(rungs)[act]({} as Host, {} as PlannedAction, {} as ActContext);

describe('ladder of packet filters', () => {
  test('C1 the first rung that the host supports does the act', async () => {
    const rungs = [driver('nftables', 'UNSUPPORTED_HOST'), driver('ipset'), driver('iptables')];
    for (const act of ['perform', 'verify', 'reassert', 'undo'] as const) {
      await expect(call(rungs, act)).resolves.toMatchObject({ rung: 'ipset' });
    }
  });

  test('C1 any other failure is the act’s own and leads to no other rung', async () => {
    const rungs = [driver('nftables', 'OUTCOME_UNKNOWN'), driver('ipset')];
    await expect(call(rungs)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  test('C1 no rung is UNSUPPORTED_HOST', async () => {
    const rungs = [driver('nftables', 'UNSUPPORTED_HOST'), driver('iptables', 'UNSUPPORTED_HOST')];
    await expect(call(rungs)).rejects.toMatchObject({ code: 'UNSUPPORTED_HOST' });
    await expect(call([])).rejects.toMatchObject({ code: 'UNSUPPORTED_HOST' });
    expect(firstSupported(rungs).kinds).toEqual(['block-sources']);
  });
});
