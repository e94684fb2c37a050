import type { Receivers } from '../../../demo/receivers/start-receivers';
import type { Postgres } from '../../../src/adapters/postgres/create-postgres';
import { createTwilioVoiceSender } from '../../../src/adapters/twilio/voice-sender';
import type { ChannelSender, Message } from '../../../src/ports/notifier';
import { ALICE, failureOf, never, newMessage, receivers } from '../notifications/world';
import { TestServer, type TestDatabase } from './world';

/** H8 on a real PostgreSQL, with several workers and a telephone exchange that knows nothing of ours. */
let server: TestServer;
let database: TestDatabase;
let exchange: Receivers;

beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.database();
  exchange = await receivers({ answersAfterMs: 300, talksForMs: 700 });
});
afterEach(() => exchange.stop());

const account = () => ({
  accountSid: exchange.twilio.accountSid,
  authToken: exchange.twilio.authToken,
  from: '+15005550006',
  apiUrl: exchange.twilio.url,
  pollMs: 30,
});
/** The phone of a worker with connections and memory of its own. */
const worker = (postgres: Postgres = server.open(database.url)): ChannelSender =>
  createTwilioVoiceSender({ ...account(), lines: postgres.phoneLines, lineWaitMs: 20_000 });
const ring = (phone: ChannelSender, message: Message, attempt = 1) => phone.send(message, attempt, never());
const to = (phone: string): Message => newMessage('voice', { person: { ...ALICE, phone } });
const calls = () => exchange.twilio.calls();
const lines = () => database.admin<{ call_id: string | null }>('SELECT call_id FROM phone_lines');
async function placed(count: number): Promise<void> {
  while (calls().length < count) await new Promise((resolve) => setTimeout(resolve, 10));
}
const leaseIsOver = () => database.admin(`UPDATE phone_lines SET held_until = now() - interval '1 second'`);

test('H8 of notices at once over several workers one rings the phone; the others go on by other means at once', async () => {
  const answers = await Promise.allSettled([1, 2, 3, 4].map(() => ring(worker(), to('+15005550301'))));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'LINE_BUSY' });
  expect(calls()).toHaveLength(1);
  expect(await lines()).toEqual([]);
}, 30_000);

test('H8 a later attempt waits until the phone is free; another phone is rung meanwhile', async () => {
  const [one, two, three] = [worker(), worker(), worker()];
  const first = ring(one, to('+15005550302'));
  await placed(1);
  const second = ring(two, to('+15005550302'), 2);
  const elsewhere = ring(three, to('+15005550303'));
  let isOver = false;
  void first.then(() => (isOver = true));
  await placed(2);
  // The second call in the list is the other phone's: the first one's was not rung a second time while it was in progress.
  expect(calls().map((call) => call.to)).toEqual(['+15005550302', '+15005550303']);
  await placed(3);
  expect(isOver || calls()[0]?.status === 'completed').toBe(true);
  await Promise.all([first, second, elsewhere]);
  expect(calls().map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
}, 30_000);

test('H8 a delivery that another worker takes over follows the call in progress and places no second one', async () => {
  const message = to('+15005550304');
  const cut = new AbortController();
  const first = worker()
    .send(message, 1, cut.signal)
    .catch((thrown: unknown) => thrown);
  await placed(1);
  while (((await lines())[0]?.call_id ?? null) === null) await new Promise((resolve) => setTimeout(resolve, 10));
  cut.abort();
  await first;
  const receipt = await ring(worker(), message, 2);
  expect(receipt).toEqual({ providerId: calls()[0]?.sid, possibleDouble: false });
  expect(calls()).toHaveLength(1);
}, 30_000);

test('H8 the call of a worker that has ended is not rung into; when it is over the phone is free', async () => {
  const cut = new AbortController();
  const first = worker()
    .send(to('+15005550305'), 1, cut.signal)
    .catch((thrown: unknown) => thrown);
  await placed(1);
  while (((await lines())[0]?.call_id ?? null) === null) await new Promise((resolve) => setTimeout(resolve, 10));
  cut.abort();
  await first;
  await leaseIsOver();
  expect((await failureOf(ring(worker(), to('+15005550305')))).code).toBe('LINE_BUSY');
  while (calls()[0]?.status !== 'completed') await new Promise((resolve) => setTimeout(resolve, 20));
  await leaseIsOver();
  expect((await ring(worker(), to('+15005550305'))).providerId).toBe(calls()[1]?.sid);
  expect(await lines()).toEqual([]);
}, 30_000);

test('H8 a phone that nobody picks up is free again, and is rung by the next attempt', async () => {
  const message = to('+15005550306');
  exchange.behave('voice', 'busy');
  expect((await failureOf(ring(worker(), message))).code).toBe('NOT_PICKED_UP');
  expect(await lines()).toEqual([]);
  exchange.behave('voice', 'ok');
  await ring(worker(), message, 2);
  expect(calls()).toHaveLength(2);
}, 30_000);

test('H8 while PostgreSQL is away people are called all the same, also two at once', async () => {
  const away = new URL(database.url);
  away.port = '1';
  const phones = [worker(server.open(away.href)), worker(server.open(away.href))];
  const answers = await Promise.all(phones.map((phone) => ring(phone, to('+15005550307'))));
  expect(answers).toHaveLength(2);
  expect(calls()).toHaveLength(2);
}, 60_000);

test('H8 a line is held on as long as the call lasts, and the tables hold no number', async () => {
  const { phoneLines } = database.postgres;
  const number = '+15005550308';
  const { line, state } = await phoneLines.take(number, 'INC-20261120-7F3K:start:alice:voice');
  expect(state).toBe('taken');
  await line.placed('CA1');
  const [row] = await database.admin<object>('SELECT * FROM phone_lines');
  expect(row).toMatchObject({ call_id: 'CA1' });
  expect(JSON.stringify(row)).not.toContain(number.slice(1));
  await leaseIsOver();
  await line.placed('CA1');
  expect((await phoneLines.take(number, 'INC-20261120-7F3K:escalation:alice:voice')).state).toBe('busy');
  await line.free();
  expect(await lines()).toEqual([]);
}, 30_000);
