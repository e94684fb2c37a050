import { AccountDisabling } from '../../../../src/adapters/accounts/account-disabling';
import type { DisableAccount } from '../../../../src/domain/plan';
import {
  actionFor,
  type Answer,
  contextOf,
  EXPIRES,
  hostOf,
  PREIMAGE,
  ScriptedShell,
} from '../isolation/support/scripted-shell';

const ACTION: DisableAccount = {
  id: actionFor('disable-account'),
  kind: 'disable-account',
  host: 'web-1',
  account: 'mallory',
  approval: 'none',
  expiresAt: EXPIRES,
};

async function perform(answers: Readonly<Record<string, readonly Answer[]>>, account = 'mallory') {
  const shell = new ScriptedShell(answers);
  const result = await new AccountDisabling(shell).perform(hostOf('web-1'), { ...ACTION, account }, contextOf());
  return { shell, result };
}

describe('C7 disabling an account', () => {
  it('is applied only when a second look finds nothing that still works', async () => {
    const { shell, result } = await perform({
      'disable-account': [['outcome applied', 'ended 3', PREIMAGE]],
      'check-account': [['kind local']],
    });
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, preImage: { sha256: 'a'.repeat(64) } });
    expect(result.notes).toEqual(['3 processes of the account were ended']);
    expect(shell.calls.map(({ header }) => /confirm 1/.test(header))).toEqual([false, true]);
    expect(shell.calls[0]?.header).toContain('own firebreak\n');
  });

  it('C2 what the second look finds makes it failed, with every hole named', async () => {
    const { result } = await perform({
      'disable-account': [['outcome applied', PREIMAGE]],
      'check-account': [['kind local', 'fault processes', 'fault keys']],
    });
    expect(result).toMatchObject({ counts: { applied: 0, failed: 1 }, verified: false });
    expect(result.exceptions[0]?.detail).toBe(
      'processes of the account are alive; key files or a crontab are in place',
    );
    expect(result.exceptions[0]?.why).toEqual(['processes-alive', 'keys-in-place']);
  });

  it('C7 other names of its uid make it unverified and are named; a host cannot name root or Firebreak there', async () => {
    const twins = ['same_uid appadmin', 'same_uid odd?name', 'same_uid root', 'same_uid firebreak', 'same_uid a b'];
    const { result } = await perform({
      'disable-account': [['outcome applied', PREIMAGE]],
      'check-account': [['kind local', ...twins]],
    });
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: false, sameUid: ['appadmin', 'odd?name'] });
    expect(result.notes).toEqual(['other names of its uid, which still get in: appadmin, odd?name']);
  });

  it('the last administrator is a refusal with its reason, not an error, and is not looked at again', async () => {
    const { shell, result } = await perform({ 'disable-account': [['outcome refused', 'reason last-administrator']] });
    expect(result).toMatchObject({ counts: { refused: 1 }, verified: false });
    expect(result.exceptions[0]?.detail).toContain('last account that can administer');
    expect(shell.calls).toHaveLength(1);
  });

  it('C11 a hostile host’s words are compared, never repeated', async () => {
    const { result } = await perform({ 'disable-account': [['outcome refused', 'reason \u001b[2J; rm -rf /']] });
    expect(result.exceptions[0]?.detail).toBe('the host gave a word Firebreak does not know');
    await expect(perform({ 'disable-account': [['outcome splendid']] })).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
  });

  it.each(['-rf', 'a b', 'a;b', 'a\nb', '', 'x'.repeat(33)])('C11 %j never reaches a host', async (account) => {
    await expect(perform({}, account)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
