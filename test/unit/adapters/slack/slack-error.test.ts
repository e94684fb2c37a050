import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import { slackError } from '../../../../src/adapters/slack/slack-error';
import { FirebreakError } from '../../../../src/domain/errors';

const limited = new FirebreakError('CHANNEL_RATE_LIMITED', undefined, { retryAfterMs: 5 });

test.each([
  [new WebAPIPlatformError({ ok: false, error: 'not_in_channel' }), 'CHANNEL_REFUSED', 'not_in_channel'],
  [new WebAPIPlatformError({ ok: false, error: 'ratelimited' }), 'CHANNEL_RATE_LIMITED', 'ratelimited'],
  [new WebAPIPlatformError({ ok: false, error: '<html>secret</html>' }), 'CHANNEL_REFUSED', 'unreadable answer'],
  [new WebAPIHTTPError(503, 'x', {}, 'secret'), 'CHANNEL_REFUSED', 'HTTP 503'],
  [new WebAPIRateLimitedError(9), 'CHANNEL_RATE_LIMITED', 'HTTP 429'],
  [new WebAPIRequestError(limited), 'CHANNEL_RATE_LIMITED', ''],
  [new WebAPIRequestError(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })), 'CHANNEL_REFUSED', ''],
  [new IncomingWebhookHTTPError(404, 'x', 'no_service'), 'CHANNEL_REFUSED', 'HTTP 404, no_service'],
  [new IncomingWebhookRequestError(limited), 'CHANNEL_RATE_LIMITED', ''],
  [new Error('body ended'), 'CHANNEL_TIMEOUT', ''],
])('N2 the SDK’s error %# has its code and shows Slack’s word only', (thrown, code, words) => {
  const error = slackError(thrown);
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
  expect(error.message).not.toContain('secret');
});

test('N2 the time asked for is kept', () => {
  expect(slackError(new WebAPIRateLimitedError(9)).retryAfterMs).toBe(9_000);
  expect(slackError(new WebAPIRequestError(limited)).retryAfterMs).toBe(5);
});
