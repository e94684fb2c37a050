import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { EmergencyAccounts } from '../../../src/adapters/accounts/emergency-accounts';
import { createHash } from 'node:crypto';
import { makeIncidentId, type IncidentId } from '../../../src/domain/ids';
import type { EmergencyAccess } from '../../../src/domain/plan';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { ISOLATION_PROGRAMS } from '../../../src/adapters/isolation/isolation-programs';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import type { HostShell } from '../../../src/ports/host-shell';
import { actionId, CONTEXT, emergencyAccess, FIRST, LabWorld, SECOND } from '../isolation/support/lab-world';

const unused: Omit<HostShell, 'run'> = {
  stream: () => Promise.reject(new Error('not used')),
  fingerprint: () => '',
  close: () => Promise.resolve(),
};

describe('C8 emergency access on a real host', () => {
  let world: LabWorld;
  let access: EmergencyAccounts;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], [...ACCOUNT_PROGRAMS, ...ISOLATION_PROGRAMS]);
    access = new EmergencyAccounts(world.shell);
  });
  afterAll(() => world.down());

  /** Of an incident of its own for each step: an incident makes its account on a host once. */
  function grant(
    step: string,
    incident: IncidentId = FIRST,
    overrides: Partial<EmergencyAccess> = {},
  ): EmergencyAccess {
    const own = createHash('sha256').update(`${step} ${incident}`).digest();
    const its = makeIncidentId(new Date(), [own[0] ?? 0, own[1] ?? 0, own[2] ?? 0, own[3] ?? 0]);
    return emergencyAccess(world, its, overrides);
  }

  it('makes an account that its key opens, with root, from the given prefixes; undo leaves nothing', async () => {
    const before = await world.on('web-1', 'cat /etc/passwd /etc/shadow /etc/group; ls /home /etc/sudoers.d');
    const action = grant('a');
    const result = await access.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true, replayed: false });
    expect(world.login('web-1', 'fb-rescue', 'sudo -n id')).toBe(0);
    expect(await access.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({
      replayed: true,
      verified: true,
    });
    await expect(world.on('web-1', 'stat -c "%U %a" /home/fb-rescue/.ssh/authorized_keys')).resolves.toBe('root 644');

    expect(await access.undo(world.host('web-1'), action, CONTEXT)).toMatchObject({ counts: { applied: 1 } });
    expect(world.login('web-1', 'fb-rescue')).toBe(255);
    expect(await world.on('web-1', 'cat /etc/passwd /etc/shadow /etc/group; ls /home /etc/sudoers.d')).toBe(before);
  });

  it('H10 the end that the host keeps is no later than that of the keys, whatever the request says', async () => {
    const run: typeof world.shell.run = (host, script, options) =>
      world.shell.run(host, script, {
        ...options,
        input: String(options.input).replace(/^ttl .*$/m, 'ttl 2000000'),
      });
    const shell = { ...unused, run };
    const action = grant('ttl');
    await new EmergencyAccounts(shell).perform(world.host('web-1'), action, CONTEXT);
    const record = `/var/lib/firebreak/${action.id.replaceAll(':', '+')}/end`;
    const end = Number(await world.on('web-1', `sed -n 's/^end //p' ${record}`));
    expect(end).toBeLessThanOrEqual(Math.floor(Date.parse(action.expiresAt) / 1_000));
    await access.undo(world.host('web-1'), action, CONTEXT);
  });

  it('a key from elsewhere, or after the end, does not open it', async () => {
    const elsewhere = grant('b', FIRST, { from: ['192.0.2.0/24'] });
    await access.perform(world.host('web-1'), elsewhere, CONTEXT);
    expect(world.login('web-1', 'fb-rescue')).toBe(255);
    await access.undo(world.host('web-1'), elsewhere, CONTEXT);

    const short = grant('c', FIRST, { expiresAt: new Date(Date.now() + 4_000).toISOString() });
    await access.perform(world.host('web-1'), short, CONTEXT);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(world.login('web-1', 'fb-rescue')).toBe(255);
    await access.undo(world.host('web-1'), short, CONTEXT);
  });

  it('C4 two incidents share it; the last release removes it', async () => {
    await access.perform(world.host('web-1'), grant('d', FIRST), CONTEXT);
    await access.perform(world.host('web-1'), grant('d', SECOND), CONTEXT);
    await access.undo(world.host('web-1'), grant('d', FIRST), CONTEXT);
    expect(world.login('web-1', 'fb-rescue')).toBe(0);
    await access.undo(world.host('web-1'), grant('d', SECOND), CONTEXT);
    expect(world.login('web-1', 'fb-rescue')).toBe(255);
  });

  it('lies inside the management set of an isolation, and still works there', async () => {
    const action = grant('e');
    await access.perform(world.host('web-1'), action, CONTEXT);
    const isolations = new Isolations(new IsolationGate(world.shell));
    const isolation = world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1'));
    await isolations.perform(world.host('web-1'), isolation, CONTEXT);
    expect(world.login('web-1', 'fb-rescue', 'sudo -n id')).toBe(0);
    await isolations.undo(world.host('web-1'), isolation, CONTEXT);
    await access.undo(world.host('web-1'), action, CONTEXT);
  });

  describe('where sshd looks elsewhere for keys', () => {
    const sshd = (config: string) =>
      world.on('web-1', `printf '${config}\n' >/etc/ssh/sshd_config.d/10-keys.conf; sshd -t && systemctl reload ssh`);
    afterEach(() => world.on('web-1', 'rm -f /etc/ssh/sshd_config.d/10-keys.conf; systemctl reload ssh'));

    it.each(['%%h/.ssh/authorized_keys', '/etc/ssh/keys/%%u .ssh/authorized_keys2 .ssh/authorized_keys'])(
      'its key lies where sshd finds it: %s',
      async (patterns) => {
        await sshd(`AuthorizedKeysFile ${patterns}`);
        const action = grant(`h${patterns.length}`);
        expect((await access.perform(world.host('web-1'), action, CONTEXT)).verified).toBe(true);
        expect(world.login('web-1', 'fb-rescue', 'sudo -n id')).toBe(0);
        expect((await access.undo(world.host('web-1'), action, CONTEXT)).counts.applied).toBe(1);
        expect(world.login('web-1', 'fb-rescue')).toBe(255);
      },
    );

    it('a file that others read is neither written nor removed: it fails and says why', async () => {
      await world.on(
        'web-1',
        'cat ~firebreak/.ssh/authorized_keys >/etc/ssh/admin_keys; chmod 644 /etc/ssh/admin_keys',
      );
      await sshd('AuthorizedKeysFile /etc/ssh/admin_keys');
      const keys = await world.on('web-1', 'sha256sum /etc/ssh/admin_keys');
      const action = grant('i');
      const result = await access.perform(world.host('web-1'), action, CONTEXT);
      expect(result).toMatchObject({ counts: { failed: 1, applied: 0 }, verified: false });
      expect(result.exceptions[0]?.detail).toContain('only in files that it reads for other accounts as well');
      expect(await world.on('web-1', 'sha256sum /etc/ssh/admin_keys')).toBe(keys);

      expect((await access.undo(world.host('web-1'), action, CONTEXT)).counts.applied).toBe(1);
      expect(await world.on('web-1', 'sha256sum /etc/ssh/admin_keys')).toBe(keys);
      await expect(world.on('web-1', 'getent passwd fb-rescue || echo gone')).resolves.toBe('gone');
    });
  });

  describe('H6 root of the host has said who may be let in, and from where', () => {
    const STRANGER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEl9cRjnoJmbVGhPNw8Dkx6UHbLFPGCvEQBRVDnMZPlG';
    const LIST = '/etc/firebreak/emergency.keys';
    const state = () => world.on('web-1', 'cat /etc/passwd; ls /home /etc/sudoers.d');

    it.each([
      ['another key', () => ({ publicKeys: [STRANGER] })],
      ['another key beside the right one', () => ({ publicKeys: [world.personPublicKey, STRANGER] })],
      ['a wider prefix', () => ({ from: ['0.0.0.0/0'] })],
      ['another prefix beside the right one', () => ({ from: [...world.management, '203.0.113.66'] })],
      ['another account', () => ({ account: 'svc-backup' })],
    ])('an order with %s lets nobody in', async (what, overrides) => {
      const before = await state();
      const action = grant(`n-${what.replaceAll(' ', '-')}`, FIRST, overrides());
      const refused = await access.perform(world.host('web-1'), action, CONTEXT);
      expect(refused).toMatchObject({ counts: { refused: 1, applied: 0 }, verified: false });
      expect(refused.exceptions[0]?.detail).toContain('not in the host’s list of emergency keys');
      expect(await state()).toBe(before);
    });

    it.each([
      ['is missing', `rm ${LIST}`],
      ['can be written by others', `chmod 666 ${LIST}`],
      ['belongs to somebody else', `chown 1000 ${LIST}`],
    ])('a list that %s lets nobody in', async (what, change) => {
      await world.on('web-1', `cp -p ${LIST} /root/list; ${change}`);
      const refused = await access.perform(world.host('web-1'), grant(`m-${what.replaceAll(' ', '-')}`), CONTEXT);
      expect(refused.counts.refused).toBe(1);
      expect(refused.exceptions[0]?.detail).toContain('host setup');
      await world.on('web-1', `cp -p /root/list ${LIST}`);
    });
  });

  it('C5 somebody removed the account meanwhile: its sudoers rule goes with the release, which ends', async () => {
    const action = grant('removed');
    await access.perform(world.host('web-1'), action, CONTEXT);
    await world.on('web-1', 'userdel -r fb-rescue 2>/dev/null');
    expect((await access.undo(world.host('web-1'), action, CONTEXT)).counts).toMatchObject({ missing: 1, refused: 0 });
    await expect(world.on('web-1', 'ls /etc/sudoers.d /var/lib/firebreak/holds')).resolves.not.toContain('emergency');
  });

  it('C5 an act that was cut off before it could write down the uid is undone all the same', async () => {
    const action = grant('cut-off');
    await access.perform(world.host('web-1'), action, CONTEXT);
    await world.on('web-1', 'rm "$(cat /var/lib/firebreak/holds/emergency-fb-rescue/first)/left.uid"');
    expect((await access.undo(world.host('web-1'), action, CONTEXT)).counts).toMatchObject({ applied: 1, refused: 0 });
    await expect(world.on('web-1', 'getent passwd fb-rescue || echo gone')).resolves.toBe('gone');
  });

  it('refuses an account that is not ours, and input that is no key or prefix', async () => {
    await world.on('web-1', 'useradd -m clerk');
    const taken = await access.perform(world.host('web-1'), grant('f', FIRST, { account: 'clerk' }), CONTEXT);
    expect(taken.counts.refused).toBe(1);
    for (const overrides of [
      { publicKeys: ['command="sh" ssh-ed25519 AAAA'] },
      { from: ['anywhere'] },
      { from: [] },
      { account: 'root' },
    ]) {
      await expect(access.perform(world.host('web-1'), grant('g', FIRST, overrides), CONTEXT)).rejects.toMatchObject({
        code: 'BAD_INPUT',
      });
    }
  });
});
