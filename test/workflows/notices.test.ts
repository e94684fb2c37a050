import type { Recipient } from '../../activities';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Notice } from '../../src/domain/notice';
import type { Channel } from '../../src/domain/words';
import { workflowIds } from '../../workflows/messages';
import { activitiesOf } from '../support/event-log';
import { freshIncident } from '../support/incident-samples';
import type { Call } from '../support/mock-activities';
import { failure, tellNotice } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

const BOB: Recipient = { person: 'bob', name: 'Bob', channels: ['voice'], fallback: ['sms', 'mail', 'slack'] };

const noticeOf = (order: IncidentOrder, key = 'start') => workflowIds.notice({ incident: order.incident, key });
const deliveries = (order: IncidentOrder, key = 'start'): readonly Call[] =>
  world()
    .callsOf(order, 'deliver')
    .filter((call) => call.workflowId === noticeOf(order, key));
const firsts = (calls: readonly Call[]) => calls.filter((call) => call.attempt === 1).map((call) => call.input.channel);

/** Declares an incident whose start notice finds these channels dead, from the given attempt on alive again. */
async function withDead(dead: Readonly<Partial<Record<Channel, number>>>, people: readonly Recipient[] = [BOB]) {
  const attempts = new Map<string, number>();
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'monitor' },
    {
      resolveRecipients: (input) => (input.notice.key === 'start' ? people : []),
      deliver: async (input) => {
        const key = `${input.person}:${input.channel}`;
        const attempt = (attempts.get(key) ?? 0) + 1;
        attempts.set(key, attempt);
        if (attempt >= (dead[input.channel] ?? 0)) return {};
        if (attempt === 1) await tellNotice(input.person, input.channel, 'NOT_PICKED_UP');
        throw failure('NOT_PICKED_UP');
      },
    },
  );
  await world().responseOf(order);
  return { order, ended: await world().result<() => Promise<NoticeEnd>>(noticeOf(order)) };
}

interface NoticeEnd {
  readonly reached: readonly string[];
  readonly unreached: readonly string[];
}

test('N3 the first failed attempt starts the next means at once, while the failing one is tried again beside it', async () => {
  const { order, ended } = await withDead({ voice: 3 });
  const calls = deliveries(order);
  expect(firsts(calls)).toEqual(['voice', 'sms']);
  const [voice, second] = calls.filter((call) => call.input.channel === 'voice');
  const [sms] = calls.filter((call) => call.input.channel === 'sms');
  expect((sms?.at ?? Infinity) - (voice?.at ?? 0)).toBeLessThan(5_000);
  expect((second?.at ?? 0) - (voice?.at ?? 0)).toBeGreaterThanOrEqual(30_000);
  expect(calls.filter((call) => call.input.channel === 'voice')).toHaveLength(3);
  expect(ended).toEqual({ reached: ['bob'], unreached: [] });
});

test('N3 a late success is one: nobody is told that the notification failed', async () => {
  const { order } = await withDead({ voice: 3 });
  expect(await world().exists(noticeOf(order, 'notification-failed:start'))).toBe(false);
  expect(activitiesOf(await world().log(noticeOf(order)))).not.toContain('recordProgress');
});

test('N3 each dead means passes on to the next: phone, SMS, mail, Slack', async () => {
  const { order, ended } = await withDead({ voice: 99, sms: 99, mail: 99 });
  expect(firsts(deliveries(order))).toEqual(['voice', 'sms', 'mail', 'slack']);
  expect(ended).toEqual({ reached: ['bob'], unreached: [] });
});

test('B2 a means that failed for good is itself told, by another means', async () => {
  const { order } = await withDead({ voice: 99 });
  await world().until('it is told', () => world().told(order).includes('notification-failed:start'));
  const about = world()
    .callsOf(order, 'resolveRecipients')
    .find((call) => call.workflowId === noticeOf(order, 'notification-failed:start'));
  expect(about?.input.notice).toMatchObject({ kind: 'notification-failed', avoid: ['voice'] });
});

test('N3 all means dead is recorded as critical, and the run goes on', async () => {
  const { order, ended } = await withDead({ voice: 99, sms: 99, mail: 99, slack: 99 });
  expect(ended).toEqual({ reached: [], unreached: ['bob'] });
  const recorded = world()
    .callsOf(order, 'recordProgress')
    .filter((call) => call.workflowId === noticeOf(order));
  expect(recorded[0]?.input.notes).toMatchObject([
    { audit: { level: 'CRITICAL', action: 'notification.failed', result: 'not reached: bob' } },
  ]);
});

test('N3 nobody there to be told is recorded as critical too', async () => {
  const { order, ended } = await withDead({}, []);
  expect(ended).toEqual({ reached: [], unreached: [] });
  const recorded = world()
    .callsOf(order, 'recordProgress')
    .filter((call) => call.workflowId === noticeOf(order));
  expect(recorded[0]?.input.notes).toMatchObject([
    { audit: { level: 'CRITICAL', result: 'nobody is there to be told' } },
  ]);
});

test('N2 containment never waits for notifications: it is over before the second attempt of a dead channel', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      deliver: () => {
        throw failure('CHANNEL_TIMEOUT');
      },
    },
  );
  const result = await world().responseOf(order);
  expect(result.outcome).toBe('contained');
  expect(Date.parse(result.endedAt) - Date.parse(order.declaredAt)).toBeLessThan(30_000);
});

