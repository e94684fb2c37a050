import { statusLines, statusValue } from '../../../src/cli/status-lines';
import type { UndoRow } from '../../../src/domain/ending';
import { actionId, type ActionId } from '../../../src/domain/ids';
import { failedUndos, incidentStatus, waitingOf } from '../../../src/operations/status';
import type { IncidentRow } from '../../../src/ports/repositories';
import { sampleOrder, sampleReading } from '../../support/incident-samples';

const order = sampleOrder('2026-11-20T03:00:00.000Z', { hosts: ['web-1'] });
const attacked = sampleReading('web-1', { attackerSessions: 2, drift: 1, droppedPerMinute: 9_000 });

const none = (): Promise<readonly []> => Promise.resolve([]);

function wholeRow(row: Partial<IncidentRow>): IncidentRow {
  return {
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
  } as unknown as IncidentRow;
}

function depsOf(row: IncidentRow, undos: readonly UndoRow[] = [], controls?: readonly unknown[]) {
  return {
    incidents: { find: () => Promise.resolve(row) },
    plans: { load: (): Promise<unknown> => Promise.resolve({ plan: { ...PLAN } }) },
    responses: {
      ...{ results: none, deliveries: none, timeline: none, undos: () => Promise.resolve(undos) },
      latestReadings: () => Promise.resolve([attacked]),
    },
    controls: {
      all: () =>
        Promise.resolve(controls ?? undos.map((undo) => ({ ...undo, kind: 'block-sources', state: 'active' }))),
    },
    site: { namespace: 'firebreak' },
  } as never;
}

const statusOf = (row: Partial<IncidentRow>, undos?: readonly UndoRow[], controls?: readonly unknown[]) =>
  incidentStatus(depsOf(wholeRow(row), undos, controls), order.incident);

const action = `${order.incident}:block-sources:web-1` as ActionId;
const PLAN = {
  ...{ refused: [], deviations: [] },
  actions: [{ id: action, kind: 'block-sources', host: 'web-1', sources: ['192.0.2.7'], approval: 'required' }],
};

describe('what an incident of the list waits for is what its status tells', () => {
  test.each([
    [
      'an undo that failed',
      { needsHuman: true },
      [{ action, host: 'web-1', at: order.declaredAt, done: false, readBack: false, code: 'HOST_UNREACHABLE' }],
      'undo',
    ],
    [
      'an approval',
      {
        planHash: 'abcdef0123456789',
        responseEndedAt: null,
        questions: [{ kind: 'approval', until: order.declaredAt }],
      },
      [],
      'approval',
    ],
  ] as const)('%s', async (_, changes, undos, kind) => {
    const row = wholeRow(changes);
    const told = await waitingOf(depsOf(row, undos), row);
    expect(told[0]).toMatchObject({
      kind,
      what: expect.stringMatching(/the undo of 1 act that|web-1: block 1/) as string,
    });
    expect(told).toEqual((await incidentStatus(depsOf(row, undos), order.incident)).waitsFor);
  });

  test('a plan that cannot be read hides nothing else', async () => {
    const row = wholeRow({
      ...{ planHash: 'abcdef0123456789', responseEndedAt: null },
      questions: [{ kind: 'approval', until: order.declaredAt }],
    });
    const deps = depsOf(row);
    Object.assign(deps, { plans: { load: () => Promise.reject(new Error('broken')) } });
    expect((await waitingOf(deps, row)).map(({ kind }) => kind)).toEqual(['approval']);
  });
});

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
