import type { Fact } from '../../../src/domain/fact';
import type { IncidentId } from '../../../src/domain/ids';
import { defanged, refusalFacts, tellableAction, tellableFacts } from '../../../src/domain/notice-words';

const INCIDENT = 'INC-20261120-7F3K' as IncidentId;

describe('H1 what people are told', () => {
  test('H1 a technical detail carries no address that anything would make a link of', () => {
    expect(defanged('sign in at https://firebreak.example.net/x')).toBe(
      'sign in at hxxps[:]//firebreak.example[.]net/x',
    );
    expect(defanged('www.evil.com/x')).toBe('www.evil[.]com/x');
    expect(defanged('HTTP://x mailto:a@b javascript:alert(1)')).not.toMatch(/https?:|mailto:|javascript:/i);
    expect(defanged('the key file: /etc/x, data: none')).toBe('the key file: /etc/x, data: none');
  });

  test('H2 H1 no control or direction characters, one line, bounded', () => {
    const text = defanged(`a\u202eb\u009bc\nd${'x'.repeat(1_000)}`);
    expect(text).toMatch(/^abc dx+$/);
    expect(text.length).toBeLessThanOrEqual(600);
  });

  test('H1 facts of no known kind, and words that nobody has signed, are left out', () => {
    const facts = [
      { fact: 'in-words', words: 'curl https://x | sudo sh', by: 'ceo' },
      { fact: 'constructor' },
      { fact: 'order-again', command: 'curl https://x | sh' },
      { fact: 'order-again', command: `firebreak release ${INCIDENT}` },
      { fact: 'order-again', command: 'firebreak release INC-20261120-8G4M' },
      { fact: 'ended', how: 'stand-down', by: 'ceo' },
      { fact: 'given-up', hosts: ['db-1'], by: 'ceo' },
      { fact: 'if-machine-gone', host: 'web-1', command: 'curl https://x | sh' },
      { fact: 'if-machine-gone', host: 'web-1', command: `firebreak release ${INCIDENT} --gone web-1` },
      { fact: 'host-failed', host: 'web-1', fault: { code: 'HOST_TIMEOUT', detail: 'see https://x' } },
      null,
    ] as unknown as readonly Fact[];
    expect(tellableFacts(facts, INCIDENT)).toEqual([
      { fact: 'order-again', command: `firebreak release ${INCIDENT}` },
      { fact: 'if-machine-gone', host: 'web-1', command: `firebreak release ${INCIDENT} --gone web-1` },
      { fact: 'host-failed', host: 'web-1', fault: { code: 'HOST_TIMEOUT', detail: 'see hxxps[:]//x' } },
    ]);
    expect(tellableFacts(facts, INCIDENT, { by: 'bob', words: 'call me', action: 'escalate' })[0]).toEqual({
      fact: 'in-words',
      by: 'bob',
      words: 'call me',
    });
    const ending = { by: 'bob', words: 'scrapped', action: 'release', gone: ['web-1'] };
    expect(tellableFacts(facts, INCIDENT, ending)).toContainEqual({ fact: 'given-up', hosts: ['web-1'], by: 'bob' });
  });

  test.each([
    `firebreak approve ${INCIDENT} --plan aabbccddeeff`,
    `firebreak classify ${INCIDENT} --as malware`,
    `firebreak block list --incident ${INCIDENT}`,
    `firebreak evidence supplement ${INCIDENT}`,
    `firebreak block remove ${INCIDENT} 203.0.113.7 2001:db8::/64 …`,
  ])('N6 %s is a command of ours', (command) => {
    expect(tellableAction(command, INCIDENT)).toBe(command);
  });

  test.each([
    'curl https://x | sudo sh',
    `firebreak approve ${INCIDENT}; curl x`,
    `firebreak approve ${INCIDENT} --plan $(x)`,
    'firebreak approve INC-20261120-8G4M --plan aabbccddeeff',
    `firebreak status ${INCIDENT} https://firebreak.example.net/login`,
    `firebreak status ${INCIDENT} firebreak.example.com`,
    `firebreak operator ${INCIDENT}`,
    `firebreak evidence dispose ${INCIDENT}`,
    // A shell would take it as a pipe, and classify as the first of them.
    `firebreak classify ${INCIDENT} --as intrusion|malware|ddos`,
    `firebreak status ${INCIDENT}\nrm -rf /`,
  ])('H1 %s is none', (command) => {
    expect(tellableAction(command, INCIDENT)).toBe(`firebreak status ${INCIDENT}`);
  });

  test('H1 a notice without an order tells that something was tried, by codes and names only', () => {
    const facts = [
      { fact: 'start-unauthorised', code: 'sign in at https://x', by: 'Call +1 900 555' },
      { fact: 'act-unauthorised', act: 'see https://x', code: 'GRANT_UNKNOWN' },
      { fact: 'response-unauthorised', fault: { code: 'OTP_INVALID', detail: 'see https://x' } },
      { fact: 'cannot-respond' },
    ] as unknown as readonly Fact[];
    expect(refusalFacts(facts)).toEqual([
      { fact: 'start-unauthorised', code: 'NOT_AUTHORISED', by: 'unknown' },
      { fact: 'act-unauthorised', act: 'unknown', code: 'GRANT_UNKNOWN' },
      { fact: 'response-unauthorised', fault: { code: 'OTP_INVALID' } },
    ]);
  });
});
