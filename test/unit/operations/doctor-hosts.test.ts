import { limitInWords } from '../../../src/operations/doctor-hosts';

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
