import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { EmergencyAccounts } from '../../../src/adapters/accounts/emergency-accounts';
import { NodeSshHostShell } from '../../../src/adapters/ssh/node-ssh-host-shell';
import type { Order, SignedOrder } from '../../../src/domain/order';
import type { EmergencyAccess } from '../../../src/domain/plan';
import type { ActContext } from '../../../src/ports/containment';
import { actionId, CONTEXT, emergencyAccess, FIRST, inAnHour, LabWorld, SECOND } from '../isolation/support/lab-world';
import { isolateOrder, signOrder } from '../isolation/support/operated-shell';

const END = inAnHour();
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const LIST = '/etc/firebreak/signers';

describe('H6 a host makes an account for people by a person’s signed order only', () => {
  let world: LabWorld;
  let shell: NodeSshHostShell;
  let access: EmergencyAccounts;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ACCOUNT_PROGRAMS);
    shell = new NodeSshHostShell();
    access = new EmergencyAccounts(shell);
  }, 600_000);
  afterAll(async () => {
    await shell?.close();
    await world?.down();
  });

  const host = () => world.host('web-1');
  const by = (order: SignedOrder): ActContext => ({ ...CONTEXT, order });
  const state = () => world.on('web-1', 'cat /etc/passwd; ls /home /etc/sudoers.d; ls /var/lib/firebreak');
  const grant = (overrides: Partial<EmergencyAccess> = {}) =>
    emergencyAccess(world, FIRST, { expiresAt: END, ...overrides });

  const ORDERS: readonly (readonly [string, () => Order])[] = [
    ['of another incident', () => isolateOrder(SECOND, ['web-1'])],
    ['for another host', () => isolateOrder(FIRST, ['db-1', 'web-10', 'web-1x'])],
    ['of a detector', () => isolateOrder(FIRST, ['web-1'], { trigger: 'detector' })],
    ['only to block', () => isolateOrder(FIRST, ['web-1'], { mode: 'block' })],
    ['for a drill', () => isolateOrder(FIRST, ['web-1'], { drill: true })],
    ['of two hours ago', () => isolateOrder(FIRST, ['web-1'], { declaredAt: hoursAgo(2) })],
    ['of the future', () => isolateOrder(FIRST, ['web-1'], { declaredAt: hoursAgo(-1) })],
    ['to release', () => ({ action: 'release', incident: FIRST, reason: '"action":"respond"' })],
  ];

  it.each(ORDERS)('an order %s makes none', async (_what, order) => {
    const before = await state();
    const signed = await signOrder(order(), world.operatorKey);
    await expect(access.perform(host(), grant(), by(signed))).rejects.toMatchObject({ code: 'HOST_ORDER_REFUSED' });
    expect(await state()).toBe(before);
  });

  it('nor does none, a changed one, one that a stranger or a detector has signed, or one for another name of the act', async () => {
    const before = await state();
    const refused = { code: 'HOST_ORDER_REFUSED' };
    const order = isolateOrder(FIRST, ['web-1']);
    const right = await signOrder(order, world.operatorKey);
    await expect(access.perform(host(), grant(), CONTEXT)).rejects.toMatchObject(refused);
    const other = await signOrder(isolateOrder(FIRST, ['db-11']), world.operatorKey);
    const changed = { ...other, signedText: other.signedText.replace('db-11', 'web-1') };
    await expect(access.perform(host(), grant(), by(changed))).rejects.toMatchObject(refused);
    for (const operator of ['oncall', 'detector']) {
      const strange = await signOrder(order, world.personKey, { operator });
      await expect(access.perform(host(), grant(), by(strange))).rejects.toMatchObject(refused);
    }
    const named = grant({ id: actionId(FIRST, 'emergency-access', 'web-1', 'again') });
    await expect(access.perform(host(), named, by(right))).rejects.toMatchObject(refused);
    const forLong = grant({ expiresAt: hoursAgo(-24 * 30) });
    await expect(access.perform(host(), forLong, by(right))).rejects.toMatchObject(refused);
    expect(await state()).toBe(before);
  });

  it('without a list of signers it makes none, and names the command that mends it', async () => {
    await world.on('web-1', `mv ${LIST} /root/signers`);
    const before = await state();
    const right = await signOrder(isolateOrder(FIRST, ['web-1']), world.operatorKey);
    await expect(access.perform(host(), grant(), by(right))).rejects.toMatchObject({
      code: 'HOST_ORDER_UNCHECKED',
      message: expect.stringContaining('firebreak host setup') as string,
    });
    expect(await state()).toBe(before);
    await world.on('web-1', `mv /root/signers ${LIST}`);
  });

  it('the right order makes it once: removed without an order, it does not come back by the same one', async () => {
    const order = isolateOrder(FIRST, ['db-1', 'web-1'], {
      incidents: [
        { incident: SECOND, type: 'malware' },
        { incident: FIRST, type: 'intrusion' },
      ],
    });
    const signed = by(await signOrder(order, world.operatorKey));
    expect(await access.perform(host(), grant(), signed)).toMatchObject({ verified: true, counts: { applied: 1 } });
    expect(world.login('web-1', 'fb-rescue', 'sudo -n id')).toBe(0);
    expect(await access.undo(host(), grant(), CONTEXT)).toMatchObject({ verified: true });
    expect(await access.perform(host(), grant(), signed)).toMatchObject({ counts: { refused: 1, applied: 0 } });
    expect(await access.reassert(host(), grant(), signed)).toMatchObject({ counts: { refused: 1, applied: 0 } });
    expect(world.login('web-1', 'fb-rescue')).toBe(255);
  });
});
