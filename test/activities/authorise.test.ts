import { MockActivityEnvironment } from '@temporalio/testing';
import type { Authority } from '../../activities';
import { createActivities } from '../../activities';
import { closingPatch } from '../../activities/closing';
import { FirebreakError } from '../../src/domain/errors';
import { incidentId } from '../../src/domain/ids';
import { OPEN_INCIDENTS } from '../../src/domain/numbers';
import type { Order } from '../../src/domain/order';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { sampleOrder } from '../support/incident-samples';
import { workerSeals } from '../support/worker-seals';

const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { incident: incidentId('INC-20261120-7F3K'), hosts: ['web-1'] });
const { incident } = ORDER;
const GRANT: Authority = { grantId: 'respond', use: respondUse(incident, 'run-1') };

describe('B15 the order to respond is the one that was declared', () => {
  const signed = respondOrder(ORDER);
  function authorise(row: object, expected: Order = signed, operator = 'alice') {
    const verified: string[] = [];
    const { flow } = createActivities({
      incidents: { update: () => Promise.resolve(), find: () => Promise.resolve(row) },
      site: { openIncidents: OPEN_INCIDENTS },
      admissions: { admit: () => Promise.resolve({ verdict: 'admitted' }) },
      ledger: { append: () => Promise.resolve({ seq: 1, hash: '' }) },
      authorisation: {
        verify: (_grant: string, order: Order, use: string) => {
          verified.push(use);
          return Promise.resolve({ v: 1, order, operator, nonce: '', issuedAt: '' });
        },
        confirm: () =>
          Promise.resolve({
            v: 1,
            order: signed,
            operator,
            nonce: '',
            issuedAt: '',
            enrolledBy: [],
            enrolledLately: [],
          }),
      },
      seals: workerSeals(),
      now: () => new Date(),
    } as unknown as ActivityDeps);
    const own = { workflowExecution: { workflowId: incident, runId: 'run-1' } };
    const running = new MockActivityEnvironment(own).run(flow.authorise, { ...GRANT, expected });
    return { running, verified };
  }

  test('H1 B15 a workflow of another id uses no grant up; what was used up for exactly this is only said again', async () => {
    const asked: string[] = [];
    const { flow } = createActivities({
      authorisation: {
        verify: () => {
          asked.push('used up');
          return Promise.resolve({});
        },
        confirm: (_grant: string, use: string) =>
          use === GRANT.use
            ? Promise.resolve({ v: 1, order: signed, operator: 'alice', nonce: '', issuedAt: '' })
            : Promise.reject(new FirebreakError('GRANT_MISMATCH')),
      },
      now: () => new Date(),
    } as unknown as ActivityDeps);
    for (const workflowId of ['forger', `${incident}:response-2`, `${incident}:evil`]) {
      const asking = (use: string) =>
        new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'run-9' } }).run(flow.authorise, {
          grantId: GRANT.grantId,
          use,
          expected: signed,
        });
      await expect(asking(`${incident}@mine`)).rejects.toMatchObject({ type: 'GRANT_MISMATCH' });
      await expect(asking(GRANT.use)).resolves.toMatchObject({ operator: 'alice' });
    }
    expect(asked).toEqual([]);
  });

  test('B15 it passes, and its grant is used up for this chain of runs', async () => {
    const { running, verified } = authorise({ order: ORDER, phase: 'declared' });
    await expect(running).resolves.toMatchObject({ operator: 'alice' });
    expect(verified).toEqual([GRANT.use]);
  });

  test.each<[string, Partial<typeof ORDER>]>([
    ['mode', { mode: 'block' }],
    ['trigger', { trigger: 'detector' }],
    ['hosts', { hosts: ['web-1', 'db-1'] }],
    ['document', { documentSha256: 'e'.repeat(64) }],
    ['moment', { declaredAt: '2026-12-20T03:00:00.000Z' }],
    [
      'type within its group',
      {
        type: 'malware',
        group: incident,
        groupMembers: [{ incident, type: 'intrusion' }],
      },
    ],
  ])('B15 a row with another %s is refused, and the grant is not used up', async (_what, change) => {
    const { running, verified } = authorise({ order: { ...ORDER, ...change }, phase: 'declared' });
    await expect(running).rejects.toMatchObject({ type: 'GRANT_MISMATCH' });
    expect(verified).toEqual([]);
  });

  test('N5 a row in somebody else’s name is refused: nobody approves their own request', async () => {
    const { running } = authorise({ order: { ...ORDER, operator: 'carol' }, phase: 'declared' });
    await expect(running).rejects.toMatchObject({ type: 'GRANT_MISMATCH' });
  });

  test('B15 a closed incident is not started again', async () => {
    const { closingSeal } = await closingPatch({ seals: workerSeals(), now: () => new Date() }, incident, {});
    const { running, verified } = authorise({ order: ORDER, phase: 'closed', closingSeal });
    await expect(running).rejects.toMatchObject({ type: 'INCIDENT_CLOSED' });
    expect(verified).toEqual([]);
  });
});
