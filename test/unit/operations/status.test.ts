import { statusLines, statusValue } from '../../../src/cli/status-lines';
import type { UndoRow } from '../../../src/domain/ending';
import { actionId } from '../../../src/domain/ids';
import { failedUndos, incidentStatus } from '../../../src/operations/status';
import type { IncidentRow } from '../../../src/ports/repositories';
import { sampleOrder, sampleReading } from '../../support/incident-samples';

const order = sampleOrder('2026-11-20T03:00:00.000Z', { hosts: ['web-1'] });
const attacked = sampleReading('web-1', { attackerSessions: 2, drift: 1, droppedPerMinute: 9_000 });

async function statusOf(row: Partial<IncidentRow>, undos: readonly UndoRow[] = [], controls: readonly unknown[] = []) {
  const whole = {
    ...{ order, title: 'attack', phase: 'watching', abnormal: 'none', outcome: 'contained', assessment: null },
    ...{
      planHash: null,
      needsHuman: false,
      workflowId: order.incident,
      runId: null,
      questions: [],
      bag: null,
      supplements: [],
    },
    ...{
      report: null,
      overview: null,
      responseEndedAt: order.declaredAt,
      deadlineMet: true,
      closedAt: null,
      ended: null,
    },
    ...{ acknowledgedBy: ['bob'], securityState: 'worse', closingSeal: null, ...row },
  };
  const none = (): Promise<readonly []> => Promise.resolve([]);
  const deps = {
    incidents: { find: () => Promise.resolve(whole) },
    responses: {
      ...{ results: none, deliveries: none, timeline: none, undos: () => Promise.resolve(undos) },
      latestReadings: () => Promise.resolve([attacked]),
    },
    controls: { all: () => Promise.resolve(controls) },
    site: { namespace: 'firebreak' },
  };
  return incidentStatus(deps as never, order.incident);
}

describe('B13 what could be done while the state is not safe', () => {
  const proposals = [
    'isolate web-1: 2 attacker sessions are still alive',
    'have the attack on web-1 filtered upstream: 9000 packets a minute are still dropped there',
    're-assert 1 controls that web-1 lost',
  ];

  test('stands in the status, which the notice sends people to', async () => {
    const status = await statusOf({});
    expect(statusValue(status)).toMatchObject({
      securityState: 'worse',
      proposals: [
        { fact: 'propose-isolation', host: 'web-1', sessions: 2, text: proposals[0] },
        { fact: 'propose-upstream', host: 'web-1', perMinute: 9_000, text: proposals[1] },
        { fact: 'propose-reassert', host: 'web-1', controls: 1, text: proposals[2] },
      ],
    });
    const lines = statusLines(status, 'UTC').join('\n');
    for (const words of proposals) expect(lines).toContain(`proposed: ${words}`);
  });

  test('is nothing when it is safe, or over', async () => {
    expect((await statusOf({ securityState: 'safe' })).proposals).toEqual([]);
    expect((await statusOf({ closedAt: order.declaredAt })).proposals).toEqual([]);
  });
});

describe('B14 what a plan leaves out is said where people look', () => {
  test('why an order was lowered, and what was refused, with its reason', async () => {
    const plan = {
      deviations: [{ fact: 'doubt-lowers', from: 'block', to: 'monitor' }],
      refused: [{ target: 'web-1', reason: 'isolation-never', detail: { fact: 'left-out', why: 'must-stay-up' } }],
    };
    const lines = statusLines({ ...(await statusOf({})), plan } as never, 'UTC').join('\n');
    expect(lines).toMatch(/note: .*block.*monitor/);
    expect(lines).toMatch(/refused web-1: .*must stay up/);
  });
});

describe('an undo that is tried again', () => {
  const turnedAway = 'web-1 turns new connections away, as a host does that limits them; the next try is in 36 s.';
  const act = { action: actionId(order.incident, 'isolate-host', 'web-1'), host: 'web-1' };
  const at = order.declaredAt;
  const failed: UndoRow = { ...act, at, done: false, readBack: false, code: 'HOST_UNREACHABLE', detail: turnedAway };
  const control = { ...act, kind: 'isolate-host', state: 'released', endedAt: at, noticedAt: null };

  test('says in the status why it failed, and when the next try is', async () => {
    const lines = statusLines(await statusOf({}, [failed], [control]), 'UTC').join('\n');
    expect(lines).toContain(`web-1: isolate-host not undone: ${turnedAway}`);
    const done = { ...act, at, done: true, readBack: true };
    expect(statusLines(await statusOf({}, [done], [control]), 'UTC').join('\n')).not.toContain('not undone');
  });

  test('is what `release --wait` tells, and not what is done or given up', async () => {
    const rows: readonly UndoRow[] = [
      failed,
      { ...act, at, done: true, readBack: true },
      { ...act, at, done: false, readBack: false, givenUpBy: 'bob' },
    ];
    const responses = { undos: () => Promise.resolve(rows) };
    expect(await failedUndos({ responses } as never, order.incident)).toEqual([failed]);
  });
});
