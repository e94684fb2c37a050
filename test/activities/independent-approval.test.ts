import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { incidentId } from '../../src/domain/ids';
import type { Order } from '../../src/domain/order';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { workerSeals } from '../support/worker-seals';

const incident = incidentId('INC-20261120-7F3K');
const approve: Order = { action: 'approve', incident, planHash: 'plan', reason: '' };

/** Verifies an approval by eve of a request by alice. */
function authorise(enrolledBy: readonly string[]): Promise<unknown> {
  const signed = { v: 1, order: approve, operator: 'eve', nonce: '', issuedAt: '' };
  const { flow } = createActivities({
    incidents: { find: () => Promise.resolve({ order: { incident, operator: 'alice' } }) },
    seals: workerSeals(),
    ledger: { append: () => Promise.resolve({ seq: 1, hash: '' }) },
    authorisation: {
      verify: () => Promise.resolve(signed),
      confirm: () => Promise.resolve({ ...signed, enrolledBy }),
    },
    now: () => new Date(),
  } as unknown as ActivityDeps);
  const own = { workflowExecution: { workflowId: incident, runId: 'run-1' } };
  return new MockActivityEnvironment(own).run(flow.authorise, { grantId: 'g', use: 'approve:1', expected: approve });
}

test('N5 an approver whom the requester has enrolled is told at once that it does not count', async () => {
  await expect(authorise(['alice', 'boss'])).rejects.toMatchObject({ type: 'OPERATOR_NOT_ALLOWED' });
  await expect(authorise(['boss', 'alice'])).rejects.toMatchObject({ type: 'OPERATOR_NOT_ALLOWED' });
  await expect(authorise(['boss'])).resolves.toMatchObject({ operator: 'eve' });
});
