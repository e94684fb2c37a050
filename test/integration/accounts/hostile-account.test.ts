import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { ACCOUNT_PROGRAMS, CHECK_ACCOUNT, DISABLE_ACCOUNT } from '../../../src/adapters/accounts/account-programs';
import { encodeHeader } from '../../../src/adapters/host-script/header';
import { hashOf } from '../../../src/domain/hash';
import { CONTEXT, disableAccount, LabWorld } from '../isolation/support/lab-world';

const TERABYTE = 1024 ** 4;

describe('H3 an account prepares its home against being disabled', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], ACCOUNT_PROGRAMS);
    accounts = new AccountDisabling(world.shell);
    await world.on('web-1', 'useradd -m -s /bin/bash -G sudo steward; useradd -m -s /bin/bash bob');
  });
  afterAll(() => world.down());

  const on = (script: string) => world.on('web-1', script);

  async function makeAccount(prepare: (home: string, name: string) => string): Promise<string> {
    made += 1;
    const name = `mallory${made}`;
    await on(
      `useradd -m -s /bin/bash ${name}; install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys
      ${prepare(`/home/${name}`, name)}
      chown -h ${name}: /home/${name}/.ssh /home/${name}/.ssh/authorized_keys*`,
    );
    return name;
  }

  const perform = (account: string) => accounts.perform(world.host('web-1'), disableAccount(account), CONTEXT);
  const undo = (account: string) => accounts.undo(world.host('web-1'), disableAccount(account), CONTEXT);

  /** While the body runs, `program` on the host first does this, then its work. */
  async function before<T>(program: string, script: string, body: () => Promise<T>): Promise<T> {
    await on(
      `cat >/usr/local/sbin/${program} <<'PROGRAM'
#!/bin/sh
${script}
exec /usr/bin/${program} "$@"
PROGRAM
      chmod 755 /usr/local/sbin/${program}`,
    );
    try {
      return await body();
    } finally {
      await on(`rm -f /usr/local/sbin/${program}`);
    }
  }

  it('is locked, expired and without processes before the first of its files is touched', async () => {
    const name = await makeAccount(
      (_home, account) => `setsid setpriv --reuid=${account} --clear-groups sleep 4713 </dev/null >/dev/null 2>&1 &`,
    );
    const look = `case "$*" in */home/* | *./authorized_keys*) ;; *) exec /usr/bin/cp "$@" ;; esac
      { grep '^${name}:' /etc/shadow | cut -d: -f 2,8; pgrep -c -U ${name} -x sleep; } >>/run/seen 2>&1`;
    await before('cp', look, () => perform(name));
    const seen = (await on('cat /run/seen; rm -f /run/seen')).split('\n');
    expect(seen[0]).toBe('!:1');
    expect(seen[1]).toBe('0');
    await undo(name);
  });

  it('a sparse file of a terabyte is moved away unread and comes back as it was', async () => {
    const name = await makeAccount((home) => `truncate -s 1T ${home}/.ssh/authorized_keys2`);
    const look = `stat -c '%s %i %U %a' /home/${name}/.ssh/authorized_keys2`;
    const was = await on(look);
    expect(was).toContain(`${TERABYTE} `);
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    await expect(on(`ls /home/${name}/.ssh`)).resolves.toBe('');
    expect(world.login('web-1', name)).toBe(255);
    expect(await undo(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(await on(look)).toBe(was);
    expect(world.login('web-1', name)).toBe(0);
  });

  it('on a file system of its own such a file is recorded and removed, and the release says that it was not kept', async () => {
    const name = await makeAccount(
      (home, account) =>
        `mount -t tmpfs -o mode=700,uid=$(id -u ${account}) tmpfs ${home}/.ssh; truncate -s 1G ${home}/.ssh/authorized_keys`,
    );
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    await expect(on(`ls -A /home/${name}/.ssh`)).resolves.toBe('');
    await expect(on('cat /var/lib/firebreak/INC-*/before/files/1.large')).resolves.toContain('1073741824 bytes');
    const undone = await undo(name);
    expect(undone.counts.refused).toBe(1);
    expect(undone.notes.join()).toContain('was not kept');
    await on(`umount /home/${name}/.ssh`);
  });

  it.each([
    ['a pipe', (path: string) => `rm -f ${path}; mkfifo ${path}`],
    ['a directory', (path: string) => `rm -f ${path}; mkdir -p ${path}/deeper; : >${path}/deeper/file`],
    [
      'a directory of 100,000 entries',
      (path: string) => `rm -f ${path}; mkdir ${path}; cd ${path}; seq 100000 | xargs touch`,
    ],
    [
      'a socket',
      (path: string) => `rm -f ${path}; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("${path}")'`,
    ],
  ])('%s in place of a key file is left where it is, and holds nothing up', async (_what, prepare) => {
    const name = await makeAccount((home) => prepare(`${home}/.ssh/authorized_keys2`));
    const look = `stat -c '%F %i' /home/${name}/.ssh/authorized_keys2; ls -A /home/${name}`;
    const was = await on(look);
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect(await on(look)).toBe(was);
    expect((await undo(name)).counts.applied).toBe(1);
    expect(world.login('web-1', name)).toBe(0);
  });

  it('100,000 entries beside the key file hold nothing up', async () => {
    const name = await makeAccount((home) => `cd ${home}/.ssh; seq 100000 | xargs touch; cd`);
    expect(await perform(name)).toMatchObject({ counts: { applied: 1 }, verified: true });
    expect((await undo(name)).counts.applied).toBe(1);
  });

  describe('somebody else swaps its .ssh for a link to bob’s, between the look and the act', () => {
    const swap = (name: string) =>
      `case "$*" in *authorized_keys*)
        [ -L /home/${name}/.ssh ] || { mv /home/${name}/.ssh /home/${name}/aside && ln -s /home/bob/.ssh /home/${name}/.ssh; } ;; esac`;
    beforeEach(() =>
      on(`rm -rf /home/bob/.ssh; install -d -o bob -g bob -m 700 /home/bob/.ssh; echo bob-key >/home/bob/.ssh/authorized_keys
      chown bob: /home/bob/.ssh/authorized_keys`),
    );
    const bobs = () => on(`cat /home/bob/.ssh/authorized_keys; stat -c '%U %a' /home/bob/.ssh/authorized_keys`);

    it.each(['cp', 'rm'])('before %s: bob’s keys stay', async (program) => {
      const name = await makeAccount((home) => `chmod 777 ${home}`);
      const was = await bobs();
      await before(program, swap(name), () => perform(name));
      expect(await bobs()).toBe(was);
    });

    it('before the release puts the file back: bob’s keys stay', async () => {
      const name = await makeAccount((home) => `chmod 777 ${home}`);
      await perform(name);
      await on('rm /home/bob/.ssh/authorized_keys');
      const look = `case "$*" in *before/files*) ;; *) exec /usr/bin/cp "$@" ;; esac`;
      const link = `mv /home/${name}/.ssh /home/${name}/aside && ln -s /home/bob/.ssh /home/${name}/.ssh`;
      await before('cp', `${look}\n${link}`, () => undo(name));
      await expect(on('ls -A /home/bob/.ssh')).resolves.toBe('');
    });
  });

  it('ARG_MAX: more processes than fit into an argument list (5,500, with a stack of 512 KiB) are seen and ended', async () => {
    const name = await makeAccount(() => '');
    await on(
      `mkdir -p /run/systemd/system/ssh.service.d; printf '[Service]\\nLimitSTACK=512K\\nTasksMax=infinity\\n' >/run/systemd/system/ssh.service.d/stack.conf
      systemctl daemon-reload; systemctl restart ssh
      systemd-run --quiet --unit=crowd -p User=${name} -p TasksMax=infinity -p LimitNPROC=infinity -p KillMode=none \\
        sh -c 'i=0; while [ $i -lt 5500 ]; do sleep 4714 & i=$((i + 1)); done; wait'`,
    );
    const alive = () => on(`pgrep -c -U ${name} || true`);
    for (let tries = 0; Number(await alive()) < 5_500 && tries < 600; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await world.shell.close();
    const shell = world.renewShell();
    const disabling = new AccountDisabling(shell);
    const result = await disabling.perform(world.host('web-1'), disableAccount(name), CONTEXT);
    expect(await alive()).toBe('0');
    expect(result).toMatchObject({ counts: { applied: 1 }, verified: true });
    await on('rm -r /run/systemd/system/ssh.service.d; systemctl daemon-reload; systemctl restart ssh');
  });

  it.each([
    ['is in no account database', 'ghost', ''],
    ['has / for a home', 'rooty', 'useradd -M -d / rooty'],
  ])('finding 12: when Firebreak’s own account %s, nothing is called disabled', async (_how, own, prepare) => {
    const name = await makeAccount(() => prepare);
    const header = { action: disableAccount(name).id, account: name, own };
    const run = (script: typeof CHECK_ACCOUNT, more: Record<string, string | number>) =>
      world.shell.run(world.host('web-1'), script, { input: encodeHeader({ ...header, ...more }), timeoutMs: 40_000 });
    expect((await run(CHECK_ACCOUNT, { confirm: 0 })).code).toBe(70);
    expect((await run(DISABLE_ACCOUNT, { plan: hashOf(disableAccount(name)), mode: 'perform', ttl: 3_600 })).code).toBe(
      70,
    );
  });
});
