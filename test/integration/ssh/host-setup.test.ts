import { hostScript } from '../../../src/adapters/host-script/host-script';
import { readReply } from '../../../src/adapters/host-script/reply';
import { hostFactsScript, SshHostInspector } from '../../../src/adapters/nftables/host-inspector';
import { RUNGS } from '../blocks/world';
import { CONTEXT, LabWorld } from '../isolation/support/lab-world';

const HELLO = hostScript('hello', 'fb_header', 'cat | fb_say_text data', 'fb_end');

const PROGRAMS = [HELLO, hostFactsScript(RUNGS)];

/** What a site's hardening does, and how it is taken back. */
interface Hardening {
  readonly what: string;
  readonly harden: string;
  readonly soften?: string;
}

const SSHD = (line: string) => ({
  harden: `echo '${line}' >/etc/ssh/sshd_config.d/10-site.conf; systemctl reload ssh`,
  soften: 'rm -f /etc/ssh/sshd_config.d/10-site.conf; systemctl reload ssh',
});

describe('host setup proves itself on a real host', () => {
  let world: LabWorld;
  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], PROGRAMS);
  });
  afterAll(() => world.down());

  const run = async () => {
    await world.shell.close();
    world.renewShell();
    return world.shell.run(world.host('web-1'), HELLO, { timeoutMs: 20_000, input: '\nbody' });
  };
  /** As people run it: from a pipe, without a terminal. */
  const setup = async () => {
    const { code, stdout, stderr } = await world.labHost('web-1').exec(world.setup(PROGRAMS), { timeoutMs: 120_000 });
    return { code, said: `${stdout}${stderr}` };
  };
  const answers = async () => expect(readReply(await run()).text('data')).toBe('body');
  afterEach(() => world.shell.close());

  const MENDED: readonly Hardening[] = [
    { what: 'a password that has aged', harden: 'chage -d 2020-01-01 -M 90 firebreak' },
    { what: 'a password that must be changed', harden: 'chage -d 0 firebreak' },
    { what: 'an account that has ended', harden: 'chage -E 2020-01-01 firebreak' },
    { what: 'a shell that runs nothing', harden: 'usermod -s /usr/sbin/nologin firebreak' },
    { what: 'a shell that is not there', harden: 'usermod -s /bin/no-such-shell firebreak' },
    {
      what: 'another home',
      harden:
        'mkdir -p /srv/fb; pkill -KILL -u firebreak || true; while pgrep -u firebreak; do sleep 0.2; done; usermod -d /srv/fb firebreak',
    },
    {
      what: 'sudo that wants a terminal',
      harden: 'rm /etc/sudoers.d/firebreak; echo "Defaults requiretty" >/etc/sudoers.d/zz',
      soften: 'rm /etc/sudoers.d/zz',
    },
    {
      what: 'key files in another place',
      ...SSHD('AuthorizedKeysFile /etc/ssh/keys.d/%u'),
    },
  ];

  test.each(MENDED)('C11 $what is mended, and the login works', async ({ harden, soften }) => {
    await world.on('web-1', harden);
    try {
      await expect(run().then(readReply)).rejects.toMatchObject({
        code: expect.stringMatching(/^(HOST_AUTH_REFUSED|HOST_GATE_NOT_REACHED|SUDO_REFUSED)$/) as unknown,
      });
      const { code, said } = await setup();
      expect(`${code} ${said}`).toMatch(/^0 [^]*firebreak setup: done\n$/);
      await answers();
    } finally {
      if (soften !== undefined) await world.on('web-1', soften);
    }
  });

  const REFUSED: readonly (Hardening & { readonly words: RegExp })[] = [
    {
      what: 'a list of groups that may log in',
      ...SSHD('AllowGroups sshusers'),
      words: /sshd is set to: allowgroups sshusers[^]*its groups are: firebreak/,
    },
    { what: 'a list of people who may not', ...SSHD('DenyUsers fire*'), words: /sshd is set to: denyusers fire\*/ },
    {
      what: 'another forced command',
      ...SSHD('ForceCommand /bin/echo Go away'),
      words: /the login says: Go away[^]*next: give firebreak a block "Match User firebreak"/,
    },
    {
      what: 'a host that lets nobody in now',
      harden: 'echo "Maintenance until noon" >/etc/nologin',
      soften: 'rm /etc/nologin',
      words: /Maintenance until noon[^]*next: remove \/etc\/nologin/,
    },
    {
      what: 'a rule of sudo that comes later',
      harden: `echo 'firebreak ALL=(root) !ALL' >/etc/sudoers.d/zz`,
      soften: 'rm /etc/sudoers.d/zz',
      words: /sudo says: [^]*cannot run the gate through sudo/,
    },
    {
      what: 'one key file for all accounts',
      ...SSHD('AuthorizedKeysFile /etc/ssh/keys.all'),
      words: /sshd is set to: authorizedkeysfile \/etc\/ssh\/keys\.all/,
    },
  ];

  test.each(REFUSED)('C11 $what is told in the host’s words, with a next step, and setup fails', async (one) => {
    await world.on('web-1', one.harden);
    try {
      const { code, said } = await setup();
      expect(code).toBe(1);
      expect(said).toMatch(one.words);
      expect(said).not.toContain('firebreak setup: done');
    } finally {
      await world.on('web-1', one.soften ?? 'true');
    }
    await world.on('web-1', world.setup(PROGRAMS));
    await answers();
  });

  test('C11 a login that PAM refuses is HOST_AUTH_REFUSED with the words of the host, after two logins at most', async () => {
    await world.on('web-1', 'echo "Maintenance until noon" >/etc/nologin');
    try {
      const logins = async () =>
        Number(
          await world.on('web-1', 'journalctl -t sshd -o cat | grep -c "Access denied for user firebreak" || true'),
        );
      const before = await logins();
      await expect(run()).rejects.toMatchObject({
        code: 'HOST_AUTH_REFUSED',
        message: expect.stringContaining('Maintenance until noon') as unknown,
      });
      expect((await logins()) - before).toBeLessThanOrEqual(2);
    } finally {
      await world.on('web-1', 'rm /etc/nologin');
    }
  });

  test('C11 the key of the proof is gone when setup has ended, and a second setup changes nothing', async () => {
    const { said } = await setup();
    expect(said).toBe('firebreak setup: done\n');
    expect(
      await world
        .on('web-1', 'grep -c . /home/firebreak/.ssh/authorized_keys; ls -d /run/firebreak-setup.* 2>&1')
        .catch((error: unknown) => String(error)),
    ).toMatch(/1\n[^]*No such file/);
  });

  /** Tools before the host's own in PATH, that can do as much as those of BusyBox. */
  const TOOLS = {
    flock: `case " $* " in *' -w '*) echo "flock: invalid option -- 'w'" >&2; exit 1 ;; esac; exec /usr/bin/flock "$@"`,
    // Reads ahead, and what it has read is gone.
    head: 'cat | /usr/bin/head "$@"',
    date: 'case $* in *%3N*) echo "$(/usr/bin/date +%s)%3N" ;; *) exec /usr/bin/date "$@" ;; esac',
    dd: `case $* in *iflag*) echo "dd: invalid argument 'iflag=fullblock'" >&2; exit 1 ;; esac; exec /usr/bin/dd "$@"`,
  } as const;
  const withTools = async (names: readonly (keyof typeof TOOLS)[], work: () => Promise<void>) => {
    for (const name of names) {
      const path = `/usr/local/sbin/${name}`;
      await world.on('web-1', `cat >${path} <<'TOOL'\n#!/bin/sh\n${TOOLS[name]}\nTOOL\nchmod 755 ${path}`);
    }
    try {
      await work();
    } finally {
      await world.on('web-1', `rm -f ${names.map((name) => `/usr/local/sbin/${name}`).join(' ')}`);
    }
  };

  test.each(['flock', 'dd'] as const)(
    'C11 a host whose %s cannot do what the programs need is refused by its name',
    async (tool) => {
      await withTools([tool], async () => {
        const { code, said } = await setup();
        expect(code).toBe(1);
        expect(said).toContain(`${tool} of this host cannot`);
      });
    },
  );

  test('C11 the gate loses nothing to a head that reads ahead, and a date without milliseconds tells the time', async () => {
    await withTools(['head', 'date'], async () => {
      await answers();
      world.renewShell();
      const { clockOffsetMs } = await new SshHostInspector(RUNGS, world.shell).facts(world.host('web-1'), CONTEXT);
      expect(Math.abs(clockOffsetMs)).toBeLessThan(30_000);
    });
  });
});
