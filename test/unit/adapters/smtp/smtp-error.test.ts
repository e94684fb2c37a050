import { smtpVerdict } from '../../../../src/adapters/smtp/smtp-error';

test.each([
  [{ responseCode: 550, response: '550 5.1.1 <a@b> unknown', command: 'RCPT TO' }, 'CHANNEL_REFUSED', true],
  [{ responseCode: 535, code: 'EAUTH', command: 'AUTH PLAIN' }, 'CHANNEL_REFUSED', true],
  [{ responseCode: 554, command: 'DATA' }, 'CHANNEL_REFUSED', true],
  [{ responseCode: 450, command: 'RCPT TO' }, 'CHANNEL_RATE_LIMITED', true],
  [{ responseCode: 421, command: 'CONN' }, 'CHANNEL_RATE_LIMITED', true],
  [{ code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' }, 'CHANNEL_TIMEOUT', true],
  [{ code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT' }, 'CHANNEL_TIMEOUT', false],
  [{ code: 'ECONNECTION' }, 'CHANNEL_TIMEOUT', false],
  [{ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, 'CHANNEL_REFUSED', true],
  [{ code: 'ETLS' }, 'CHANNEL_REFUSED', true],
  [{ code: 'EENVELOPE' }, 'CHANNEL_REFUSED', true],
  [undefined, 'CHANNEL_TIMEOUT', false],
])('N2, B10 nodemailer’s %j is %s, surely not sent: %s', (thrown, code, surelyNotSent) => {
  const verdict = smtpVerdict(thrown);
  expect([verdict.error.code, verdict.surelyNotSent]).toEqual([code, surelyNotSent]);
});

test('N2 the answer is named by its codes; the server’s words and the user name are not repeated', () => {
  const { error } = smtpVerdict({
    responseCode: 550,
    response: '550 5.7.1 <alice@example.org>: no',
    command: 'AUTH alice secret',
  });
  expect(error.message).toContain('550 5.7.1 to AUTH');
  expect(error.message).not.toMatch(/alice|secret/);
});
