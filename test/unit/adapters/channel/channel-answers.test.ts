import { connectionError } from '../../../../src/adapters/channel/connection-error';
import { EarlierAttempts } from '../../../../src/adapters/channel/earlier-attempts';
import { retryAfterMs } from '../../../../src/adapters/channel/retry-after';

test('N2 Retry-After is read as seconds or as a date, never as anything else', () => {
  const now = new Date('2026-11-20T03:00:00Z');
  expect(retryAfterMs('30', now)).toBe(30_000);
  expect(retryAfterMs(' 0 ', now)).toBe(0);
  expect(retryAfterMs('Fri, 20 Nov 2026 03:01:00 GMT', now)).toBe(60_000);
  expect(retryAfterMs('Fri, 20 Nov 2026 02:00:00 GMT', now)).toBe(0);
  for (const text of [null, undefined, '', 'soon', '99999999999999']) expect(retryAfterMs(text, now)).toBeUndefined();
});

test.each([
  [{ code: 'ECONNREFUSED' }, 'CHANNEL_REFUSED'],
  [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'CHANNEL_REFUSED'],
  [new TypeError('x', { cause: new AggregateError([{ code: 'ECONNREFUSED' }]) }), 'CHANNEL_REFUSED'],
  [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'CHANNEL_REFUSED'],
  [{ code: 'ECONNRESET' }, 'CHANNEL_TIMEOUT'],
  [{ code: 'UND_ERR_SOCKET' }, 'CHANNEL_TIMEOUT'],
  ['text', 'CHANNEL_TIMEOUT'],
  [undefined, 'CHANNEL_TIMEOUT'],
])('N2 a broken link is refused only when nothing can have been handed over (%#)', (thrown, code) => {
  expect(connectionError('Mail', thrown).code).toBe(code);
});

test('N2 the text of a vendor’s error is not repeated', () => {
  const error = connectionError('Mail', Object.assign(new Error('token xoxb-1 for a@example.org'), { code: 'EPIPE' }));
  expect(error.message).not.toMatch(/xoxb|example/);
});

test('B10 only failures that are sure, seen and complete take the doubt away', () => {
  const earlier = new EarlierAttempts();
  expect(earlier.inDoubt('m', 1)).toBe(false);
  expect(earlier.inDoubt('m', 2)).toBe(true);
  earlier.surelyFailed('m');
  expect(earlier.inDoubt('m', 2)).toBe(false);
  expect(earlier.inDoubt('m', 3)).toBe(true);
  earlier.forget('m');
  expect(earlier.inDoubt('m', 2)).toBe(true);
});

test('B10 the memory is bounded, and what is forgotten is in doubt', () => {
  const earlier = new EarlierAttempts();
  for (let i = 0; i < 1_001; i += 1) earlier.surelyFailed(`m${i}`);
  expect(earlier.inDoubt('m0', 2)).toBe(true);
  expect(earlier.inDoubt('m1000', 2)).toBe(false);
});
