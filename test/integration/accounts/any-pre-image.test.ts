import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { CONTEXT, disableAccount, LabWorld } from '../isolation/support/lab-world';

const HASH = '$6$abcdefgh$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NEW_HASH = `${HASH}x`;

describe('C5 an account comes back to what it was, whatever that was', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ACCOUNT_PROGRAMS);
    accounts = new AccountDisabling(world.shell);
    await world.on('web-1', 'useradd -m -s /bin/bash -G sudo steward');
  });
  afterAll(() => world.down());

  const on = (script: string) => world.on('web-1', script);
  const perform = (account: string) => accounts.perform(world.host('web-1'), disableAccount(account), CONTEXT);
  const undo = (account: string) => accounts.undo(world.host('web-1'), disableAccount(account), CONTEXT);

  /** With a home, a key and nothing else, unless told otherwise. */
  async function makeAccount(prepare: (name: string) => string = () => ''): Promise<string> {
    made += 1;
    const name = `mallory${made}`;
    await on(
      `useradd -m -s /bin/bash ${name}; install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys; chown ${name}: /home/${name}/.ssh/authorized_keys
      ${prepare(name)}`,
    );
    return name;
  }
  const field2 = (file: string, value: string) => (name: string) =>
    `awk -F: -v OFS=: -v v='${value}' '$1 == "${name}" { $2 = v } { print }' /etc/${file} >/etc/${file}.t && cat /etc/${file}.t >/etc/${file}; rm /etc/${file}.t`;
  const noShadow = (name: string) => `sed -i '/^${name}:/d' /etc/shadow`;

  /** Every line of the four files, with owner and mode, and everything in the home. */
  const picture = (name: string) =>
    on(`cd /etc; stat -c '%n %U %G %a' passwd shadow group gshadow; cat passwd shadow group gshadow
      find /home/${name} -printf '%p %u %g %m %T@ %s\\n' 2>/dev/null | grep -v '^/home/${name}/.ssh ' | sort
      ls -l /var/spool/cron/crontabs /etc/sudoers.d /var/lib/systemd/linger; ls -A /etc | grep -c firebreak`);

  test.each<[string, (name: string) => string]>([
    ['has no line in /etc/shadow, and its hash in /etc/passwd', (n) => `${noShadow(n)}; ${field2('passwd', HASH)(n)}`],
    ['has no line in /etc/shadow, and `x` in /etc/passwd', noShadow],
    ['has no line in /etc/shadow, and no password', (n) => `${noShadow(n)}; ${field2('passwd', '')(n)}`],
    ['has no line in /etc/shadow, and `*` in /etc/passwd', (n) => `${noShadow(n)}; ${field2('passwd', '*')(n)}`],
    ['has a hash in /etc/passwd beside its line in /etc/shadow', field2('passwd', HASH)],
    ['has `*` for a password', field2('shadow', '*')],
    ['has `!` for a password', field2('shadow', '!')],
    ['has `!!` for a password', field2('shadow', '!!')],
    ['has no password', field2('shadow', '')],
    ['is locked and has an end', (n) => `${field2('shadow', `!${HASH}`)(n)}; chage -E 25000 ${n}`],
    ['has empty fields for its age', (n) => `sed -i 's/^${n}:\\([^:]*\\):.*/${n}:\\1:::::::/' /etc/shadow`],
    ['has no home', (n) => `rm -r /home/${n}`],
    ['has no key and no crontab', (n) => `rm -r /home/${n}/.ssh`],
    [
      'is not the last member of two groups that make root',
      (n) => `usermod -aG sudo,adm,disk ${n}; usermod -aG sudo,disk steward`,
    ],
  ])('one that %s', async (_what, prepare) => {
    const name = await makeAccount(prepare);
    const before = await picture(name);
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(world.login('web-1', name)).toBe(255);
    expect(await undo(name)).toMatchObject({ counts: { applied: 1, refused: 0 }, verified: true, notes: [] });
    expect(await picture(name)).toBe(before);
  });

  test.each<[string, (name: string) => string, (name: string) => string, RegExp]>([
    [
      'unlocked it and took its end away',
      field2('shadow', HASH),
      (n) => `usermod -U -e '' ${n}`,
      /had put .* back already/,
    ],
    [
      'did so with one that had no line in /etc/shadow',
      (n) => `${noShadow(n)}; ${field2('passwd', HASH)(n)}`,
      (n) => `usermod -U -e '' ${n}`,
      /had put .* back already/,
    ],
    ['took its end away and left the lock', field2('shadow', HASH), (n) => `chage -E -1 ${n}`, /^$|had put/],
    ['took its line out of /etc/shadow', field2('shadow', HASH), noShadow, /removed its line/],
    [
      'removed a group that it was in',
      (n) => `groupadd -f docker; usermod -aG docker ${n}`,
      () => 'groupdel docker',
      /group .* is gone/,
    ],
    [
      'removed the sudoers file that named it',
      (n) => `echo '${n} ALL=(ALL) ALL' >/etc/sudoers.d/people; chmod 440 /etc/sudoers.d/people`,
      () => 'rm /etc/sudoers.d/people',
      /sudoers file .* is gone/,
    ],
    [
      'wrote its sudoers rule again',
      (n) => `echo '${n} ALL=(ALL) ALL' >/etc/sudoers.d/people; chmod 440 /etc/sudoers.d/people`,
      (n) => `printf '${n} ALL = (ALL) NOPASSWD: ALL\\n' >/etc/sudoers.d/people`,
      /had put .* back already/,
    ],
    ['removed its home', () => '', (n) => `rm -r /home/${n}`, /directory .* is gone/],
  ])('somebody %s meanwhile: the release ends, says so, and leaves that', async (_what, prepare, meanwhile, note) => {
    const name = await makeAccount(prepare);
    await perform(name);
    await on(meanwhile(name));
    const undone = await undo(name);
    expect(undone).toMatchObject({ counts: { applied: 1, refused: 0, failed: 0 }, verified: true });
    expect(undone.notes.join('\n')).toMatch(note);
    await expect(on(`awk -F: '$1 == "${name}" && ($2 ~ /^!/ || $8 == 1)' /etc/shadow`)).resolves.not.toContain(HASH);
    await on('rm -f /etc/sudoers.d/people');
  });

  test('somebody removed it, and made another one of its name: nothing of the first is given to that one', async () => {
    const name = await makeAccount((n) => `usermod -aG sudo ${n}`);
    await perform(name);
    await on(`userdel -r ${name}; useradd -m -u 4999 ${name}; mkdir /home/${name}/.ssh`);
    const before = await picture(name);
    const undone = await undo(name);
    expect(undone.counts).toMatchObject({ missing: 1, refused: 0 });
    expect(undone.exceptions[0]?.why).toEqual(['no-such-account']);
    expect(await picture(name)).toBe(before);
    expect((await undo(name)).replayed).toBe(true);
  });

  test('a new password that was set meanwhile is drift: the account stays locked, and people are asked', async () => {
    const name = await makeAccount(noShadow);
    await perform(name);
    await on(`usermod -p '${HASH}' ${name}`);
    const undone = await undo(name);
    expect(undone.counts).toMatchObject({ refused: 1 });
    expect(undone.exceptions[0]?.why).toContain('password-changed');
    await on(`usermod -p '!x' ${name}`);
    expect((await undo(name)).counts.applied).toBe(1);
    await expect(on(`grep -c '^${name}:' /etc/shadow || true`)).resolves.toBe('0');
  });

  test('what others have changed stays theirs when the watch disables the account again', async () => {
    const other = await makeAccount((n) => `usermod -aG sudo ${n}`);
    const name = await makeAccount((n) => `usermod -aG sudo ${n}`);
    const action = disableAccount(name);
    await accounts.perform(world.host('web-1'), action, CONTEXT);
    await on(`usermod -p '${NEW_HASH}' ${name}; gpasswd -d ${other} sudo`);
    await accounts.reassert(world.host('web-1'), action, CONTEXT);
    const undone = await undo(name);
    expect(undone.counts).toMatchObject({ refused: 1 });
    expect(undone.exceptions[0]?.why).toContain('password-changed');
    await expect(on(`getent group sudo | grep -cw ${other} || true`)).resolves.toBe('0');
    // It may be another account by now: until people have looked, it is given nothing.
    await expect(on(`getent group sudo | grep -cw ${name} || true`)).resolves.toBe('0');
    await expect(on(`grep '^${name}:' /etc/shadow | cut -d: -f2`)).resolves.toBe(`!${NEW_HASH}`);
  });

  test('C7 other names of its uid are told of: they still get in, and the act is not verified', async () => {
    const name = await makeAccount((n) => `useradd -M -o -u $(id -u ${n}) -d /home/${n} -s /bin/bash ${n}-admin`);
    const ahead = await accounts.preview(world.host('web-1'), disableAccount(name), CONTEXT);
    expect(ahead.sameUid).toEqual([`${name}-admin`]);
    const result = await perform(name);
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: false, sameUid: [`${name}-admin`] });
    expect(result.notes.join()).toContain(`still get in: ${name}-admin`);

    await on(`usermod -L -e 1 ${name}-admin`);
    const seen = await accounts.verify(world.host('web-1'), disableAccount(name), CONTEXT);
    expect(seen).toMatchObject({ counts: { already: 1 }, verified: true });
    expect(seen.sameUid).toBeUndefined();
    await undo(name);
  });
});
