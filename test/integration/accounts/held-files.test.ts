import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { MonitoringHeightening } from '../../../src/adapters/monitoring/monitoring-heightening';
import { MONITORING_PROGRAMS } from '../../../src/adapters/monitoring/monitoring-programs';
import type { HeightenMonitoring } from '../../../src/domain/plan';
import { actionId, CONTEXT, disableAccount, FIRST, inAnHour, LabWorld } from '../isolation/support/lab-world';

describe('C7 files that are immutable or append-only', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], [...ACCOUNT_PROGRAMS, ...MONITORING_PROGRAMS]);
    accounts = new AccountDisabling(world.shell);
    await world.on('web-1', 'useradd -m -s /bin/bash -G sudo steward');
  });
  afterAll(async () => {
    await world.on(
      'web-1',
      'chattr -R -ia /home /etc/ssh /var/spool/cron 2>/dev/null; chattr -ia /etc/shadow /etc/group; true',
    );
    await world.down();
  });

  const on = (script: string) => world.on('web-1', script);
  const perform = (account: string) => accounts.perform(world.host('web-1'), disableAccount(account), CONTEXT);
  const undo = (account: string) => accounts.undo(world.host('web-1'), disableAccount(account), CONTEXT);

  /** An account whose files an intruder has made hard to remove. */
  async function makeAccount(hold: (home: string, name: string) => string): Promise<string> {
    made += 1;
    const name = `mallory${made}`;
    await on(
      `useradd -m -s /bin/bash -G sudo ${name}; install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys; chown ${name}: /home/${name}/.ssh/authorized_keys
      echo '17 4 * * * true' | crontab -u ${name} -; ${hold(`/home/${name}`, name)}`,
    );
    return name;
  }
  const picture = (name: string) =>
    on(`lsattr -d /etc/passwd /etc/shadow /etc/group /home/${name}/.ssh
      lsattr /home/${name}/.ssh/authorized_keys /var/spool/cron/crontabs/${name}
      cat /etc/passwd /etc/shadow /etc/group /home/${name}/.ssh/authorized_keys /var/spool/cron/crontabs/${name}`);

  test.each<[string, (home: string, name: string) => string]>([
    ['an immutable key file', (home) => `chattr +i ${home}/.ssh/authorized_keys`],
    ['an append-only key file', (home) => `chattr +a ${home}/.ssh/authorized_keys`],
    ['an immutable directory of keys', (home) => `chattr +i ${home}/.ssh`],
    ['an immutable crontab', (_home, name) => `chattr +i /var/spool/cron/crontabs/${name}`],
    ['immutable files of the system', () => 'chattr +i /etc/shadow /etc/passwd /etc/group'],
  ])('%s: it goes, and comes back with its attribute', async (_what, hold) => {
    const name = await makeAccount(hold);
    const before = await picture(name);
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(world.login('web-1', name)).toBe(255);
    await expect(on(`ls /home/${name}/.ssh /var/spool/cron/crontabs/${name} 2>/dev/null || true`)).resolves.not.toMatch(
      /authorized_keys$|crontabs/m,
    );
    expect(await undo(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(await picture(name)).toBe(before);
    await on(`chattr -R -ia /home/${name}/.ssh /var/spool/cron/crontabs; chattr -i /etc/shadow /etc/passwd /etc/group`);
  });

  test('between the act and the release the system’s own files have their attribute', async () => {
    const name = await makeAccount(() => 'chattr +i /etc/shadow');
    await perform(name);
    await expect(on('lsattr /etc/shadow')).resolves.toMatch(/^\S*i\S* /);
    await undo(name);
    await on('chattr -i /etc/shadow');
  });

  test('a file that somebody planted as immutable is taken as evidence, and nothing of it comes back', async () => {
    const name = await makeAccount(() => '');
    const before = await picture(name);
    const action = disableAccount(name);
    await accounts.perform(world.host('web-1'), action, CONTEXT);
    await on(`echo planted >/home/${name}/.ssh/authorized_keys; chattr +i /home/${name}/.ssh/authorized_keys`);
    const again = await accounts.reassert(world.host('web-1'), action, CONTEXT);
    expect(again).toMatchObject({ counts: { applied: 1 }, verified: true });
    await undo(name);
    expect(await picture(name)).toBe(before);
  });

  test('without lsattr and chattr the failure names the account, the part and the reason', async () => {
    const name = await makeAccount((home) => `chattr +i ${home}/.ssh/authorized_keys`);
    await on('for p in lsattr chattr; do mv /usr/bin/$p /usr/bin/$p.away; done');
    const action = disableAccount(name);
    const result = await accounts.perform(world.host('web-1'), action, CONTEXT);
    expect(result).toMatchObject({ counts: { failed: 1 }, verified: false });
    expect(result.exceptions[0]).toMatchObject({ target: name, why: ['keys-in-place', 'attribute-unseen'] });
    expect(result.exceptions[0]?.detail).toContain(`/home/${name}/.ssh/authorized_keys`);
    await on('for p in lsattr chattr; do mv /usr/bin/$p.away /usr/bin/$p; done');
    expect((await accounts.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 2 })).verified).toBe(true);
    await undo(name);
    await on(`chattr -i /home/${name}/.ssh/authorized_keys`);
  });

  test('B14 an immutable directory of sshd’s configuration: the file is put there and taken away, the attribute stays', async () => {
    const monitoring = new MonitoringHeightening(world.shell);
    const action: HeightenMonitoring = {
      id: actionId(FIRST, 'heighten-monitoring', 'web-1'),
      kind: 'heighten-monitoring',
      host: 'web-1',
      approval: 'none',
      expiresAt: inAnHour(),
    };
    await on('chattr +i /etc/ssh/sshd_config.d');
    const look = "lsattr -d /etc/ssh/sshd_config.d | cut -d ' ' -f 1; ls /etc/ssh/sshd_config.d";
    const before = await on(look);
    const result = await monitoring.perform(world.host('web-1'), action, CONTEXT);
    expect(result.exceptions.map(({ target }) => target)).not.toContain('sshd-log-level');
    await expect(on('sshd -T | grep loglevel')).resolves.toBe('loglevel VERBOSE');
    await expect(on(look)).resolves.toMatch(/^\S*i\S*\n/);
    expect((await monitoring.undo(world.host('web-1'), action, CONTEXT)).counts).toMatchObject({
      refused: 0,
      failed: 0,
    });
    expect(await on(look)).toBe(before);
    await on('chattr -i /etc/ssh/sshd_config.d');
  });
});
