import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { createNoticeRenderer } from '../../src/adapters/notice-text/notice-renderer';
import { FirebreakError } from '../../src/domain/errors';
import type { AuditEvent } from '../../src/domain/ledger';
import type { Person } from '../../src/domain/notice';
import { FLOOD_LIMITS } from '../../src/domain/numbers';
import type { Order } from '../../src/domain/order';
import { enrolmentUse } from '../../src/domain/order';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import type { Message } from '../../src/ports/notifier';

const RECOVER: Order = {
  action: 'operator-recover',
  operator: 'alice',
  handoverKey: 'k',
  reason: 'lost phone http://evil.example',
};
const UNLOCK: Order = { action: 'operator-unlock', operator: 'alice', reason: '' };
const person = (id: string, audience: Person['audience'], more: Partial<Person>): Person => ({
  ...{ id, name: id, audience, locale: 'en', tier: 1, hours: '00:00-00:01', timeZone: 'UTC' },
  ...more,
});
const PEOPLE = [
  person('sato', 'security', { mail: 'sato@example.org', locale: 'ja' }),
  person('kim', 'security', { phone: '+49301' }),
  person('boss', 'management', { mail: 'boss@example.org' }),
];

/** A worker whose grants ask for `asked`; each is refused with `refusal`, or was found good. */
function worker({
  asked = RECOVER,
  refusal = 'RECOVERY_INVALID',
  mailDown = false,
  issuedAt = '2026-11-20T11:59:00.000Z',
}: { asked?: Order; refusal?: 'RECOVERY_INVALID' | 'OPERATOR_LOCKED'; mailDown?: boolean; issuedAt?: string } = {}) {
  const ledger: AuditEvent[] = [];
  const sent: Message[] = [];
  const sender = (channel: 'mail' | 'voice', address: (one: Person) => string | undefined) => ({
    channel,
    addressOf: address,
    send: (message: Message) => {
      if (mailDown && channel === 'mail') return Promise.reject(new FirebreakError('CHANNEL_REFUSED'));
      sent.push(message);
      return Promise.resolve({ providerId: 'p', possibleDouble: false });
    },
  });
  const deps = {
    site: { people: PEOPLE },
    ledger: { append: (events: readonly AuditEvent[]) => Promise.resolve(void ledger.push(...events)) },
    senders: [sender('voice', ({ phone }) => phone), sender('mail', ({ mail }) => mail)],
    renderer: createNoticeRenderer(),
    authorisation: {
      verify: () => Promise.reject(new FirebreakError(refusal)),
      asksFor: () => Promise.resolve({ order: asked, operator: 'alice' }),
      confirm: (grantId: string, use: string) =>
        use === enrolmentUse(grantId)
          ? Promise.resolve({
              order: asked,
              operator: 'alice',
              issuedAt: grantId.startsWith('old') ? '2026-11-01T12:00:00.000Z' : issuedAt,
            })
          : Promise.reject(new FirebreakError('GRANT_MISMATCH')),
    },
    now: () => new Date('2026-11-20T12:00:00.000Z'),
  } as unknown as ActivityDeps;
  const activities = createActivities(deps);
  const recover = (grantId: string, order: Order = RECOVER) =>
    new MockActivityEnvironment({ workflowExecution: { workflowId: enrolmentUse(grantId), runId: 'run-1' } }).run(
      activities.flow.carryOutEnrolment,
      { grantId, order: order as never },
    );
  const tell = (only?: readonly string[], grantId = 'g') =>
    new MockActivityEnvironment().run(activities.notify.tellOfRecovery, {
      ...{ grantId, round: 1 },
      ...(only === undefined ? {} : { only }),
    });
  return { ledger, sent, recover, tell };
}

describe('H8 refused recoveries in the ledger', () => {
  test('are bounded, and the last one says that others are left out', async () => {
    const { ledger, recover } = worker();
    for (let i = 0; i < FLOOD_LIMITS.refusedRecoveriesOfOne + 5; i += 1)
      await expect(recover(`grant-${i}`)).rejects.toMatchObject({ type: 'RECOVERY_INVALID' });
    expect(ledger).toHaveLength(FLOOD_LIMITS.refusedRecoveriesOfOne);
    expect(ledger.at(-1)).toMatchObject({
      ...{ level: 'CRITICAL', action: 'operator.recover.refused', result: 'RECOVERY_INVALID' },
      detail: { saidToBe: 'alice', leftOut: expect.stringContaining('within') as string },
    });
  });

  test('hold none that the caller made up: a grant of another order, refused for its own reason, is no recovery', async () => {
    const { ledger, recover } = worker({ asked: UNLOCK, refusal: 'OPERATOR_LOCKED' });
    await expect(recover('g', RECOVER)).rejects.toMatchObject({ type: 'OPERATOR_LOCKED' });
    expect(ledger).toEqual([]);
  });
});

describe('H4 a recovery is told', () => {
  test('to the security team at any hour, by what reaches each of them; words and command only where they are read', async () => {
    const { ledger, sent, tell } = worker();
    await expect(tell()).resolves.toEqual([]);
    expect(sent.map(({ id }) => id)).toEqual(['recovery-g:sato:mail', 'recovery-g:kim:voice']);
    expect(sent[0]!.text).toContain('firebreak operator disable alice');
    expect(sent[0]!.text).toContain('復旧コード');
    expect(sent[0]!.text).not.toContain('http://');
    expect(sent[1]!.text).toContain('alice has recovered');
    expect(sent[1]!.text).not.toContain('evil');
    expect(ledger).toEqual([expect.objectContaining({ action: 'operator.recover.told', result: '2 messages' })]);
  });

  test('a round that reaches somebody not names them, and the next one tells only these', async () => {
    await expect(worker({ mailDown: true }).tell()).resolves.toEqual(['sato']);
    const { sent, tell } = worker();
    await tell(['sato']);
    expect(sent.map(({ person: { id } }) => id)).toEqual(['sato']);
  });

  test('H8 whoever calls with grants of old recoveries takes nothing from a real one', async () => {
    const { sent, tell } = worker();
    for (let call = 0; call < FLOOD_LIMITS.oldRecoveryMessages; call += 1) await tell(undefined, `old-${call % 7}`);
    expect(sent).toHaveLength(FLOOD_LIMITS.oldRecoveryMessages);
    await expect(tell()).resolves.toEqual([]);
    expect(sent.slice(-2).map(({ id }) => id)).toEqual(['recovery-g:sato:mail', 'recovery-g:kim:voice']);
  });

  test('H8 whoever calls again for one person takes nothing from the others, and not from the next recovery', async () => {
    const { sent, tell } = worker();
    for (let call = 0; call < 200; call += 1) await tell(['sato']);
    expect(sent).toHaveLength(FLOOD_LIMITS.recoveryMessages);
    await expect(tell()).resolves.toEqual(['sato']);
    await expect(tell(undefined, 'next')).resolves.toEqual([]);
    expect(sent.slice(-2).map(({ id }) => id)).toEqual(['recovery-next:sato:mail', 'recovery-next:kim:voice']);
  });

  test('a recovery that nobody could tell for more than a day is told all the same', async () => {
    const { sent, tell } = worker({ issuedAt: '2026-11-18T12:00:00.000Z' });
    await expect(tell()).resolves.toEqual([]);
    expect(sent).toHaveLength(2);
  });

  test('an order that is no recovery tells nobody anything', async () => {
    const { sent, tell } = worker({ asked: UNLOCK });
    await expect(tell()).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
    expect(sent).toEqual([]);
  });
});
