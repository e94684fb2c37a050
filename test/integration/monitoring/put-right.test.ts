import { MonitoringHeightening } from '../../../src/adapters/monitoring/monitoring-heightening';
import { MONITORING_PROGRAMS } from '../../../src/adapters/monitoring/monitoring-programs';
import type { HeightenMonitoring } from '../../../src/domain/plan';
import { actionId, CONTEXT, FIRST, inAnHour, LabWorld } from '../isolation/support/lab-world';

const FAIL2BAN_ANSWERS = 'for i in $(seq 50); do fail2ban-client ping && break; sleep 0.2; done';

describe('B14 C5 monitoring is undone against what Firebreak left, not against what was there before', () => {
  let world: LabWorld;
  let monitoring: MonitoringHeightening;
  let made = 0;

  beforeAll(async () => {
    world = await LabWorld.up([{ name: 'web-1', role: 'host' }], MONITORING_PROGRAMS);
    monitoring = new MonitoringHeightening(world.shell);
    await world.on('web-1', FAIL2BAN_ANSWERS);
  });
  afterAll(() => world.down());

  const on = (script: string) => world.on('web-1', script);
  function heighten(): HeightenMonitoring {
    made += 1;
    return {
      id: actionId(FIRST, 'heighten-monitoring', 'web-1', `${made}`),
      kind: 'heighten-monitoring',
      host: 'web-1',
      approval: 'none',
      expiresAt: inAnHour(),
    };
  }
  const perform = (action: HeightenMonitoring) => monitoring.perform(world.host('web-1'), action, CONTEXT);
  const undo = (action: HeightenMonitoring) => monitoring.undo(world.host('web-1'), action, CONTEXT);
  const left = () =>
    on(
      `find /etc -name '*firebreak*' -path '*.d/*' | grep -v sudoers | grep -v cron || true; ls /var/lib/firebreak/holds 2>/dev/null || true`,
    );

  test.each([
    [
      'sshd’s level',
      `echo 'LogLevel DEBUG' >/etc/ssh/sshd_config.d/50-site.conf`,
      'rm /etc/ssh/sshd_config.d/50-site.conf',
    ],
    [
      'journald’s limit',
      `mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\\nRateLimitBurst=77\\n' >/etc/systemd/journald.conf.d/50-site.conf`,
      'rm /etc/systemd/journald.conf.d/50-site.conf',
    ],
    [
      'a jail of fail2ban',
      `printf '[sshd]\\nmaxretry = 9\\n' >/etc/fail2ban/jail.d/site.local`,
      `rm /etc/fail2ban/jail.d/site.local; fail2ban-client reload; ${FAIL2BAN_ANSWERS}`,
    ],
  ])('somebody has set %s meanwhile: that stays, and the release ends', async (_what, change, back) => {
    const action = heighten();
    expect((await perform(action)).verified).toBe(true);
    await on(change);
    expect((await undo(action)).counts).toMatchObject({ refused: 0, failed: 0 });
    await expect(left()).resolves.toBe('');
    await on(back);
  });

  test('a service that is gone meanwhile holds no release up', async () => {
    const action = heighten();
    await perform(action);
    await on('systemctl stop fail2ban');
    expect((await undo(action)).counts).toMatchObject({ refused: 0, failed: 0 });
    await expect(left()).resolves.toBe('');
    await on(`systemctl start fail2ban; ${FAIL2BAN_ANSWERS}`);
  });

  test('an sshd that does not read its directory is a part that the host does not have', async () => {
    await on(`cp -p /etc/ssh/sshd_config /etc/ssh/kept; sed -i '/^Include/d' /etc/ssh/sshd_config`);
    const action = heighten();
    const result = await perform(action);
    expect(result).toMatchObject({ verified: true, counts: { failed: 0 } });
    expect(result.exceptions).toContainEqual(
      expect.objectContaining({
        target: 'sshd-log-level',
        outcome: 'missing',
        detail: expect.stringContaining('sshd_config.d') as string,
      }),
    );
    expect((await undo(action)).counts).toMatchObject({ refused: 0, failed: 0 });
    await expect(left()).resolves.toBe('');
    await on('mv /etc/ssh/kept /etc/ssh/sshd_config');
  });

  test('an Include that somebody took out after the act is a loss, and not a part that was never there', async () => {
    const action = heighten();
    await perform(action);
    await on(`cp -p /etc/ssh/sshd_config /etc/ssh/kept; sed -i '/^Include/d' /etc/ssh/sshd_config`);
    const seen = await monitoring.verify(world.host('web-1'), action, CONTEXT);
    expect(seen).toMatchObject({ verified: false });
    expect(seen.exceptions).toContainEqual(
      expect.objectContaining({ target: 'sshd-log-level', why: ['part-not-in-force'] }),
    );
    await on('mv /etc/ssh/kept /etc/ssh/sshd_config');
    await undo(action);
  });
});
