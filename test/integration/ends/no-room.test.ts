import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { IsolationGate } from '../../../src/adapters/isolation/isolation-gate';
import { Isolations } from '../../../src/adapters/isolation/isolations';
import { SshHostInspector } from '../../../src/adapters/nftables/host-inspector';
import { HOST_PROGRAMS, HOST_RESTORERS } from '../../../src/composition/host-programs';
import { blockOf, RUNGS } from '../blocks/world';
import { actionId, CONTEXT, disableAccount, FIRST, SECOND, LabWorld } from '../isolation/support/lab-world';

const DISK = '/var/lib/firebreak';
const MEMORY = '/run/firebreak-journal/whole';
const place = (id: string, home = DISK) => `${home}/${id.replaceAll(':', '+')}`;
const IN_MEMORY = expect.stringContaining('lies in memory (/run)') as string;

/** What stops a file system of its own under the journal from taking anything, and what gives it back. */
const STOPS = [
  ['full', 'size=16m', `dd if=/dev/zero of=${DISK}/x bs=4k 2>/dev/null; sync`, `rm ${DISK}/x`],
  ['full and tiny', 'size=512k', `dd if=/dev/zero of=${DISK}/x bs=4k 2>/dev/null; sync`, `rm ${DISK}/x`],
  [
    'without inodes',
    'size=16m,nr_inodes=200',
    `mkdir ${DISK}/x; i=0; while touch ${DISK}/x/$i 2>/dev/null; do i=$((i+1)); done`,
    `rm -r ${DISK}/x`,
  ],
  ['read-only', 'size=16m', `mount -o remount,ro ${DISK}`, `mount -o remount,rw ${DISK}`],
] as const;

