import { AccountDisabling } from '../../../src/adapters/accounts/account-disabling';
import { EmergencyAccounts } from '../../../src/adapters/accounts/emergency-accounts';
import { MonitoringHeightening } from '../../../src/adapters/monitoring/monitoring-heightening';
import { HOST_PROGRAMS, HOST_RESTORERS } from '../../../src/composition/host-programs';
import { makeIncidentId } from '../../../src/domain/ids';
import type { HeightenMonitoring } from '../../../src/domain/plan';
import { actionId, CONTEXT, disableAccount, emergencyAccess, inAnHour, LabWorld } from '../isolation/support/lab-world';

const DISK = '/var/lib/firebreak';
const FAIL2BAN_ANSWERS = 'for i in $(seq 50); do fail2ban-client ping && break; sleep 0.2; done';
/** By the worker's record the act is in force on this very machine. */
const IN_FORCE = { ...CONTEXT, inForce: true };

describe('a journal that lay in memory when its host was booted', () => {
  let world: LabWorld;
  let accounts: AccountDisabling;
  let access: EmergencyAccounts;
  let monitoring: MonitoringHeightening;
  let made = 0;
  const host = () => world.host('web-1');
  const on = (script: string) => world.on('web-1', script);

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], HOST_PROGRAMS, HOST_RESTORERS);
    accounts = new AccountDisabling(world.shell);
    access = new EmergencyAccounts(world.shell);
    monitoring = new MonitoringHeightening(world.shell);
    await on(
      `systemctl stop firebreak-ends.timer; useradd -m -s /bin/bash -G sudo steward; ${FAIL2BAN_ANSWERS}
      mount -t tmpfs -o mode=700,size=16m none ${DISK}`,
    );
  }, 600_000);
  afterAll(() => world.down());
  afterEach(() =>
    on(`rm -rf /run/firebreak-journal ${DISK}/*; userdel -r fb-rescue 2>/dev/null; rm -f /etc/sudoers.d/firebreak-*
      find /etc -name '*zz-firebreak.*' -delete; rm -f /etc/ssh/sshd_config.d/00-firebreak.conf
      fail2ban-client reload >/dev/null; systemctl reset-failed; systemctl restart systemd-journald`),
  );

  const incident = () => makeIncidentId(new Date(), [7, 7, (made += 1), 7]);
  async function person() {
    const name = `mallory${(made += 1)}`;
    await on(
      `useradd -m -s /bin/bash -G sudo ${name}; echo '${name}:lab-password' | chpasswd
      install -d -o ${name} -g ${name} -m 700 /home/${name}/.ssh
      echo '${world.personPublicKey}' >/home/${name}/.ssh/authorized_keys; chown ${name}: /home/${name}/.ssh/authorized_keys`,
    );
    return { name, action: disableAccount(name, incident()), before: await looks(name) };
  }
  const looks = (name: string) =>
    on(`grep '^${name}:' /etc/passwd /etc/shadow; id -nG ${name}; sha256sum /home/${name}/.ssh/* 2>/dev/null || true`);
  const grant = () => emergencyAccess(world, incident());
  const heighten = (): HeightenMonitoring => ({
    id: actionId(incident(), 'heighten-monitoring', 'web-1'),
    kind: 'heighten-monitoring',
    host: 'web-1',
    approval: 'none',
    expiresAt: inAnHour(),
  });
  const monitored = () =>
    on(`ls /etc/ssh/sshd_config.d /etc/systemd/journald.conf.d /etc/fail2ban/jail.d 2>/dev/null | grep firebreak
      fail2ban-client get sshd maxretry`);

  const full = () => on(`dd if=/dev/zero of=${DISK}/x bs=4k 2>/dev/null; sync`);
  /** Less than acts need, and more than one journal. */
  const nearlyFull = () => on(`dd if=/dev/zero of=${DISK}/x bs=1M count=15 2>/dev/null; sync`);
  const boot = () => on(`rm -rf /run/firebreak-journal; rm -f ${DISK}/x`);

  describe('on a disk that took nothing', () => {
    test('an account stays as it is, the undo fails and says what to look at, also after the watch has put it back', async () => {
      const { name, action } = await person();
      await full();
      expect(await accounts.perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
      await boot();
      const disabled = await looks(name);
      for (let asked = 0; asked < 2; asked += 1) {
        const undone = await accounts.undo(host(), action, IN_FORCE);
        expect(undone).toMatchObject({ verified: false, counts: { failed: 1, missing: 0 } });
        expect(undone.exceptions[0]?.why).toEqual(['account-journal-lost']);
      }
      await expect(looks(name)).resolves.toBe(disabled);

      await on(`chage -E -1 ${name}`);
      expect(await accounts.reassert(host(), action, CONTEXT)).toMatchObject({ verified: true });
      const undone = await accounts.undo(host(), action, IN_FORCE);
      expect(undone.exceptions[0]?.why).toEqual(['account-journal-lost']);
      // Nor does the host itself take what it is now for what was before.
      await on(`sed -i 's/^uptime .*/uptime 1/' ${DISK}/INC-*/end; /usr/local/sbin/firebreak-ends || true`);
      await expect(looks(name)).resolves.toBe(disabled);
    }, 120_000);

    test('an emergency account is not said to be gone while it is there', async () => {
      const action = grant();
      await full();
      expect(await access.perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
      await boot();
      const undone = await access.undo(host(), action, IN_FORCE);
      expect(undone).toMatchObject({ verified: false, counts: { failed: 1, missing: 0 } });
      expect(undone.exceptions[0]?.why).toEqual(['emergency-journal-lost']);
      await on('userdel -r fb-rescue 2>/dev/null; rm /etc/sudoers.d/firebreak-*');
      expect((await access.undo(host(), action, IN_FORCE)).counts).toMatchObject({ failed: 0, missing: 1 });
    }, 120_000);

    test('monitoring is neither said to be undone nor heightened twice', async () => {
      const action = heighten();
      await full();
      expect(await monitoring.perform(host(), action, CONTEXT)).toMatchObject({ verified: true });
      await boot();
      const heightened = await monitored();
      await expect(monitoring.reassert(host(), action, CONTEXT)).rejects.toThrow(/journal of this act is lost/);
      const undone = await monitoring.undo(host(), action, IN_FORCE);
      expect(undone).toMatchObject({ verified: false, counts: { failed: 4 } });
      expect(undone.exceptions[0]?.why).toEqual(['monitoring-journal-lost']);
      await expect(monitored()).resolves.toBe(heightened);
      await on(
        'rm /etc/ssh/sshd_config.d/00-firebreak.conf /etc/systemd/journald.conf.d/zz-firebreak.conf /etc/fail2ban/jail.d/zz-firebreak.local',
      );
      expect((await monitoring.undo(host(), action, IN_FORCE)).counts).toMatchObject({ failed: 0, missing: 4 });
    }, 120_000);

    test('an act that was undone before the boot is not undone again', async () => {
      const { name, action, before } = await person();
      await full();
      await accounts.perform(host(), action, CONTEXT);
      await accounts.undo(host(), action, IN_FORCE);
      await boot();
      expect(await accounts.undo(host(), action, IN_FORCE)).toMatchObject({ verified: true, counts: { failed: 0 } });
      await expect(looks(name)).resolves.toBe(before);
    }, 120_000);
  });

  describe('on a disk with room for a journal, though not for acts', () => {
    const IN_MEMORY = expect.stringContaining('lies in memory (/run)') as string;

    test('an account comes back to what it was', async () => {
      const { name, action, before } = await person();
      await nearlyFull();
      expect((await accounts.perform(host(), action, CONTEXT)).notes).toContainEqual(IN_MEMORY);
      await boot();
      expect(await accounts.undo(host(), action, IN_FORCE)).toMatchObject({ verified: true, counts: { applied: 1 } });
      await expect(looks(name)).resolves.toBe(before);
      await expect(on(`ls ${DISK}/holds`)).resolves.toBe('');
    }, 120_000);

    test('an emergency account is removed', async () => {
      const action = grant();
      await nearlyFull();
      expect((await access.perform(host(), action, CONTEXT)).notes).toContainEqual(IN_MEMORY);
      await boot();
      expect(await access.undo(host(), action, IN_FORCE)).toMatchObject({ verified: true, counts: { applied: 1 } });
      await expect(on('getent passwd fb-rescue || ls /etc/sudoers.d')).resolves.not.toContain('rescue');
    }, 120_000);

    test('monitoring is as before', async () => {
      const before = await monitored();
      const action = heighten();
      await nearlyFull();
      expect((await monitoring.perform(host(), action, CONTEXT)).notes).toContainEqual(IN_MEMORY);
      await boot();
      expect(await monitoring.undo(host(), action, IN_FORCE)).toMatchObject({ verified: true, counts: { failed: 0 } });
      await expect(monitored()).resolves.toBe(before);
    }, 120_000);

    test('what was undone before the boot stays undone', async () => {
      const { name, action, before } = await person();
      await nearlyFull();
      await accounts.perform(host(), action, CONTEXT);
      await accounts.undo(host(), action, IN_FORCE);
      await boot();
      await expect(on(`ls ${DISK}/holds; ls ${DISK}/INC-*/end 2>/dev/null || true`)).resolves.toBe('');
      expect(await accounts.undo(host(), action, IN_FORCE)).toMatchObject({ verified: true, replayed: true });
      await expect(looks(name)).resolves.toBe(before);
    }, 120_000);
  });
});
