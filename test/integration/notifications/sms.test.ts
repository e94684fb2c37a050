import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createTwilioSmsSender } from '../../../src/adapters/twilio/sms-sender';
import type { TwilioOptions } from '../../../src/adapters/twilio/twilio-client';
import { ALICE, BEFORE_THE_LIBRARY_GIVES_UP_MS, failureOf, never, newMessage, receivers } from './world';

let world: Receivers;
const sender = (overrides: Partial<TwilioOptions> = {}) =>
  createTwilioSmsSender({
    accountSid: world.twilio.accountSid,
    authToken: world.twilio.authToken,
    from: '+15005550006',
    apiUrl: world.twilio.url,
    timeoutMs: 1_500,
    ...overrides,
  });

beforeAll(async () => {
  world = await receivers();
});
beforeEach(() => world.behave('sms', 'ok'));
afterAll(() => world.stop());

test('N2 a text arrives at the configured base URL', async () => {
  const message = newMessage('sms');
  const receipt = await sender().send(message, 1, never());
  expect(world.twilio.texts().at(-1)).toMatchObject({ sid: receipt.providerId, to: ALICE.phone, body: message.text });
});

test('N2 a refusal carries Twilio’s number; neither phone number nor token is in the error', async () => {
  world.behave('sms', 'refuse');
  const refused = await failureOf(sender().send(newMessage('sms'), 1, never()));
  expect(refused.message).toContain('HTTP 400, error 21219');
  expect(refused.message).not.toContain('5550101');
  world.behave('sms', 'ok');
  const denied = await failureOf(sender({ authToken: 'wrong-token' }).check(never()));
  expect(denied.message).toContain('HTTP 401, error 20003');
  expect(JSON.stringify([denied, denied.stack])).not.toContain('wrong-token');
});

test(
  'N2 429 and silence have their codes, without hidden retries',
  async () => {
    world.behave('sms', { mode: 'rate-limit', retryAfterS: 3_600 });
    const limited = await failureOf(sender().send(newMessage('sms'), 1, never()));
    expect([limited.code, limited.retryAfterMs]).toEqual(['CHANNEL_RATE_LIMITED', 3_600_000]);
    world.behave('sms', 'hang');
    for (const attempt of [1, 2])
      expect((await failureOf(sender().send(newMessage('sms'), attempt, never()))).code).toBe('CHANNEL_TIMEOUT');
  },
  BEFORE_THE_LIBRARY_GIVES_UP_MS,
);

test('N2 an abort ends the delivery with the reason of the abort', async () => {
  world.behave('sms', 'hang');
  const abort = new AbortController();
  const sending = sender().send(newMessage('sms'), 1, abort.signal);
  setTimeout(() => abort.abort(new Error('stand-down')), 50);
  await expect(sending).rejects.toThrow('stand-down');
});

test('B10 a text that Twilio took before the link broke is found by another process, not sent again', async () => {
  const message = newMessage('sms');
  world.behave('sms', 'drop-after-accept');
  expect((await failureOf(sender().send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  world.behave('sms', 'ok');
  const count = world.twilio.texts().length;
  const receipt = await sender().send(message, 2, never());
  expect(receipt).toEqual({ providerId: world.twilio.texts().at(-1)?.sid, possibleDouble: false });
  expect(world.twilio.texts()).toHaveLength(count);
});

test('B10 a text that is not there is sent by the second attempt', async () => {
  const message = newMessage('sms');
  expect((await sender().send(message, 2, never())).possibleDouble).toBe(false);
  expect(world.twilio.texts().at(-1)?.body).toBe(message.text);
});

test('N2 a number that is not E.164 is CHANNEL_NOT_CONFIGURED', async () => {
  for (const phone of ['03-1234-5678', '+1 500 555 0101', 'client:alice', 'sip:x@evil.example']) {
    const message = newMessage('sms', { person: { ...ALICE, phone } });
    expect((await failureOf(sender().send(message, 1, never()))).code).toBe('CHANNEL_NOT_CONFIGURED');
  }
});

test('O4 check reads the account and tells nobody', async () => {
  const count = world.twilio.texts().length;
  await sender().check(never());
  expect(world.twilio.texts()).toHaveLength(count);
});
