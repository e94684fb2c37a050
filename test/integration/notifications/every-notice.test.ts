import { LOCALES, NOTICE_KINDS } from '../../../src/domain/words';
import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createNoticeRenderer } from '../../../src/adapters/notice-text/notice-renderer';
import { createSlackSender } from '../../../src/adapters/slack/slack-sender';
import { createSmtpSender } from '../../../src/adapters/smtp/smtp-sender';
import { createTwilioSmsSender } from '../../../src/adapters/twilio/sms-sender';
import { createTwilioVoiceSender } from '../../../src/adapters/twilio/voice-sender';
import { incidentId } from '../../../src/domain/ids';
import { type Notice } from '../../../src/domain/notice';
import { ALICE, never, receivers } from './world';

let world: Receivers;
beforeAll(async () => {
  world = await receivers();
});
afterAll(() => world.stop());

const notice = (kind: Notice['kind']): Notice => ({
  incident: incidentId('INC-20261120-7F3K'),
  kind,
  key: kind,
  severity: 'critical',
  type: 'intrusion',
  mode: 'isolate',
  drill: true,
  title: 'SSH <!channel> "brute force" & login — 総当たり',
  hosts: ['web-1', 'db-1'],
  facts: [
    { fact: 'host-failed', host: 'web-1', fault: { code: 'HOST_UNREACHABLE' } },
    { fact: 'in-words', words: '残り 27:30' },
  ],
  link: 'http://127.0.0.1:8233/namespaces/default/workflows/INC-20261120-7F3K',
});

test.each(LOCALES)('N1, N6 every notice in %s arrives by every channel as it was rendered', async (locale) => {
  const twilio = {
    accountSid: world.twilio.accountSid,
    authToken: world.twilio.authToken,
    from: '+15005550006',
    apiUrl: world.twilio.url,
    pollMs: 50,
  };
  const senders = [
    createSmtpSender({
      host: '127.0.0.1',
      port: world.smtp.port,
      secure: false,
      from: 'f@example.org',
      timeoutMs: 10_000,
    }),
    createSlackSender({ token: world.slack.token, apiUrl: world.slack.url, timeoutMs: 10_000 }),
    createTwilioSmsSender(twilio),
    createTwilioVoiceSender(twilio),
  ];
  const renderer = createNoticeRenderer();
  const person = { ...ALICE, locale };
  const texts = { mail: new Set<string>(), slack: new Set<string>(), sms: new Set<string>(), voice: new Set<string>() };
  await Promise.all(
    NOTICE_KINDS.flatMap((kind) =>
      senders.map(async (sender) => {
        const rendered = renderer.render(notice(kind), person, sender.channel);
        const id = `INC-20261120-7F3K:${kind}:alice-${locale}:${sender.channel}`;
        await sender.send({ id, person, ...rendered }, 1, never());
        const headed = sender.channel === 'mail' || sender.channel === 'slack';
        texts[sender.channel].add(headed ? `${rendered.subject}\n${rendered.text}` : rendered.text);
      }),
    ),
  );
  const mails = world.smtp.messages().map((mail) => `${mail.subject}\n${mail.text}`);
  const slacks = world.slack.messages().map((message) => message.shown);
  const language = { en: 'en-US', ja: 'ja-JP' }[locale];
  const calls = world.twilio.calls().filter((call) => call.language === language);
  expect(mails).toEqual(expect.arrayContaining([...texts.mail]));
  expect(slacks).toEqual(expect.arrayContaining([...texts.slack]));
  expect(world.twilio.texts().map((text) => text.body)).toEqual(expect.arrayContaining([...texts.sms]));
  expect(new Set(calls.map((call) => call.said))).toEqual(texts.voice);
  expect(calls.every((call) => call.status === 'completed')).toBe(true);
  expect(world.slack.messages().flatMap((message) => message.mentions)).toEqual([]);
});
