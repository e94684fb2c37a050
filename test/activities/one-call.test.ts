import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { FirebreakError } from '../../src/domain/errors';
import type { Delivery, Notice, Person } from '../../src/domain/notice';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { NoticeKind } from '../../src/domain/words';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { sampleOrder } from '../support/incident-samples';

const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident: 'INC-20261120-7F3K' as Notice['incident'] });
const AUTHORITY = { grantId: 'respond', use: respondUse(ORDER.incident, 'run') };
const PEOPLE = ['alice', 'bob'].map((id): Person => ({
  id,
  name: id,
  audience: 'security',
  locale: 'en',
  phone: '+15005550006',
  tier: 1,
}));

/** Phones, and the table that all workers share. */
class Phones {
  readonly rung: string[] = [];
  readonly rows = new Map<string, Delivery>();
  away = false;
  /** Kinds of notices whose calls nobody picks up. */
  constructor(private readonly missed: readonly NoticeKind[] = []) {}

  private readonly table = <T>(work: () => T): Promise<T> =>
    this.away ? Promise.reject(new FirebreakError('DATABASE_UNREACHABLE')) : Promise.resolve(work());

  private readonly activities = createActivities({
    site: { people: PEOPLE, namespace: 'firebreak' },
    authorisation: { confirm: () => Promise.resolve({ order: respondOrder(ORDER), operator: ORDER.operator }) },
    incidents: { find: () => this.table(() => ({ order: ORDER, title: 'attack', assessment: null })) },
    ledger: { append: () => Promise.resolve() },
    senders: [
      {
        channel: 'voice',
        addressOf: ({ phone }: Person) => phone,
        send: ({ id }: { readonly id: string }) => {
          const kind = (id.split(':')[1] ?? '') as NoticeKind;
          this.rung.push(id.split(':').slice(1, 3).join(' '));
          if (this.missed.includes(kind)) return Promise.reject(new FirebreakError('NOT_PICKED_UP'));
          return Promise.resolve({ providerId: 'CA1', possibleDouble: false });
        },
      },
    ],
    renderer: { render: () => ({ subject: '', body: '' }) },
    responses: {
      recordDelivery: (delivery: Delivery) => this.table(() => void this.rows.set(delivery.id, delivery)),
      deliveries: () => this.table(() => [...this.rows.values()]),
    },
    now: () => new Date(),
  } as unknown as ActivityDeps).notify;

  tell(kind: NoticeKind, person = 'alice', attempt = 1): Promise<Delivery> {
    const notice = { ...ORDER, kind, key: kind, title: 'attack', facts: [] } as unknown as Notice;
    const environment = new MockActivityEnvironment({ attempt });
    return environment.run(this.activities.deliver, {
      notice,
      authority: AUTHORITY,
      person,
      channel: 'voice' as const,
    });
  }
}

describe('N6 one cause, one call', () => {
  test('notices of one moment ring a phone once, for the most urgent; the others are on record as told by it', async () => {
    const phones = new Phones();
    const told = await Promise.all([
      phones.tell('control-failed'),
      phones.tell('emergency'),
      phones.tell('manual-response'),
    ]);
    expect(phones.rung).toEqual(['emergency alice']);
    expect(told.map(({ state }) => state)).toEqual(['skipped', 'delivered', 'skipped']);
    expect(told[0]).toMatchObject({ reason: 'told-by-call:emergency' });
    expect([...phones.rows.values()].map(({ state }) => state).sort()).toEqual(['delivered', 'skipped', 'skipped']);
  });

  test('each person is called', async () => {
    const phones = new Phones();
    await Promise.all([
      phones.tell('escalation', 'bob'),
      phones.tell('control-failed'),
      phones.tell('emergency', 'bob'),
    ]);
    expect(phones.rung.sort()).toEqual(['control-failed alice', 'emergency bob']);
  });

  test('what comes later is a call of its own', async () => {
    const phones = new Phones();
    await phones.tell('emergency');
    await phones.tell('manual-response');
    expect(phones.rung).toEqual(['emergency alice', 'manual-response alice']);
  });

  test('a call that nobody can look up is made', async () => {
    const phones = new Phones();
    phones.away = true;
    await Promise.all([phones.tell('control-failed'), phones.tell('emergency')]);
    expect(phones.rung).toHaveLength(2);
  });

  test('a call that fails for good leaves the other notice to its own', async () => {
    const phones = new Phones(['emergency']);
    const waiting = phones.tell('control-failed');
    await phones.tell('emergency').catch(() => undefined);
    // The last of its attempts.
    await phones.tell('emergency', 'alice', 6).catch(() => undefined);
    expect(await waiting).toMatchObject({ state: 'delivered' });
    expect(phones.rung.at(-1)).toBe('control-failed alice');
  });
});