describe('a host whose disk takes nothing is contained all the same', () => {
  let world: LabWorld;
  let blocks: SourceBlockDriver;
  let accounts: AccountDisabling;
  let isolations: Isolations;
  const host = () => world.host('web-1');
  const on = (script: string) => world.on('web-1', script);
  const journal = async () => (await new SshHostInspector(RUNGS, world.shell).facts(host(), CONTEXT)).journal;
  const ends = () => on('/usr/local/sbin/firebreak-ends 2>&1; echo "exit $?"');
  const inForce = () => on(`nft list ruleset | grep -o '198[.]51[.]100[.][0-9]*' | sort -u | tr '\\n' ' '`);
  /** As after a boot: what lies in memory is gone, in the kernel and in /run. */
  const reboot = () => on('nft flush ruleset; rm -rf /run/firebreak-journal; /usr/local/sbin/firebreak-restore');

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS, HOST_RESTORERS);
    blocks = new SourceBlockDriver(RUNGS[0]!, world.shell);
    accounts = new AccountDisabling(world.shell);
    isolations = new Isolations(new IsolationGate(world.shell));
    await on('systemctl stop firebreak-ends.timer; useradd -m -s /bin/bash -G sudo steward');
  }, 600_000);
  afterAll(() => world.down());
  afterEach(() =>
    on(`nft flush ruleset; umount ${DISK} 2>/dev/null; rm -rf /run/firebreak-journal ${DISK}/INC-* ${DISK}/holds`),
  );

  const first = () => blockOf(FIRST, ['198.51.100.1', '198.51.100.2']);
  const second = () => blockOf(SECOND, ['198.51.100.3']);

  it.each(STOPS)(
    '%s: blocks are set, repeated, found again and released; room brings the journal back',
    async (_what, size, stop, giveBack) => {
      await on(`mount -t tmpfs -o mode=700,${size} none ${DISK}`);
      await expect(journal()).resolves.toBe('disk');
      const before = first();
      expect(await blocks.perform(host(), before, CONTEXT)).toMatchObject({ verified: true });
      await on(stop);
      await expect(journal()).resolves.toBe('memory');

      const action = second();
      const done = await blocks.perform(host(), action, CONTEXT);
      expect(done).toMatchObject({ verified: true, replayed: false });
      expect(done.notes).toContainEqual(IN_MEMORY);
      expect(await blocks.perform(host(), action, CONTEXT)).toMatchObject({ verified: true, replayed: true });
      await expect(inForce()).resolves.toBe('198.51.100.1 198.51.100.2 198.51.100.3');
      expect(await on(`cat ${place(action.id, MEMORY)}/state ${place(before.id, MEMORY)}/state`)).toBe(
        'confirmed\nconfirmed',
      );

      // An act of before is released while the disk takes nothing, and does not come back by a late repeat.
      expect(await blocks.undo(host(), before, CONTEXT)).toMatchObject({ verified: true });
      await blocks.perform(host(), before, CONTEXT).catch(() => undefined);
      await expect(inForce()).resolves.toBe('198.51.100.3');

      await on(giveBack);
      await expect(ends()).resolves.toBe('exit 0');
      await expect(on('ls -d /run/firebreak-journal 2>&1 || true')).resolves.toContain('No such file');
      expect(await on(`cat ${place(action.id)}/state ${place(before.id)}/state; ls ${place(action.id)}/end`)).toBe(
        `confirmed\nundone\n${place(action.id)}/end`,
      );
      await expect(journal()).resolves.toBe('disk');
      await reboot();
      await expect(inForce()).resolves.toBe('198.51.100.3');
      const released = await blocks.undo(host(), action, CONTEXT);
      expect(released).toMatchObject({ verified: true });
      expect(released.notes).not.toContainEqual(IN_MEMORY);
      await expect(inForce()).resolves.toBe('');
    },
    120_000,
  );

  const fill = () => on(`mount -t tmpfs -o mode=700,size=16m none ${DISK}`);
  const [, , stop, giveBack] = STOPS[0];

  it('a boot meanwhile loses what was done in memory, and brings back neither what was released nor what was let go', async () => {
    await fill();
    const before = first();
    const other = second();
    await blocks.perform(host(), before, CONTEXT);
    await blocks.perform(host(), other, CONTEXT);
    await on(stop);
    await blocks.undo(host(), other, CONTEXT);
    await blocks.lift(host(), before, ['198.51.100.2'], CONTEXT);
    await expect(inForce()).resolves.toBe('198.51.100.1');
    await reboot();
    await expect(inForce()).resolves.toBe('');
    // The undone one stays undone, and the other one is done anew as its order is now.
    await blocks.perform(host(), other, CONTEXT).catch(() => undefined);
    await blocks.reassert(host(), { ...before, sources: ['198.51.100.1'] }, CONTEXT);
    await expect(inForce()).resolves.toBe('198.51.100.1');
  }, 120_000);

  it('what a read-only disk cannot be told is said', async () => {
    await fill();
    await blocks.perform(host(), first(), CONTEXT);
    await on(`mount -o remount,ro ${DISK}`);
    const { notes } = await blocks.undo(host(), first(), CONTEXT);
    expect(notes).toContainEqual(expect.stringContaining('a reboot may bring it back') as string);
  });

  it('an end that comes meanwhile is kept', async () => {
    await fill();
    const [before, action] = [first(), second()];
    await blocks.perform(host(), before, CONTEXT);
    await on(stop);
    await blocks.perform(host(), action, CONTEXT);
    for (const { id } of [before, action]) await on(`sed -i 's/^uptime .*/uptime 1/' ${place(id, MEMORY)}/end`);
    await expect(ends()).resolves.toContain('exit 0');
    await expect(inForce()).resolves.toBe('');
    expect(await on(`cat ${place(action.id, MEMORY)}/state ${place(before.id, MEMORY)}/state`)).toBe('undone\nundone');
    await on(giveBack);
    await ends();
    expect(
      await on(`cat ${place(action.id)}/state ${place(before.id)}/state; ls ${DISK}/INC-*/end 2>/dev/null || true`),
    ).toBe('undone\nundone');
  });

  it('an end that comes when nothing lies in memory yet is kept, too', async () => {
    await fill();
    await blocks.perform(host(), first(), CONTEXT);
    await on(`sed -i 's/^uptime .*/uptime 1/' ${place(first().id)}/end; ${stop}`);
    await expect(ends()).resolves.toContain('exit 0');
    await expect(inForce()).resolves.toBe('');
  });

  it('a host is isolated and given back', async () => {
    await fill();
    await on(stop);
    const action = world.isolateHost(actionId(FIRST, 'isolate-host', 'web-1'));
    const done = await isolations.perform(host(), action, CONTEXT);
    expect(done).toMatchObject({ verified: true });
    expect(done.notes).toContainEqual(IN_MEMORY);
    expect(await isolations.perform(host(), action, CONTEXT)).toMatchObject({ verified: true, replayed: true });
    expect(await isolations.undo(host(), action, CONTEXT)).toMatchObject({ verified: true });
    await expect(on('nft list tables')).resolves.not.toContain('firebreak_iso');

    const later = world.isolateHost(actionId(SECOND, 'isolate-host', 'web-1'));
    await isolations.perform(host(), later, CONTEXT);
    await on(giveBack);
    await ends();
    await reboot();
    await expect(on('nft list tables')).resolves.toContain('firebreak_iso');
    expect(await isolations.undo(host(), later, CONTEXT)).toMatchObject({ verified: true });
    await expect(on(`ls ${DISK}/holds`)).resolves.toBe('');
  }, 120_000);

  async function person(name: string): Promise<string> {
    await on(
      `useradd -m -s /bin/bash -G sudo ${name}; echo '${name}:lab-password' | chpasswd
      install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys; chown ${name}: /home/${name}/.ssh/authorized_keys`,
    );
    return looks(name);
  }
  const looks = (name: string) =>
    on(`grep '^${name}:' /etc/passwd /etc/shadow; id -nG ${name}; sha256sum /home/${name}/.ssh/* 2>/dev/null || true`);

  it.each([
    ['while the disk is full', false],
    ['when the disk has room again', true],
  ])('an account is disabled, and given back %s', async (_when, roomFirst) => {
    const name = `mallory${Number(roomFirst)}`;
    const before = await person(name);
    await fill();
    await on(stop);
    const done = await accounts.perform(host(), disableAccount(name), CONTEXT);
    expect(done).toMatchObject({ verified: true });
    expect(done.notes).toContainEqual(IN_MEMORY);
    if (roomFirst) {
      await on(giveBack);
      await ends();
    }
    const undone = await accounts.undo(host(), disableAccount(name), CONTEXT);
    expect(undone).toMatchObject({ verified: true, counts: { applied: 1 } });
    await expect(looks(name)).resolves.toBe(before);
  });

  it('a disk that fills while key files are kept: nothing of them is lost, and the next attempt keeps them in memory', async () => {
    await person('petra');
    await on('head -c 600000 /dev/urandom >>/home/petra/.ssh/authorized_keys');
    const before = await looks('petra');
    // An act needs 512 KiB here, which is less than the file.
    await on(
      `mount -t tmpfs -o mode=700,size=2m none ${DISK}; dd if=/dev/zero of=${DISK}/x bs=1k count=1480 2>/dev/null`,
    );
    await expect(journal()).resolves.toBe('disk');
    const action = disableAccount('petra');
    await expect(accounts.perform(host(), action, CONTEXT)).rejects.toMatchObject({ code: 'HOST_JOURNAL_UNWRITABLE' });
    await expect(on('grep -c "^petra:!.*:1:$" /etc/shadow')).resolves.toBe('1');
    const done = await accounts.perform(host(), action, CONTEXT);
    expect(done).toMatchObject({ verified: true });
    expect(done.notes).toContainEqual(IN_MEMORY);
    expect(await accounts.undo(host(), action, CONTEXT)).toMatchObject({ verified: true, counts: { applied: 1 } });
    await expect(looks('petra')).resolves.toBe(before);
  });

  it('an /etc that cannot be written is named, and nobody is accused', async () => {
    await person('oscar');
    const action = disableAccount('oscar');
    await on('mount --bind /etc /etc && mount -o remount,ro,bind /etc');
    try {
      const done = await accounts.perform(host(), action, CONTEXT);
      expect(done.exceptions[0]?.detail).toContain('/etc of the host cannot be written');
      await on('umount -l /etc');
      expect(await accounts.perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
      await on('mount --bind /etc /etc && mount -o remount,ro,bind /etc');
      await expect(accounts.undo(host(), action, CONTEXT)).rejects.toThrow(/\/etc cannot be written/);
    } finally {
      await on('umount -l /etc 2>/dev/null; true');
    }
    expect(await accounts.undo(host(), action, CONTEXT)).toMatchObject({ verified: true });
  });

  it('where /run has no room either, it is said by its code before and in the act, and nothing is changed', async () => {
    await fill();
    await on(
      `${stop}; avail=$(($(stat -f -c '%a * %S' /run) / 1024 - 7800)); dd if=/dev/zero of=/run/ballast bs=1k count=$avail 2>/dev/null; true`,
    );
    try {
      await expect(journal()).resolves.toBe('nowhere');
      await expect(blocks.perform(host(), first(), CONTEXT)).rejects.toMatchObject({ code: 'HOST_JOURNAL_UNWRITABLE' });
      await expect(inForce()).resolves.toBe('');
    } finally {
      await on('rm -f /run/ballast');
    }
    expect(await blocks.perform(host(), first(), CONTEXT)).toMatchObject({ verified: true });
  });
});
