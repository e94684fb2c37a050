import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createSlackSender, type SlackOptions } from '../../../src/adapters/slack/slack-sender';
import { ALICE, BEFORE_THE_LIBRARY_GIVES_UP_MS, failureOf, never, newMessage, receivers } from './world';

let world: Receivers;
const sender = (overrides: Partial<SlackOptions> = {}) =>
  createSlackSender({ token: world.slack.token, apiUrl: world.slack.url, timeoutMs: 1_500, ...overrides });

beforeAll(async () => {
  world = await receivers();
});
beforeEach(() => world.behave('slack', 'ok'));
afterAll(() => world.stop());

test('N2 a message arrives with header, text and its id as metadata', async () => {
  const message = newMessage('slack', { person: { ...ALICE, slack: 'C0SECURITY' } });
  const receipt = await sender().send(message, 1, never());
  const got = world.slack.messages().at(-1);
  expect(receipt).toEqual({ providerId: `C0SECURITY/${got?.ts}`, possibleDouble: false });
  expect(got?.shown).toBe(`${message.subject}\n${message.text}`);
  expect(got?.metadata).toEqual({ event_type: 'firebreak_notice', event_payload: { id: message.id } });
});

test('N2 untrusted text alerts nobody and shows as written', async () => {
  const evil = '<!channel> <!here|here> <@U0BOSS0001> <!subteam^S123> <https://evil.example|click> & @everyone';
  const message = newMessage('slack', { subject: `CRITICAL ${evil}`, text: `Title: ${evil}\u202E\u0007 end` });
  await sender().send(message, 1, never());
  const got = world.slack.messages().at(-1);
  expect(got?.mentions).toEqual([]);
  expect(got?.shown).toContain(`CRITICAL ${evil}`);
  expect(got?.shown).toContain(`Title: ${evil} end`);
});

test('N2 a refusal carries Slack’s word, a wrong token too, and no token', async () => {
  world.behave('slack', 'refuse');
  const refused = await failureOf(sender().send(newMessage('slack'), 1, never()));
  expect([refused.code, refused.message]).toEqual(['CHANNEL_REFUSED', expect.stringContaining('channel_not_found')]);
  world.behave('slack', 'ok');
  const denied = await failureOf(sender({ token: 'xoxb-wrong-token' }).check(never()));
  expect(denied.message).toContain('invalid_auth');
  expect(JSON.stringify([denied, denied.message, denied.stack])).not.toContain('xoxb-wrong-token');
});

test('N2 429 is CHANNEL_RATE_LIMITED with the time asked for, at once', async () => {
  world.behave('slack', { mode: 'rate-limit', retryAfterS: 3_600 });
  const error = await failureOf(sender().send(newMessage('slack'), 1, never()));
  expect([error.code, error.retryAfterMs]).toEqual(['CHANNEL_RATE_LIMITED', 3_600_000]);
});

test(
  'N2 a silent server is CHANNEL_TIMEOUT within timeoutMs, also when a look-up goes first',
  async () => {
    world.behave('slack', 'hang');
    for (const attempt of [1, 2])
      expect((await failureOf(sender().send(newMessage('slack'), attempt, never()))).code).toBe('CHANNEL_TIMEOUT');
  },
  BEFORE_THE_LIBRARY_GIVES_UP_MS,
);

test('N2 an abort ends the delivery with the reason of the abort', async () => {
  world.behave('slack', 'hang');
  const abort = new AbortController();
  const sending = sender().send(newMessage('slack'), 2, abort.signal);
  setTimeout(() => abort.abort(new Error('stand-down')), 50);
  await expect(sending).rejects.toThrow('stand-down');
});

test.each(['C0SECURITY', 'U0ALICE01'])(
  'B10 a message to %s that Slack took before the link broke is found, not sent again',
  async (slack) => {
    const message = newMessage('slack', { person: { ...ALICE, slack } });
    world.behave('slack', 'drop-after-accept');
    expect((await failureOf(sender().send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
    world.behave('slack', 'ok');
    const count = world.slack.messages().length;
    // Another process makes the second attempt: it knows nothing but the message.
    const receipt = await sender().send(message, 2, never());
    const got = world.slack.messages().at(-1);
    expect(receipt).toEqual({ providerId: `${got?.channel}/${got?.ts}`, possibleDouble: false });
    expect(world.slack.messages()).toHaveLength(count);
  },
);

test('B10 a message that is not there is sent by the second attempt without doubt', async () => {
  const message = newMessage('slack');
  world.behave('slack', 'refuse');
  await failureOf(sender().send(message, 1, never()));
  world.behave('slack', 'ok');
  const count = world.slack.messages().length;
  expect((await sender().send(message, 2, never())).possibleDouble).toBe(false);
  expect(world.slack.messages()).toHaveLength(count + 1);
});

test('N2 a person without a conversation id is CHANNEL_NOT_CONFIGURED', async () => {
  for (const slack of ['#security', 'https://evil.example', '']) {
    const error = await failureOf(sender().send(newMessage('slack', { person: { ...ALICE, slack } }), 1, never()));
    expect(error.code).toBe('CHANNEL_NOT_CONFIGURED');
  }
});

test('O4 check proves the token and tells nobody', async () => {
  const count = world.slack.messages().length;
  await sender().check(never());
  expect(world.slack.messages()).toHaveLength(count);
});
