import { Checks } from '../../../src/operations/doctor-check';
import { limitInWords, lookAtHosts } from '../../../src/operations/doctor-hosts';
import { sampleHost } from '../../support/sample-host';

describe('a host that limits new SSH connections is told before the incident', () => {
  test('nothing where no rule was found', () => {
    expect(limitInWords({ host: 'web-1', connectionLimits: [] })).toBeUndefined();
  });

  test('with the first rule, how many more there are, and what to change', () => {
    const words = limitInWords({
      host: 'web-1',
      connectionLimits: ['-A INPUT … --hitcount 6', 'persourcepenalties x'],
    });
    expect(words).toMatch(/^web-1 limits new SSH connections \(-A INPUT … --hitcount 6 and 1 more\): let .* pass/);
  });
});

describe('C6 a host that the inventory gives by name only is told before the incident', () => {
  test.each([
    [{ address: 'web-1.example.org' }, true],
    [{ address: 'web-1.example.org', serviceAddresses: ['192.0.2.10'] }, false],
    [{ address: '192.0.2.10' }, false],
    [{ address: '2001:db8::10' }, false],
  ])('%j: %s', async (fields, isTold) => {
    const deps = {
      site: { hosts: new Map([['web-1', sampleHost('web-1', fields)]]) },
      operators: { list: () => Promise.resolve([]) },
      inspector: { facts: () => Promise.reject(new Error('off')) },
    } as unknown as Parameters<typeof lookAtHosts>[0];
    const checks = await lookAtHosts(deps, new Checks(1_000).check, []);
    const told = checks.filter(({ what }) => what === 'address of web-1');
    expect(told).toEqual(
      isTold
        ? [expect.objectContaining({ ok: false, detail: expect.stringContaining('serviceAddresses') as string })]
        : [],
    );
  });
});
