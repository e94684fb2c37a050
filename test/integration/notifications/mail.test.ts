import { createServer, type AddressInfo } from 'node:net';
import type { Receivers } from '../../../demo/receivers/start-receivers';
import { createSmtpSender, type SmtpOptions } from '../../../src/adapters/smtp/smtp-sender';
import { ALICE, BEFORE_THE_LIBRARY_GIVES_UP_MS, failureOf, never, newMessage, receivers } from './world';

let world: Receivers;
const sender = (overrides: Partial<SmtpOptions> = {}) =>
  createSmtpSender({
    host: '127.0.0.1',
    port: world.smtp.port,
    secure: false,
    from: 'Firebreak <firebreak@alerts.example.org>',
    timeoutMs: 1_500,
    ...overrides,
  });

beforeAll(async () => {
  world = await receivers();
});
beforeEach(() => world.behave('mail', 'ok'));
afterAll(() => world.stop());

test('N2 a mail arrives with its Message-ID, thread and text, marked as made by a machine', async () => {
  const message = newMessage('mail', {
    subject: '【訓練】【緊急】緊急対応を開始しました',
    text: '発生: 不正侵入\n次の操作: 受領を確認してください',
  });
  const receipt = await sender().send(message, 1, never());
  const mail = world.smtp.messages().find((one) => one.messageId === receipt.providerId);
  expect(mail).toMatchObject({
    from: 'firebreak@alerts.example.org',
    to: ['alice@example.org'],
    subject: message.subject,
  });
  expect(mail?.text).toBe(message.text);
  expect(receipt).toEqual({
    providerId: `<${message.id.replaceAll(':', '.')}@alerts.example.org>`,
    possibleDouble: false,
  });
  expect(mail?.headers.get('references')).toBe(`<${message.id.slice(0, 17)}@alerts.example.org>`);
  expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
});

test('N2 a refusal names reply code and command, and no address', async () => {
  world.behave('mail', 'refuse');
  const error = await failureOf(sender().send(newMessage('mail'), 1, never()));
  expect(error.code).toBe('CHANNEL_REFUSED');
  expect(error.message).toContain('550 5.1.1 to RCPT TO');
  expect(error.message).not.toContain('alice');
  expect(error.cause).toBeUndefined();
});

test('N2 a 450 answer is CHANNEL_RATE_LIMITED', async () => {
  world.behave('mail', { mode: 'rate-limit', retryAfterS: 20 });
  expect((await failureOf(sender().send(newMessage('mail'), 1, never()))).code).toBe('CHANNEL_RATE_LIMITED');
});

test(
  'N2 a server that never greets is CHANNEL_TIMEOUT within timeoutMs',
  async () => {
    world.behave('mail', 'hang');
    expect((await failureOf(sender().send(newMessage('mail'), 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  },
  BEFORE_THE_LIBRARY_GIVES_UP_MS,
);

test('N2 nobody listening is CHANNEL_REFUSED at once', async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const error = await failureOf(sender({ port }).send(newMessage('mail'), 1, never()));
  expect(error.code).toBe('CHANNEL_REFUSED');
  expect(error.message).toContain('ECONNREFUSED');
});

test('N2 an abort ends the delivery with the reason of the abort', async () => {
  world.behave('mail', 'hang');
  const abort = new AbortController();
  const sending = sender().send(newMessage('mail'), 1, abort.signal);
  setTimeout(() => abort.abort(new Error('stand-down')), 50);
  await expect(sending).rejects.toThrow('stand-down');
});

test('B10 a resend after a cut link bears the same Message-ID and says that it may be a double', async () => {
  const mailer = sender();
  const message = newMessage('mail');
  world.behave('mail', 'drop-after-accept');
  expect((await failureOf(mailer.send(message, 1, never()))).code).toBe('CHANNEL_TIMEOUT');
  world.behave('mail', 'ok');
  const receipt = await mailer.send(message, 2, never());
  expect(receipt.possibleDouble).toBe(true);
  expect(world.smtp.messages().filter((mail) => mail.messageId === receipt.providerId)).toHaveLength(2);
});

test('B10 a resend after refusals only is no possible double; by another process it is', async () => {
  const mailer = sender();
  const message = newMessage('mail');
  world.behave('mail', 'refuse');
  await failureOf(mailer.send(message, 1, never()));
  world.behave('mail', 'hang');
  await failureOf(mailer.send(message, 2, never()));
  world.behave('mail', 'ok');
  expect((await mailer.send(message, 3, never())).possibleDouble).toBe(false);
  expect((await sender().send(newMessage('mail'), 3, never())).possibleDouble).toBe(true);
});

test('N2 header injection: subject and name stay one line, a list of addresses is no address', async () => {
  const person = { ...ALICE, name: 'Alice\r\nBcc: eve@example.org' };
  const message = newMessage('mail', { person, subject: 'CRITICAL\r\nBcc: eve@example.org\u2028X-Evil: 1' });
  const receipt = await sender().send(message, 1, never());
  const mail = world.smtp.messages().find((one) => one.messageId === receipt.providerId);
  expect(mail?.to).toEqual(['alice@example.org']);
  expect(mail?.headers.has('bcc')).toBe(false);
  expect(mail?.headers.has('x-evil')).toBe(false);
  expect(mail?.subject).toBe('CRITICAL Bcc: eve@example.org X-Evil: 1');
  for (const mailTo of [
    'a@example.org,eve@example.org',
    'a@example.org\r\nRCPT TO:<eve@example.org>',
    '<a@example.org>',
    'a b@example.org',
  ]) {
    const toMany = { ...ALICE, mail: mailTo };
    expect(sender().addressOf(toMany)).toBeUndefined();
    const error = await failureOf(sender().send(newMessage('mail', { person: toMany }), 1, never()));
    expect(error.code).toBe('CHANNEL_NOT_CONFIGURED');
  }
});

test('O4 check reaches the server and tells nobody; credentials are not sent without TLS', async () => {
  const before = world.smtp.messages().length;
  await sender().check(never());
  const guarded = sender({ user: 'firebreak', password: 'not-to-be-seen' });
  const error = await failureOf(guarded.check(never()));
  expect(error.message).not.toContain('not-to-be-seen');
  expect(error.code).toBe('CHANNEL_REFUSED');
  world.behave('mail', 'hang');
  expect((await failureOf(sender().check(never()))).code).toBe('CHANNEL_TIMEOUT');
  expect(world.smtp.messages()).toHaveLength(before);
});
