import { mayHaveTakenEffect, twilioError } from '../../../../src/adapters/twilio/twilio-error';
import { FirebreakError } from '../../../../src/domain/errors';

test.each([
  [{ status: 400, code: 21211, message: "'To' +15005550101" }, 'CHANNEL_REFUSED', false],
  [{ status: 500, code: 20500 }, 'CHANNEL_REFUSED', true],
  [{ status: 502 }, 'CHANNEL_REFUSED', true],
  [{ code: 'ERR_CANCELED' }, 'CHANNEL_TIMEOUT', true],
  [{ code: 'ECONNRESET' }, 'CHANNEL_TIMEOUT', true],
  [{ code: 'ECONNREFUSED' }, 'CHANNEL_REFUSED', false],
  [new FirebreakError('CHANNEL_RATE_LIMITED'), 'CHANNEL_RATE_LIMITED', false],
])('N2, B10 the SDK’s %j is %s, may have taken effect: %s', (thrown, code, effect) => {
  expect([twilioError(thrown).code, mayHaveTakenEffect(thrown)]).toEqual([code, effect]);
  expect(twilioError(thrown).message).not.toContain('5550101');
});