test('N6 nobody is told the same thing twice, also on the second try', async () => {
  const order = await world().respond(
    { hosts: ['web-1'] },
    {
      performAction: () => undefined,
    },
  );
  await world().responseOf(order, 2);
  const told = world().told(order);
  expect(told.length).toBe(new Set(told).size);
});

test('N4 nobody acknowledges: after 5 minutes the next tier is called, after 10 the one after, while the response goes on', async () => {
  const order = await world().respond(
    { type: 'unknown', hosts: ['web-1'] },
    {
      sealBag: () => {
        throw failure('DISK_FULL', '', 55_000);
      },
    },
  );
  await world().responseOf(order);
  await world().until('tier 3 is called', () => world().told(order).includes('escalation-unacknowledged-3'), '60 s');
  const [two, three] = [2, 3].map((tier) =>
    world()
      .callsOf(order, 'resolveRecipients')
      .find((call) => call.workflowId === noticeOf(order, `escalation-unacknowledged-${tier}`)),
  );
  expect(two?.input.tier).toBe(2);
  expect(three?.input.tier).toBe(3);
  const minutes = (call: Call | undefined) => ((call?.at ?? 0) - Date.parse(order.declaredAt)) / 60_000;
  expect(minutes(two)).toBeGreaterThanOrEqual(5);
  expect(minutes(two)).toBeLessThan(6);
  expect(minutes(three)).toBeGreaterThanOrEqual(10);
});

test('N4 acknowledged in time: nobody else is called', async () => {
  const order = await world().respond({ hosts: ['web-1'] });
  await world().responseOf(order);
  await world().give(order, 'acknowledge');
  await world().pass('15 m');
  expect(
    world()
      .told(order)
      .filter((key) => key.startsWith('escalation')),
  ).toEqual([]);
});

test('B13 a late step is told with the time left and how to call in the next people', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'block' },
    {
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE', '', 130_000);
      },
    },
  );
  await world().responseOf(order);
  const told = world()
    .callsOf(order, 'resolveRecipients')
    .find((call) => call.workflowId === noticeOf(order, 'delay-logs-web-1'));
  expect(told?.input.notice).toMatchObject({ kind: 'delay', nextAction: `firebreak escalate ${order.incident}` });
  expect((told?.input.notice as Notice).facts).toEqual([
    {
      fact: 'late',
      box: 'collect and preserve logs',
      host: 'web-1',
      left: '6:00',
      forResponse: expect.stringMatching(/^2\d:\d\d$/) as string,
    },
  ]);
});

test('N6 what failed is told as facts, not as sentences: code and detail, host, and what only hands can do', async () => {
  const order = await world().respond(
    { hosts: ['web-1'], mode: 'monitor' },
    {
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE', 'journalctl: exit 1');
      },
      collectAlternative: () => {
        throw failure('LOGS_UNAVAILABLE', 'tar: exit 2');
      },
    },
  );
  await world().responseOf(order);
  await world().until('the end is told', () => world().told(order).includes('completion'));
  const told = (key: string) =>
    world()
      .callsOf(order, 'resolveRecipients')
      .map((call) => call.input.notice as Notice)
      .find((notice) => notice.key === key);
  const fault = (detail: string) => ({ code: 'LOGS_UNAVAILABLE', detail });
  const noLogs = { fact: 'no-logs', host: 'web-1', fault: fault('tar: exit 2') };
  expect(told('logs-failed-web-1')?.facts).toEqual([
    { fact: 'host-failed', host: 'web-1', fault: fault('journalctl: exit 1') },
    { fact: 'alternative-under-way' },
  ]);
  expect(told('manual-logs-web-1')).toMatchObject({
    facts: [noLogs],
    nextAction: { byHand: 'secure-logs', host: 'web-1' },
  });
  expect(told('completion')?.facts).toEqual([
    { fact: 'outcome', outcome: 'monitored' },
    { fact: 'log-collection-failed', host: 'web-1', fault: fault('journalctl: exit 1') },
    noLogs,
  ]);
});

test('B15 a notice started by hand tells nobody', async () => {
  const order = await world().declare({ hosts: ['web-1'] });
  const workflowId = `${order.incident}:notice:forged`;
  const forged = { incident: order.incident, kind: 'emergency', key: 'forged' };
  const handle = await world().env.client.workflow.start('noticeWorkflow', {
    workflowId,
    taskQueue: 'firebreak-flow',
    args: [{ notice: forged, tier: 3 }],
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'NOT_AUTHORISED' } });
  expect(world().callsOf(order)).toEqual([]);
});

test('B9 whoever ends last tells people that the joint overview is written, and with which incidents', async () => {
  const [incident, other] = [freshIncident(), freshIncident()];
  const groupMembers = [
    { incident, type: 'intrusion' as const },
    { incident: other, type: 'ddos' as const },
  ];
  const order = await world().respond({ incident, hosts: ['web-1'], mode: 'monitor', group: incident, groupMembers });
  await world().responseOf(order);
  await world().until('it is told', () => world().told(order).includes('completion-overview'));
  const call = world()
    .callsOf(order, 'resolveRecipients')
    .find(({ workflowId }) => workflowId === noticeOf(order, 'completion-overview'));
  expect(call?.input.notice).toMatchObject({
    kind: 'completion',
    facts: [{ fact: 'overview-written', others: [other] }],
    nextAction: `firebreak report ${incident}`,
  });
});
