import { execFileSync } from 'node:child_process';
import { ACCOUNT_PROGRAMS } from '../../../../src/adapters/accounts/account-programs';
import { FEED_JAIL } from '../../../../src/adapters/fail2ban/jail-feeding';
import { ISOLATION_PROGRAMS, ISOLATION_RESTORER } from '../../../../src/adapters/isolation/isolation-programs';
import { MONITORING_PROGRAMS } from '../../../../src/adapters/monitoring/monitoring-programs';

const PROGRAMS = [...ACCOUNT_PROGRAMS, ...ISOLATION_PROGRAMS, ISOLATION_RESTORER, ...MONITORING_PROGRAMS, FEED_JAIL];

describe('C11 host programs for accounts, isolation, monitoring and jails', () => {
  it.each(PROGRAMS.map((program) => [program.name, program.text] as const))(
    '%s is POSIX sh without eval of its own',
    (_, text) => {
      execFileSync('sh', ['-n'], { input: text });
      const own = text.slice(text.indexOf('# --- the script itself'));
      expect(own).not.toMatch(/^\s*eval\b|\beval "/m);
    },
  );

  it('each has a name of its own: the allow list is readable', () => {
    expect(new Set(PROGRAMS.map(({ name }) => name)).size).toBe(PROGRAMS.length);
  });
});
