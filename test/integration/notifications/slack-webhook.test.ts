import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createSlackWebhookSender } from '../../../src/adapters/slack/slack-webhook-sender';
import { failureOf, never, newMessage, receivers } from './world';

let world: Receivers;
const sender = (url = world.slack.webhookUrl) => createSlackWebhookSender({ url, timeoutMs: 1_500 });

beforeAll(async () => {
  world = await receivers();
});
beforeEach(() => world.behave('slack', 'ok'));
afterAll(() => world.stop());

test('N2 a message arrives by the webhook and alerts nobody', async () => {
  const message = newMessage('slack', { text: 'Title: <!channel> take a look' });
  expect(await sender().send(message, 1, never())).toEqual({ providerId: message.id, possibleDouble: false });
  expect(world.slack.messages().at(-1)).toMatchObject({ by: 'webhook', mentions: [] });
});

test('N2 refusal, 429 and silence have their codes, and no error shows the secret URL', async () => {
  world.behave('slack', 'refuse');
  const refused = await failureOf(sender().send(newMessage('slack'), 1, never()));
  expect(refused.message).toContain('HTTP 404, no_service');
  world.behave('slack', { mode: 'rate-limit', retryAfterS: 7 });
  const limited = await failureOf(sender().send(newMessage('slack'), 1, never()));
  expect([limited.code, limited.retryAfterMs]).toEqual(['CHANNEL_RATE_LIMITED', 7_000]);
  world.behave('slack', 'hang');
  const silent = await failureOf(sender().send(newMessage('slack'), 1, never()));
  expect([refused.code, silent.code]).toEqual(['CHANNEL_REFUSED', 'CHANNEL_TIMEOUT']);
  for (const error of [refused, limited, silent]) expect(error.message).not.toContain('services/');
});

test('B10 a webhook cannot be asked: a resend after a cut link may be a double, after a refusal it is not', async () => {
  const hook = sender();
  const cut = newMessage('slack');
  world.behave('slack', 'drop-after-accept');
  await failureOf(hook.send(cut, 1, never()));
  const refused = newMessage('slack');
  world.behave('slack', 'refuse');
  await failureOf(hook.send(refused, 1, never()));
  world.behave('slack', 'ok');
  expect((await hook.send(cut, 2, never())).possibleDouble).toBe(true);
  expect((await hook.send(refused, 2, never())).possibleDouble).toBe(false);
});

test('O4 check tells a working webhook from a dead one and posts nothing', async () => {
  const count = world.slack.messages().length;
  await sender().check(never());
  expect((await failureOf(sender(`${world.slack.webhookUrl}x`).check(never()))).code).toBe('CHANNEL_REFUSED');
  expect(world.slack.messages()).toHaveLength(count);
});
