import type { NoticeKind } from '../../src/domain/words';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Recipient } from '../../activities/notify';
import { notifyActivities } from '../../activities/notify';
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
    site: { people },
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
  const activities = notifyActivities(deps);
  return {
    sent,
    told: async (what: Notice, tier = 1) => {
      const recipients: readonly Recipient[] = await new MockActivityEnvironment().run(activities.resolveRecipients, {
        notice: what,
        tier,
      });
      return recipients.map(({ person }) => person);
    },
    deliver: (what: Notice, person: string) => {
      const input = { notice: what, person, channel: 'mail' } as const;
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
    expect([...alone.sent, ...sent].flatMap(({ facts }) => facts)).toEqual([]);
  });
});
