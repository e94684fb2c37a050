import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createTwilioVoiceSender, type TwilioVoiceOptions } from '../../../src/adapters/twilio/voice-sender';
import { ALICE, BEFORE_THE_LIBRARY_GIVES_UP_MS, failureOf, never, newMessage, receivers } from './world';

let world: Receivers;
const sender = (overrides: Partial<TwilioVoiceOptions> = {}) =>
  createTwilioVoiceSender({
    accountSid: world.twilio.accountSid,
    authToken: world.twilio.authToken,
    from: '+15005550006',
    apiUrl: world.twilio.url,
    timeoutMs: 1_500,
    pollMs: 30,
    ...overrides,
  });
/** A person whose phone no other test rings. */
let lastNumber = 15005550200;
const somebody = () => {
  lastNumber += 1;
  return { ...ALICE, phone: `+${lastNumber}` };
};

// Every test has its own receiver: the look-up sees all calls of an account.
beforeEach(async () => {
  world = await receivers();
});
afterEach(() => world.stop());

test('N3 a call is delivered when it is completed, and says the text in the person’s language', async () => {
  const person = { ...somebody(), locale: 'ja' as const };
  const message = newMessage('voice', { person, text: '緊急。<不正侵入> & "確認"\u0007' });
  const receipt = await sender().send(message, 1, never());
  const [call] = world.twilio.calls();
  expect(call).toMatchObject({ sid: receipt.providerId, status: 'completed', language: 'ja-JP', to: person.phone });
  expect(call?.said).toBe('緊急。<不正侵入> & "確認"');
  expect(call?.twiml).toContain('緊急。&lt;不正侵入');
});

test('N3 busy is NOT_PICKED_UP', async () => {
  world.behave('voice', 'busy');
  const error = await failureOf(sender().send(newMessage('voice', { person: somebody() }), 1, never()));
  expect([error.code, error.message]).toEqual(['NOT_PICKED_UP', expect.stringContaining('busy')]);
});

test('N3 a phone that is not picked up in time is rung off and NOT_PICKED_UP', async () => {
  world.behave('voice', 'no-answer');
  const error = await failureOf(
    sender({ pickupMs: 400 }).send(newMessage('voice', { person: somebody() }), 1, never()),
  );
  expect(error.code).toBe('NOT_PICKED_UP');
  expect(world.twilio.calls()[0]?.status).toBe('canceled');
});

test('N3 after NOT_PICKED_UP the next attempt rings again, without doubt', async () => {
  const phone = sender();
  const message = newMessage('voice', { person: somebody() });
  world.behave('voice', 'busy');
  await failureOf(phone.send(message, 1, never()));
  world.behave('voice', 'ok');
  expect((await phone.send(message, 2, never())).possibleDouble).toBe(false);
  expect(world.twilio.calls()).toHaveLength(2);
});

test(
  'N2 refusal, 429 and silence have their codes',
  async () => {
    const message = newMessage('voice', { person: somebody() });
    world.behave('voice', 'refuse');
    const refused = await failureOf(sender().send(message, 1, never()));
    expect([refused.code, refused.message]).toEqual(['CHANNEL_REFUSED', expect.stringContaining('error 21219')]);
    world.behave('voice', { mode: 'rate-limit', retryAfterS: 12 });
    const limited = await failureOf(sender().send(message, 1, never()));
    expect([limited.code, limited.retryAfterMs]).toEqual(['CHANNEL_RATE_LIMITED', 12_000]);
    world.behave('voice', 'hang');
    expect((await failureOf(sender().send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  },
  BEFORE_THE_LIBRARY_GIVES_UP_MS,
);

test('B10 a call whose placing got no answer is found by the next attempt and not repeated', async () => {
  const phone = sender();
  const message = newMessage('voice', { person: somebody() });
  world.behave('voice', 'drop-after-accept');
  expect((await failureOf(phone.send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  world.behave('voice', 'ok');
  const receipt = await phone.send(message, 2, never());
  expect(receipt).toEqual({ providerId: world.twilio.calls()[0]?.sid, possibleDouble: false });
  expect(world.twilio.calls()).toHaveLength(1);
});

test('B10 a call that went out of sight is followed by the next attempt and not repeated', async () => {
  const phone = sender({ pickupMs: 600, timeoutMs: 300 });
  const message = newMessage('voice', { person: somebody() });
  setTimeout(() => world.behave('voice', 'hang'), 60);
  expect((await failureOf(phone.send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  world.behave('voice', 'ok');
  expect((await phone.send(message, 2, never())).possibleDouble).toBe(false);
  expect(world.twilio.calls()).toHaveLength(1);
});

test('B10 after a crash a call that cannot be told apart is repeated and marked; with no call there is no doubt', async () => {
  const message = newMessage('voice', { person: somebody() });
  world.behave('voice', 'drop-after-accept');
  await failureOf(sender().send(message, 1, never()));
  world.behave('voice', 'ok');
  expect((await sender().send(message, 2, never())).possibleDouble).toBe(true);
  expect(world.twilio.calls()).toHaveLength(2);
  const other = newMessage('voice', { person: somebody() });
  expect((await sender().send(other, 2, never())).possibleDouble).toBe(false);
});

test('B10 another message’s call to the same person is not taken for this one', async () => {
  const phone = sender();
  const person = somebody();
  await phone.send(newMessage('voice', { person }), 1, never());
  const message = newMessage('voice', { person });
  world.behave('voice', 'hang');
  await failureOf(phone.send(message, 1, never()));
  world.behave('voice', 'ok');
  expect((await phone.send(message, 2, never())).possibleDouble).toBe(false);
  expect(world.twilio.calls()).toHaveLength(2);
});

test('N2 an abort ends the watching with the reason of the abort', async () => {
  world.behave('voice', 'no-answer');
  const abort = new AbortController();
  const calling = sender().send(newMessage('voice', { person: somebody() }), 1, abort.signal);
  setTimeout(() => abort.abort(new Error('stand-down')), 100);
  await expect(calling).rejects.toThrow('stand-down');
});

test('O4 check reads the account and rings nobody', async () => {
  await sender().check(never());
  expect((await failureOf(sender({ authToken: 'wrong' }).check(never()))).code).toBe('CHANNEL_REFUSED');
  expect(world.twilio.calls()).toHaveLength(0);
});
