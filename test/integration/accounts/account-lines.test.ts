import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { EmergencyAccounts } from '../../../src/adapters/accounts/emergency-accounts';
import type { DisableAccount } from '../../../src/domain/plan';
import type { IncidentId } from '../../../src/domain/ids';
import { CONTEXT, disableAccount, emergencyAccess, FIRST, LabWorld, SECOND } from '../isolation/support/lab-world';

const HASH = '$6$abcdefgh$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

describe('C5 the lines of an account in the system’s files', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ACCOUNT_PROGRAMS);
    accounts = new AccountDisabling(world.shell);
    await on('useradd -m -s /bin/bash -G sudo steward');
  });
  afterAll(() => world.down());

  const on = (script: string) => world.on('web-1', script);
  const ordered = new Map<string, DisableAccount>();
  /** The same order each time, with the same end. */
  function actOn(account: string): DisableAccount {
    const act = ordered.get(account) ?? disableAccount(account);
    ordered.set(account, act);
    return act;
  }
  const perform = (account: string) => accounts.perform(world.host('web-1'), actOn(account), CONTEXT);
  const reassert = (account: string) => accounts.reassert(world.host('web-1'), actOn(account), CONTEXT);
  const undo = (account: string) => accounts.undo(world.host('web-1'), actOn(account), CONTEXT);

  /** With a key and in a group that makes root. */
  async function makeAccount(): Promise<string> {
    made += 1;
    const name = `mallory${made}`;
    await on(
      `useradd -m -s /bin/bash -G sudo ${name}; install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys; chown ${name}: /home/${name}/.ssh/authorized_keys`,
    );
    return name;
  }
  const shadowLine = (name: string) => on(`grep '^${name}:' /etc/shadow`);
  const givenTo = (name: string) => on(`id -nG ${name}; ls -A /home/${name}/.ssh`);

  describe('an account that was made anew under the name and the uid is given nothing', () => {
    const WITH_HOME = (n: string) => `id=$(id -u ${n}); userdel -r ${n}; useradd -m -u $id ${n}; mkdir /home/${n}/.ssh`;
    const ON_ANOTHER_DAY = (n: string) => `id=$(id -u ${n}); userdel ${n}; useradd -u $id ${n}; chage -d 19000 ${n}`;
    test.each([
      ['with a home of its own', WITH_HOME, false],
      ['in the old home, on another day', ON_ANOTHER_DAY, false],
      ['nor when the watch has disabled it as well', WITH_HOME, true],
    ])('%s', async (_what, anew, watched) => {
      const name = await makeAccount();
      await perform(name);
      await on(`{ ${anew(name)}; } 2>/dev/null`);
      if (watched) await reassert(name);
      const before = await givenTo(name);
      const line = await shadowLine(name);
      const undone = await undo(name);
      expect(undone).toMatchObject({ verified: false, counts: { refused: 1 } });
      expect(undone.exceptions[0]?.why).toContain('account-changed');
      await expect(givenTo(name)).resolves.toBe(before);
      await expect(shadowLine(name)).resolves.toBe(line);
    });

    test('and one that somebody has put right, and told to choose a password, is the same one', async () => {
      const name = await makeAccount();
      await on(`usermod -p '${HASH}' ${name}`);
      await perform(name);
      await on(`usermod -U -e '' ${name}; chage -d 0 ${name}`);
      expect(await undo(name)).toMatchObject({ verified: true, counts: { applied: 1, refused: 0 } });
      await expect(givenTo(name)).resolves.toMatch(/sudo.*\n.*authorized_keys/);
    });
  });

  describe('an emergency account that somebody has made anew is somebody’s', () => {
    const grant = (incident: IncidentId) => emergencyAccess(world, incident);

    test('it gets no key, and it is not removed', async () => {
      const access = new EmergencyAccounts(world.shell);
      await access.perform(world.host('web-1'), grant(FIRST), CONTEXT);
      await on(
        'id=$(id -u fb-rescue); userdel -r fb-rescue 2>/dev/null; useradd -m -u $id fb-rescue; mkdir /home/fb-rescue/.ssh',
      );
      const again = await access.perform(world.host('web-1'), grant(SECOND), CONTEXT);
      expect(again).toMatchObject({ verified: false, counts: { refused: 1 } });
      await expect(on('ls -A /home/fb-rescue/.ssh')).resolves.toBe('');
      const undone = await access.undo(world.host('web-1'), grant(FIRST), CONTEXT);
      expect(undone.counts).toMatchObject({ refused: 1 });
      await expect(on('getent passwd fb-rescue | cut -d : -f 1')).resolves.toBe('fb-rescue');
    });
  });

  test('C7 a password in /etc/passwd lets the account in, and is seen where PAM cannot be asked', async () => {
    const name = await makeAccount();
    expect(await perform(name)).toMatchObject({ verified: true });
    await on(
      `sed -i '1i account sufficient pam_succeed_if.so uid = 0 use_uid quiet' /etc/pam.d/su
      sed -i 's#^${name}:x:#${name}:${HASH}:#' /etc/passwd`,
    );
    try {
      const seen = await accounts.verify(world.host('web-1'), actOn(name), CONTEXT);
      expect(seen).toMatchObject({ verified: false, counts: { missing: 1 } });
      expect(seen.exceptions[0]?.why).toEqual(['not-locked']);
      expect(await reassert(name)).toMatchObject({ verified: true });
    } finally {
      await on(`sed -i 1d /etc/pam.d/su`);
    }
    await undo(name);
  });

  describe('PAM writes a password at the same time', () => {
    /** As pam_unix(8) does it: under the lock of lckpwdf(3) a copy with the change takes the place of the file. */
    const pamWrites = (change: string) =>
      on(
        `rm -f /run/held
        setsid perl -MFcntl -e 'open(my $lock, ">>", "/etc/.pwd.lock") or die; my $whole = pack("ssx60", F_WRLCK, 0);
          fcntl($lock, F_SETLKW, $whole) or die; system(@ARGV)' \\
          sh -c 'cp -p /etc/shadow /etc/nshadow; ${change}; touch /run/held; sleep 3; mv /etc/nshadow /etc/shadow' >/dev/null 2>&1 &
        until [ -e /run/held ]; do sleep 0.05; done`,
      );

    test('of somebody else: neither change is lost', async () => {
      const other = await makeAccount();
      const name = await makeAccount();
      const before = await shadowLine(name);
      await perform(name);
      await pamWrites(`sed -i "s#^${other}:[^:]*:#${other}:new:#" /etc/nshadow`);
      expect(await undo(name)).toMatchObject({ verified: true, counts: { applied: 1 } });
      await on('until [ ! -e /etc/nshadow ]; do sleep 0.05; done');
      await expect(shadowLine(name)).resolves.toBe(before);
      await expect(shadowLine(other)).resolves.toContain(`${other}:new:`);
    });

    test('of the account itself: the new one stays, and people are asked', async () => {
      const name = await makeAccount();
      await perform(name);
      await pamWrites(`sed -i "s#^${name}:[^:]*:#${name}:!new:#" /etc/nshadow`);
      const undone = await undo(name);
      expect(undone).toMatchObject({ verified: false, counts: { refused: 1 } });
      expect(undone.exceptions[0]?.why).toContain('password-changed');
      await expect(shadowLine(name)).resolves.toContain(`${name}:!new:`);
    });
  });
});
