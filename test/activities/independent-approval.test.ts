import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { incidentId } from '../../src/domain/ids';
import type { Backed, Order } from '../../src/domain/order';
import { dependence, respondOrder, respondUse } from '../../src/domain/order';
import type { AuditEvent } from '../../src/domain/ledger';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { sampleOrder } from '../support/incident-samples';
import { workerSeals } from '../support/worker-seals';

const incident = incidentId('INC-20261120-7F3K');
const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident, hosts: ['web-1'] });
const approve: Order = { action: 'approve', incident, planHash: 'plan', reason: '' };
const REQUEST = { grantId: 'request', use: respondUse(incident, 'run-1') };

type Behind = Partial<Pick<Backed, 'enrolledBy' | 'enrolledLately'>>;

/** Verifies an approval by eve of a request by alice. */
function authorise(ofEve: Behind, ofAlice: Behind = {}): Promise<unknown> {
  const common = { v: 1, nonce: '', issuedAt: '', enrolledBy: [], enrolledLately: [] };
  const signed = { ...common, order: approve, operator: 'eve' };
  const events: readonly Partial<AuditEvent>[] = [
    { key: `order:${REQUEST.grantId}:${REQUEST.use}`, stage: 'event', action: 'respond', result: 'authorised', at: '' },
  ];
  const { flow } = createActivities({
    incidents: { find: () => Promise.resolve({ order: ORDER }) },
    seals: workerSeals(),
    ledger: { append: () => Promise.resolve({ seq: 1, hash: '' }), events: () => Promise.resolve(events) },
    authorisation: {
      verify: () => Promise.resolve(signed),
      confirm: (grantId: string) =>
        Promise.resolve(
          grantId === REQUEST.grantId
            ? { ...common, order: respondOrder(ORDER), operator: 'alice', ...ofAlice }
            : { ...signed, ...ofEve },
        ),
    },
    now: () => new Date(),
  } as unknown as ActivityDeps);
  const own = { workflowExecution: { workflowId: incident, runId: 'run-1' } };
  return new MockActivityEnvironment(own).run(flow.authorise, { grantId: 'g', use: 'approve:1', expected: approve });
}

const refusal = { type: 'OPERATOR_NOT_ALLOWED' };

test('N5 an approver whom the requester has enrolled is told at once that it does not count', async () => {
  await expect(authorise({ enrolledBy: ['alice', 'boss'] })).rejects.toMatchObject(refusal);
  await expect(authorise({ enrolledBy: ['boss', 'alice'] })).rejects.toMatchObject(refusal);
  await expect(authorise({ enrolledBy: ['boss'] })).resolves.toMatchObject({ operator: 'eve' });
});

test('N5 so is one who has enrolled, rotated or unlocked the requester: that person may ask as them', async () => {
  await expect(authorise({ enrolledBy: ['bootstrap'] }, { enrolledBy: ['eve'] })).rejects.toMatchObject(refusal);
  await expect(authorise({ enrolledBy: ['bootstrap'] }, { enrolledBy: ['boss', 'eve'] })).rejects.toMatchObject(
    refusal,
  );
  await expect(authorise({ enrolledBy: ['bootstrap'] }, { enrolledBy: ['boss'] })).resolves.toBeDefined();
});

test('N5 and one behind whom stands who stands behind the requester, for one of them within a day', async () => {
  const boss = { enrolledBy: ['boss'], enrolledLately: ['boss'] };
  const settled = { enrolledBy: ['boss'] };
  await expect(authorise(boss, settled)).rejects.toMatchObject(refusal);
  await expect(authorise(settled, boss)).rejects.toMatchObject(refusal);
  await expect(authorise(settled, settled)).resolves.toBeDefined();
});

test('N5 the key file stands behind every first admin, and is nobody', () => {
  const first = (operator: string): Backed => ({ operator, enrolledBy: ['bootstrap'], enrolledLately: ['bootstrap'] });
  expect(dependence(first('a'), first('b'))).toBeUndefined();
  expect(dependence(first('a'), first('a'))).toEqual({ cause: 'own-request' });
});
