import { once } from 'node:events';
import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS } from '../../../src/adapters/accounts/account-programs';
import { CONTEXT, disableAccount, FIRST, SECOND, LabWorld } from '../isolation/support/lab-world';
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

describe('C7 disabling accounts on a real host', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ACCOUNT_PROGRAMS);
    accounts = new AccountDisabling(world.shell);
    await world.on('web-1', 'useradd -m -s /bin/bash -G sudo steward');
  });
  afterAll(() => world.down());

  /** An account with everything that lets somebody in or gives rights. */
  async function makeAccount(extra = ''): Promise<string> {
    made += 1;
    const name = `mallory${made}`;
    await world.on(
      'web-1',
      `useradd -m -s /bin/bash -G sudo ${name}; echo '${name}:lab-password' | chpasswd; chage -d 19000 -E 25000 ${name}
      install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' | tee /home/${name}/.ssh/authorized_keys >/home/${name}/.ssh/authorized_keys2
      chown ${name}: /home/${name}/.ssh/*; chmod 600 /home/${name}/.ssh/*
      echo '17 4 * * * true' | crontab -u ${name} -
      printf 'steward ALL=(ALL) ALL\\n${name} ALL=(ALL) \\\\\\n  NOPASSWD: ALL\\n' >/etc/sudoers.d/people
      chmod 440 /etc/sudoers.d/people; visudo -cq; loginctl enable-linger ${name}
      ${extra}`,
    );
    return name;
  }

  /** All that an undo must bring back, byte for byte. */
  const snapshot = (name: string) =>
    world.on(
      'web-1',
      `grep '^${name}:' /etc/shadow; id -nG ${name}; stat -c '%n %U %G %a' /home/${name}/.ssh; stat -c '%n %U %G %a %Y %s' /home/${name}/.ssh/auth*
      sha256sum /home/${name}/.ssh/auth* /etc/sudoers /etc/sudoers.d/*; stat -c '%n %a %U' /etc/sudoers.d/*
      crontab -l -u ${name}; ls /var/lib/systemd/linger`,
    );

  /** A login from outside that stays: a shell, and below it a root process made with sudo. */
  async function openSession(name: string) {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'];
    const session = spawn(
      'ssh',
      [
        '-q',
        '-tt',
        '-i',
        world.personKey,
        ...options.flatMap((o) => ['-o', o]),
        `${name}@${world.labHost('web-1').address}`,
        'sudo -n sleep 4711 & sleep 4712',
      ],
      { stdio: 'ignore' },
    );
    const closed = once(session, 'exit').then(([code]) => code as number | null);
    for (let tries = 0; tries < 50; tries += 1) {
      const { code } = await world.labHost('web-1').exec('pgrep -U root -x sleep && pgrep -f "sleep 4712"');
      if (code === 0) return { closed };
      await sleep(200);
    }
    throw new Error('the session did not come up');
  }

  it('key login, live session, root shell, password and crontab work before, none after, all again after the undo', async () => {
    const name = await makeAccount();
    const before = await snapshot(name);
    expect(world.login('web-1', name)).toBe(0);
    const session = await openSession(name);

    const result = await accounts.perform(world.host('web-1'), disableAccount(name), CONTEXT);
    expect(result).toMatchObject({ counts: { applied: 1, failed: 0 }, verified: true, replayed: false });
    expect(result.preImage?.path).toContain('/var/lib/firebreak/');
    expect(await session.closed).toBe(255);
    await expect(world.on('web-1', 'pgrep -x sleep || echo none')).resolves.toBe('none');
    expect(world.login('web-1', name)).toBe(255);
    await expect(world.on('web-1', `su -s /bin/sh -c true ${name} 2>&1 || echo refused`)).resolves.toContain('refused');
    await expect(world.on('web-1', `crontab -l -u ${name} 2>&1 || true`)).resolves.toContain('no crontab');
    await expect(world.on('web-1', `sudo -l -U ${name}`)).resolves.toContain('not allowed');
    expect(world.login('web-1', 'steward')).toBe(255);
    await expect(world.on('web-1', 'sudo -l -U steward')).resolves.toContain('ALL');

    const undone = await accounts.undo(world.host('web-1'), disableAccount(name), CONTEXT);
    expect(undone).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(await snapshot(name)).toBe(before);
    expect(world.login('web-1', name)).toBe(0);
  });

  it('C12 a preview counts the sessions and processes that would end, and changes nothing', async () => {
    const name = await makeAccount();
    const before = await snapshot(name);
    const preview = (account = name) => accounts.preview(world.host('web-1'), disableAccount(account), CONTEXT);
    const session = await openSession(name);
    const seen = await preview();
    expect(seen).toMatchObject({ there: true, disabled: false, sessions: 1 });
    // The login's own sshd, the shell, sudo and what sudo started, at least.
    expect(seen.processes).toBeGreaterThanOrEqual(4);
    expect(await snapshot(name)).toBe(before);
    expect(await preview('nobody-here')).toEqual({ there: false, disabled: false, sessions: 0, processes: 0 });
    await accounts.perform(world.host('web-1'), disableAccount(name), CONTEXT);
    await session.closed;
    expect(await preview()).toEqual({ there: true, disabled: true, sessions: 0, processes: 0 });
    await accounts.undo(world.host('web-1'), disableAccount(name), CONTEXT);
  });

  it('C5 a replay returns the stored result; verify looks only; after the undo the id is refused', async () => {
    const name = await makeAccount();
    const action = disableAccount(name);
    expect((await accounts.verify(world.host('web-1'), action, CONTEXT)).counts.missing).toBe(1);
    const first = await accounts.perform(world.host('web-1'), action, CONTEXT);
    const again = await accounts.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 2 });
    expect(again).toMatchObject({ counts: first.counts, preImage: first.preImage, replayed: true, verified: true });
    expect((await accounts.verify(world.host('web-1'), action, CONTEXT)).counts.already).toBe(1);

    await accounts.undo(world.host('web-1'), action, CONTEXT);
    expect(await accounts.undo(world.host('web-1'), action, CONTEXT)).toMatchObject({
      counts: { applied: 1 },
      replayed: true,
    });
    expect((await accounts.perform(world.host('web-1'), action, CONTEXT)).counts.refused).toBe(1);
    expect(world.login('web-1', name)).toBe(0);
  });

  it('C4 two incidents hold one account: releasing the first leaves it disabled', async () => {
    const name = await makeAccount();
    const before = await snapshot(name);
    await accounts.perform(world.host('web-1'), disableAccount(name, FIRST), CONTEXT);
    const second = await accounts.perform(world.host('web-1'), disableAccount(name, SECOND), CONTEXT);
    expect(second.counts.already).toBe(1);

    const released = await accounts.undo(world.host('web-1'), disableAccount(name, FIRST), CONTEXT);
    expect(released.notes.join()).toContain(SECOND);
    expect(world.login('web-1', name)).toBe(255);
    await accounts.undo(world.host('web-1'), disableAccount(name, SECOND), CONTEXT);
    expect(await snapshot(name)).toBe(before);
  });

  it('B14 reassert disables again what somebody opened, keeps planted keys as evidence and never puts them back', async () => {
    const name = await makeAccount();
    const before = await snapshot(name);
    const action = disableAccount(name);
    await accounts.perform(world.host('web-1'), action, CONTEXT);
    await world.on(
      'web-1',
      `chage -E -1 ${name}; usermod -aG sudo ${name}; echo planted >/home/${name}/.ssh/authorized_keys`,
    );
    const seen = await accounts.verify(world.host('web-1'), action, CONTEXT);
    expect(seen.exceptions[0]?.detail).toMatch(/not locked and expired.*PAM.*group.*key files/);

    const again = await accounts.reassert(world.host('web-1'), action, CONTEXT);
    expect(again).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(again.notes.join()).toContain('planted');
    await accounts.undo(world.host('web-1'), action, CONTEXT);
    expect(await snapshot(name)).toBe(before);
  });

  it('C5 what was changed meanwhile is drift: it is left alone, and the release can be given again', async () => {
    const name = await makeAccount();
    const before = await snapshot(name);
    const action = disableAccount(name);
    const hash = await world.on('web-1', `getent shadow ${name}`);
    await accounts.perform(world.host('web-1'), action, CONTEXT);
    await world.on(
      'web-1',
      `echo '${name}:another-password' | chpasswd; echo kept >/home/${name}/.ssh/authorized_keys`,
    );

    const refused = await accounts.undo(world.host('web-1'), action, CONTEXT);
    expect(refused.counts.refused).toBe(1);
    expect(refused.notes.join()).toMatch(/drift: .*key file.*drift: .*password/);
    await expect(world.on('web-1', `cat /home/${name}/.ssh/authorized_keys`)).resolves.toBe('kept');
    expect(world.login('web-1', name)).toBe(255);

    await world.on(
      'web-1',
      `rm /home/${name}/.ssh/authorized_keys; usermod -p '!${hash.split(':')[1]}' ${name}; chage -d 19000 ${name}`,
    );
    expect((await accounts.undo(world.host('web-1'), action, CONTEXT)).counts.applied).toBe(1);
    expect(await snapshot(name)).toBe(before);
  });

  it('a link in the home never leads to somebody else’s keys', async () => {
    const name = await makeAccount('mkdir -p /root/.ssh; echo root-key >/root/.ssh/authorized_keys');
    await world.on('web-1', `rm -r /home/${name}/.ssh; ln -s /root/.ssh /home/${name}/.ssh`);
    expect((await accounts.perform(world.host('web-1'), disableAccount(name), CONTEXT)).verified).toBe(true);
    await expect(world.on('web-1', 'cat /root/.ssh/authorized_keys')).resolves.toBe('root-key');
    await expect(world.on('web-1', `ls -A /home/${name} | grep ssh || echo gone`)).resolves.toBe('gone');

    await accounts.undo(world.host('web-1'), disableAccount(name), CONTEXT);
    await expect(world.on('web-1', `readlink /home/${name}/.ssh`)).resolves.toBe('/root/.ssh');
  });

  describe('a key file that sshd reads for several accounts', () => {
    const SHARED = '/etc/ssh/admin_keys';

    /** Makes the file with the key of a colleague, and tells sshd about it. */
    async function share(config: string, extraKey = ''): Promise<string> {
      await world.on(
        'web-1',
        `printf '${config}\n' >/etc/ssh/sshd_config.d/10-keys.conf; sshd -t; rm -f /tmp/colleague*
        ssh-keygen -q -t ed25519 -N '' -C colleague@desk -f /tmp/colleague; cp /tmp/colleague.pub ${SHARED}
        [ -z '${extraKey}' ] || echo '${extraKey}' >>${SHARED}; systemctl reload ssh`,
      );
      return world.on('web-1', `cat ${SHARED}`);
    }
    afterEach(() => world.on('web-1', `rm -f /etc/ssh/sshd_config.d/10-keys.conf ${SHARED}; systemctl reload ssh`));

    it.each([
      ['Firebreak’s own among them', () => `AuthorizedKeysFile .ssh/authorized_keys ${SHARED}`],
      ['a colleague’s among them', (name: string) => `Match User ${name},steward\n  AuthorizedKeysFile ${SHARED}`],
    ])('stays as it is: %s', async (_who, config) => {
      const name = await makeAccount();
      const keys = await share(config(name));
      const result = await accounts.perform(world.host('web-1'), disableAccount(name), CONTEXT);
      expect(result).toMatchObject({ counts: { applied: 1 }, verified: true });
      expect(await world.on('web-1', `cat ${SHARED}`)).toBe(keys);
      expect((await accounts.undo(world.host('web-1'), disableAccount(name), CONTEXT)).counts.applied).toBe(1);
      expect(await world.on('web-1', `cat ${SHARED}`)).toBe(keys);
    });

    it.each([
      ['by the key', () => world.personPublicKey],
      [
        'by its comment',
        (name: string) =>
          `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEl9cRjnoJmbVGhPNw8Dkx6UHbLFPGCvEQBRVDnMZPlG ${name}@laptop`,
      ],
    ])('is told of when it holds the account’s key, known %s, and stays as it is', async (_how, key) => {
      const name = await makeAccount();
      const keys = await share(`AuthorizedKeysFile .ssh/authorized_keys ${SHARED}`, key(name));
      const action = disableAccount(name);
      const result = await accounts.perform(world.host('web-1'), action, CONTEXT);
      expect(result).toMatchObject({ counts: { failed: 1, applied: 0 }, verified: false });
      expect(result.exceptions[0]?.detail).toBe(
        'a key file that sshd reads for other accounts as well holds its key: take it out by hand',
      );
      expect(await world.on('web-1', `cat ${SHARED}`)).toBe(keys);

      await world.on('web-1', `sed -i 2d ${SHARED}`);
      const again = await accounts.perform(world.host('web-1'), action, { ...CONTEXT, attempt: 2 });
      expect(again.verified).toBe(true);
      await accounts.undo(world.host('web-1'), action, CONTEXT);
    });

    it('goes and comes back when only this account reads it', async () => {
      const name = await makeAccount();
      const keys = await share(`Match User ${name}\n  AuthorizedKeysFile ${SHARED}`);
      expect((await accounts.perform(world.host('web-1'), disableAccount(name), CONTEXT)).verified).toBe(true);
      await expect(world.on('web-1', `cat ${SHARED} 2>/dev/null || echo gone`)).resolves.toBe('gone');
      await accounts.undo(world.host('web-1'), disableAccount(name), CONTEXT);
      expect(await world.on('web-1', `cat ${SHARED}`)).toBe(keys);
    });
  });

  it('root, a second root, Firebreak’s own account, and the last administrator are refused and untouched', async () => {
    await world.on(
      'web-1',
      'rm -f /etc/sudoers.d/people; useradd -o -u 0 -M toor; for u in $(getent group sudo | cut -d: -f4 | tr , " "); do [ $u = steward ] || gpasswd -d $u sudo; done',
    );
    const shadow = await world.on('web-1', 'cat /etc/shadow');
    for (const [account, reason] of [
      ['root', 'root is never'],
      ['toor', 'root is never'],
      ['firebreak', 'own account'],
      ['steward', 'last account that can administer'],
    ] as const) {
      const result = await accounts.perform(world.host('web-1'), disableAccount(account), CONTEXT);
      expect(result).toMatchObject({ counts: { refused: 1 }, verified: false });
      expect(result.exceptions[0]?.detail).toContain(reason);
    }
    expect(await world.on('web-1', 'cat /etc/shadow')).toBe(shadow);
  });

  it('an account the host does not have is missing; a name that is no name never reaches the host', async () => {
    const result = await accounts.perform(world.host('web-1'), disableAccount('nobody-here'), CONTEXT);
    expect(result.counts.missing).toBe(1);
    const odd = { ...disableAccount('x'), account: '-rf$(reboot)' };
    await expect(accounts.perform(world.host('web-1'), odd, CONTEXT)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
