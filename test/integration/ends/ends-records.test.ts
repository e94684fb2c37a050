import { setTimeout as sleep } from 'node:timers/promises';
import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { SourceBlockDriver } from '../../../src/adapters/host-script/source-blocks/source-block-driver';
import { HOST_PROGRAMS, HOST_RESTORERS } from '../../../src/composition/host-programs';
import type { DisableAccount } from '../../../src/domain/plan';
import { blockOf, RUNGS } from '../blocks/world';
import { actionId, CONTEXT, FIRST, LabWorld } from '../isolation/support/lab-world';

/** The account's line in /etc/shadow begins so while it is disabled. */
const LOCKED = (name: string) => `grep -c '^${name}:!' /etc/shadow || true`;

describe('H10 the record of an end on a host', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS, HOST_RESTORERS);
    accounts = new AccountDisabling(world.shell);
    await world.on('web-1', 'useradd -m -s /bin/bash -G sudo steward');
    // The test runs the program itself, so that it knows when it has looked.
    await world.on('web-1', 'systemctl stop firebreak-ends.timer');
  }, 600_000);
  afterAll(() => world.down());

  async function disabled(): Promise<{
    readonly action: DisableAccount;
    readonly name: string;
    readonly record: string;
  }> {
    made += 1;
    const name = `mallory${made}`;
    await world.on('web-1', `useradd -m -s /bin/bash ${name}; echo '${name}:lab-password' | chpasswd`);
    const action: DisableAccount = {
      id: actionId(FIRST, 'disable-account', 'web-1', name),
      kind: 'disable-account',
      host: 'web-1',
      account: name,
      approval: 'none',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    expect(await accounts.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({ verified: true });
    return { action, name, record: recordOf(action.id) };
  }

  const recordOf = (id: string) => `/var/lib/firebreak/${id.replaceAll(':', '+')}/end`;
  const field = async (record: string, key: string) =>
    Number(await world.on('web-1', `sed -n 's/^${key} //p' ${record}`));
  const look = () => world.on('web-1', '/usr/local/sbin/firebreak-ends 2>&1; echo "exit $?"');
  /** As if the time of the control were over: by the uptime, which counts until the next boot. */
  const bringEnd = (record: string) => world.on('web-1', `sed -i 's/^uptime .*/uptime 1/' ${record}`);

  it('names the time by both clocks, is root’s alone, and goes with the worker’s own undo', async () => {
    const { action, name, record } = await disabled();
    const now = Number(await world.on('web-1', 'date +%s'));
    const end = await field(record, 'end');
    expect(end - now).toBeGreaterThan(1_800);
    expect(end - now).toBeLessThanOrEqual(3_600);
    await expect(world.on('web-1', `stat -c '%U %a' ${record} /var/lib/firebreak`)).resolves.toBe('root 600\nroot 700');
    await expect(look()).resolves.toBe('exit 0');
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('1');
    expect((await accounts.undo(world.host('web-1'), action, CONTEXT)).notes).toEqual([]);
    await expect(world.on('web-1', `ls ${record} 2>&1 || true`)).resolves.toContain('No such file');
  });

  it('counts from the request, however long the act waited for its turn', async () => {
    await world.on('web-1', 'useradd -m patient');
    const now = Date.now();
    const action: DisableAccount = {
      id: actionId(FIRST, 'disable-account', 'web-1', 'patient'),
      kind: 'disable-account',
      host: 'web-1',
      account: 'patient',
      approval: 'none',
      expiresAt: new Date(now + 600_000).toISOString(),
    };
    await world.on(
      'web-1',
      `setsid flock /var/lib/firebreak sh -c 'touch /run/held; until [ -e /run/go ]; do sleep 0.1; done' >/dev/null 2>&1 &
      until [ -e /run/held ]; do sleep 0.1; done`,
    );
    const acting = new AccountDisabling(world.shell, () => new Date(now)).perform(world.host('web-1'), action, CONTEXT);
    const asked = await world.on(
      'web-1',
      'until pgrep -f "^flock -w 20 9" >/dev/null; do sleep 0.1; done; cut -d . -f 1 /proc/uptime; sleep 4; touch /run/go',
    );
    expect(await acting).toMatchObject({ verified: true });
    expect(await field(recordOf(action.id), 'uptime')).toBeLessThanOrEqual(Number(asked) + 600);
    await world.on('web-1', 'rm /run/held /run/go');
  });

  it('an act that is given again moves the end', async () => {
    const { action, record } = await disabled();
    const first = await field(record, 'end');
    const earlier = new AccountDisabling(world.shell, () => new Date(Date.now() - 1_800_000));
    await earlier.reassert(world.host('web-1'), action, CONTEXT);
    const later = await field(record, 'end');
    // By 1,800 s, give or take what a loaded host needs for each of the two acts.
    expect(later - first).toBeGreaterThan(900);
    await accounts.undo(world.host('web-1'), action, CONTEXT);
  });

  it('an act that is given again never brings the end nearer: what is over opens without an order', async () => {
    const { action, record } = await disabled();
    const before = await world.on('web-1', `cat ${record}`);
    const late = new AccountDisabling(world.shell, () => new Date(Date.now() + 3_599_000));
    await late.reassert(world.host('web-1'), action, CONTEXT);
    await expect(world.on('web-1', `cat ${record}`)).resolves.toBe(before);
    // Nor by way of an end that is too far away to be read.
    const far = new AccountDisabling(world.shell, () => new Date(0));
    await expect(far.reassert(world.host('web-1'), action, CONTEXT)).rejects.toThrow(/later than any policy/);
    await world.on('web-1', `sed -i 's/^end .*/end 999999999999/' ${record}`);
    await late.reassert(world.host('web-1'), action, CONTEXT);
    expect(await field(record, 'end')).toBe(999_999_999_999);
    await accounts.undo(world.host('web-1'), action, CONTEXT);
  });

  it('a clock that jumps ends nothing before the next boot; after it the wall clock counts', async () => {
    const { name, record } = await disabled();
    await world.on('web-1', `sed -i 's/^end .*/end 1000/' ${record}`);
    await expect(look()).resolves.toBe('exit 0');
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('1');
    await world.on('web-1', `sed -i 's/^boot .*/boot another/' ${record}`);
    await expect(look()).resolves.toMatch(/ended by this host with restore-account\nexit 0$/);
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('0');
  });

  it('what is not as it was left stays contained, is told, and is tried again later', async () => {
    const { action, name, record } = await disabled();
    await world.on('web-1', `echo '${name}:another-password' | chpasswd`);
    await bringEnd(record);
    await expect(look()).resolves.toMatch(/could not end it .*outcome refused;reason drift;drift shadow.*\nexit 1$/);
    await expect(world.on('web-1', `grep -c '^${name}:.*:1:$' /etc/shadow || true`)).resolves.toBe('1');
    expect(await field(record, 'tries')).toBe(1);
    await expect(look()).resolves.toBe('exit 0');
    expect(await field(record, 'tries')).toBe(1);
    const refused = await accounts.undo(world.host('web-1'), action, CONTEXT);
    expect(refused.counts.refused).toBe(1);
    await world.on('web-1', `rm ${record}`);
  });

  it('an undo that was cut off at its very end is told as ended, once', async () => {
    const { action, name, record } = await disabled();
    await world.on('web-1', `cp -p ${record} /root/end`);
    await accounts.undo(world.host('web-1'), action, CONTEXT);
    await world.on('web-1', `mv /root/end ${record}`);
    await bringEnd(record);
    await expect(look()).resolves.toMatch(/ended by this host with restore-account\nexit 0$/);
    await expect(world.on('web-1', `ls ${record} 2>&1 || true`)).resolves.toContain('No such file');
    await expect(look()).resolves.toBe('exit 0');
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('0');
  });

  it('runs nothing that the gate would not run', async () => {
    const { name, record } = await disabled();
    const program = '/usr/local/lib/firebreak/undo/restore-account.sh';
    await world.on('web-1', `cp -p ${program} /root/kept; echo '# changed' >>${program}`);
    await bringEnd(record);
    await expect(look()).resolves.toMatch(/could not end it \(exit 97/);
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('1');
    await world.on(
      'web-1',
      `mv /root/kept ${program}; sed -i 's/^program .*/program ..\\/..\\/evil/; /^again/d' ${record}`,
    );
    await expect(look()).resolves.toMatch(/names no program\nexit 1$/);
    // A link in the journal is no record, wherever it leads.
    await world.on(
      'web-1',
      `sed -i 's/^program .*/program restore-account/' ${record}; mv ${record} ${record}.real; ln -s end.real ${record}`,
    );
    await expect(look()).resolves.toBe('exit 0');
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('1');
    await world.on('web-1', `mv ${record}.real ${record}`);
    await expect(look()).resolves.toMatch(/exit 0$/);
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('0');
  });

  it('waits for the act that holds the host, and looks at the record again under the lock', async () => {
    const { action, name, record } = await disabled();
    await bringEnd(record);
    // Another act holds the host; meanwhile the end is put off, as an act that is given again does.
    await world.on(
      'web-1',
      `setsid flock /var/lib/firebreak sh -c 'touch /run/held; sleep 3; sed -i "s/^uptime .*/uptime 99999999/" ${record}' >/dev/null 2>&1 &
      until [ -e /run/held ]; do sleep 0.1; done`,
    );
    await expect(look()).resolves.toBe('exit 0');
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('1');
    await accounts.undo(world.host('web-1'), action, CONTEXT);
  });

  it.each(RUNGS.map((rung) => [rung.name, rung] as const))(
    'takes a block by %s out of the kernel, before its own time there',
    async (_, rung) => {
      const action = blockOf(FIRST, ['198.51.100.7', '2001:db8::7', '203.0.113.128/25'], {
        id: actionId(FIRST, 'block-sources', 'web-1', rung.name),
      });
      const kernel = `nft list tables | grep firebreak; ipset list -n; iptables-save -t raw | grep fb-; ip6tables-save -t raw | grep fb-; true`;
      const driver = new SourceBlockDriver(rung, world.shell);
      const before = await world.on('web-1', kernel);
      expect(await driver.perform(world.host('web-1'), action, CONTEXT)).toMatchObject({ verified: true });
      expect(await world.on('web-1', kernel)).not.toBe(before);
      await bringEnd(recordOf(action.id));
      await expect(look()).resolves.toMatch(/ended by this host with block-sources-.*\nexit 0$/);
      await expect(world.on('web-1', kernel)).resolves.toBe(before);
      const undone = await driver.undo(world.host('web-1'), action, CONTEXT);
      expect(undone).toMatchObject({ counts: { already: 3 }, replayed: true });
      expect(undone.notes.join()).toContain('the host ended it by itself');
    },
  );

  it('the timer does all this by itself', async () => {
    const { name, record } = await disabled();
    await bringEnd(record);
    await world.on('web-1', 'systemctl start firebreak-ends.timer');
    for (let tries = 0; tries < 60 && (await world.on('web-1', LOCKED(name))) !== '0'; tries += 1) await sleep(1_000);
    await expect(world.on('web-1', LOCKED(name))).resolves.toBe('0');
    await expect(
      world.on('web-1', `systemctl is-enabled firebreak-ends.timer firebreak-restore.service`),
    ).resolves.toBe('enabled\nenabled');
  });
});
