import { WorkflowNotFoundError } from '@temporalio/client';
import { FirebreakError } from '../../../src/domain/errors';
import { OPEN_INCIDENTS } from '../../../src/domain/numbers';
import type { IncidentOrder } from '../../../src/domain/incident';
import type { Credentials, OperationsDeps } from '../../../src/operations/deps';
import { respond } from '../../../src/operations/respond';
import { DOCUMENT, rawTrigger } from './trigger';

const AT = new Date('2026-11-20T03:00:00.000Z');
const CREDENTIALS: Credentials = { operator: 'sato', sign: () => Promise.resolve('signature'), otp: '123456' };
const OPTIONS = { drill: false, evenIfOpen: true, trigger: 'operator' } as const;

/** Tables and Temporal as far as a start needs them; `declares` says what becomes of each declaration. */
function world(declares: readonly (FirebreakError | undefined)[]) {
  const declared: string[] = [];
  const withdrawn: string[] = [];
  const started: string[] = [];
  const deps = {
    now: () => AT,
    authorisation: { deposit: () => Promise.resolve('00000000-0000-4000-8000-000000000000') },
    incidents: {
      declare: (order: IncidentOrder) => {
        const failure = declares[declared.length];
        if (failure !== undefined) return Promise.reject(failure);
        declared.push(order.incident);
        return Promise.resolve();
      },
      noteStarted: () => Promise.resolve(),
      withdraw: (incident: string) => {
        withdrawn.push(incident);
        return Promise.resolve();
      },
    },
    temporal: () =>
      Promise.resolve({
        workflow: {
          start: (_name: string, { workflowId }: { workflowId: string }) => {
            started.push(workflowId);
            return Promise.resolve({ firstExecutionRunId: 'run-1' });
          },
          getHandle: () => ({ describe: () => Promise.reject(new WorkflowNotFoundError('none', 'id', undefined)) }),
        },
      }),
    admissions: { openOfPeople: () => Promise.resolve([]) },
    site: { temporalUi: undefined, namespace: 'firebreak', openIncidents: OPEN_INCIDENTS },
  } as unknown as OperationsDeps;
  return { deps, declared, withdrawn, started };
}

describe('B9 a compound trigger', () => {
  const compound = rawTrigger(DOCUMENT, { types: ['ddos', 'intrusion'] });

  test('B9 both incidents are declared before any is started', async () => {
    const { deps, declared, started } = world([]);
    const incidents = (await respond(deps, CREDENTIALS, compound, OPTIONS)).map(({ incident }) => incident);
    expect(declared).toEqual(incidents);
    expect(started).toEqual(incidents);
  });

  test('B9 when the second declaration fails the first does not stay listed as open, and nothing starts', async () => {
    const { deps, declared, withdrawn, started } = world([undefined, new FirebreakError('DATABASE_UNREACHABLE')]);
    await expect(respond(deps, CREDENTIALS, compound, OPTIONS)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(started).toEqual([]);
    expect(declared).toHaveLength(1);
    // The second may have been stored although its answer was lost: it is taken back as well.
    expect(withdrawn).toHaveLength(2);
    expect(withdrawn[0]).toBe(declared[0]);
  });
});
