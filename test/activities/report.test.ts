import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ReportInput } from '../../activities/report';
import { createActivities } from '../../activities';
import { createReportWriter } from '../../src/adapters/pdf/report-writer';
import { FirebreakError } from '../../src/domain/errors';
import { onRecord } from '../../src/domain/fact';
import type { ActionResult } from '../../src/domain/plan';
import type { ReportModel, WrittenReport } from '../../src/domain/report';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { respondOrder, respondUse } from '../../src/domain/order';
import { reportModel } from '../support/report-model';
import { sealedPlan, workerSeals } from '../support/worker-seals';

const MODEL = reportModel();
const ROW = { order: MODEL.order, planHash: MODEL.plan.planHash, abnormal: 'none', outcome: null };
const INPUT: ReportInput = {
  incident: MODEL.order.incident,
  authority: { grantId: 'respond', use: respondUse(MODEL.order.incident, 'run') },
  revision: 1,
  outcome: MODEL.outcome,
  abnormal: MODEL.abnormal,
  securityState: MODEL.securityState,
  failures: [],
  nextSteps: [],
  startedAt: MODEL.startedAt,
  endedAt: MODEL.endedAt,
  deadlineMet: true,
  lateLedger: false,
};

describe('writeReport', () => {
  let reportsDir: string;
  beforeEach(async () => {
    reportsDir = await mkdtemp(join(tmpdir(), 'firebreak-report-activity-'));
  });
  afterEach(() => rm(reportsDir, { recursive: true }));

  /** Tables and ledger move on between two calls, as they do in life; the ledger is out of reach for the first `outages` of them. */
  function world(
    outages = 0,
    events: readonly object[] = [],
    { controls = [], undos = [] }: { readonly controls?: readonly object[]; readonly undos?: readonly object[] } = {},
  ): (input: ReportInput) => Promise<WrittenReport> {
    let seq = 100;
    const seals = workerSeals();
    const deps = {
      site: { timeZone: 'Asia/Tokyo', hosts: new Map(MODEL.order.hosts.map((name) => [name, { name }])) },
      incidents: {
        find: () => Promise.resolve({ ...ROW, assessment: MODEL.assessment, bag: null }),
        document: () => Promise.resolve(Buffer.from(JSON.stringify(MODEL.document))),
        update: () => Promise.resolve(),
      },
      plans: {
        load: () =>
          sealedPlan(seals, MODEL.plan, {
            incident: MODEL.order.incident,
            planHash: MODEL.plan.planHash,
            grantId: 'respond',
            documentSha256: MODEL.order.documentSha256,
          }),
      },
      seals,
      authorisation: {
        confirm: (grantId: string) => {
          if (grantId === 'forged') return Promise.reject(new FirebreakError('GRANT_UNKNOWN'));
          const release = { action: 'release', incident: INPUT.incident, reason: 'over' };
          if (grantId === 'release') return Promise.resolve({ order: release, operator: 'mori' });
          const approve = { action: 'approve', incident: INPUT.incident, planHash: 'plan', reason: 'agreed' };
          return Promise.resolve(
            grantId === 'approve'
              ? { order: approve, operator: 'bob' }
              : { order: respondOrder(MODEL.order), operator: MODEL.order.operator },
          );
        },
      },
      senders: [],
      controls: { all: () => Promise.resolve(controls) },
      responses: {
        undos: () => Promise.resolve(undos),
        results: () => Promise.resolve(MODEL.results),
        deliveries: () => Promise.resolve(MODEL.deliveries.slice(0, seq - 100)),
        timeline: () => Promise.resolve(MODEL.timeline.filter(({ kind }) => kind !== 'act' && kind !== 'notice')),
        readings: () => Promise.resolve(MODEL.readings),
      },
      evidence: { entries: () => Promise.resolve([]) },
      ledger: {
        events: () => Promise.resolve(events),
        head: () => Promise.resolve({ seq: (seq += 1), hash: 'ab'.repeat(32) }),
        append: () => (outages-- > 0 ? Promise.reject(new Error('the ledger is out of reach')) : Promise.resolve()),
      },
      reports: createReportWriter({ verifierSha256: 'f'.repeat(64), reportsDir }),
      now: () => new Date(MODEL.endedAt),
    } as unknown as ActivityDeps;
    return (input) => new MockActivityEnvironment().run(createActivities(deps).flow.writeReport, input);
  }

  test('P1 a retry writes the same bytes, whatever has happened in tables and ledger since the first attempt', async () => {
    const writeReport = world(1);
    await expect(writeReport(INPUT)).rejects.toThrow('out of reach');
    const written = async () => (await readdir(join(reportsDir, INPUT.incident))).sort();
    const before = await written();
    expect(before).toHaveLength(3);
    await writeReport(INPUT);
    // Other bytes would have been put in their place, and the earlier ones kept as superseded.
    expect(await written()).toEqual(before);
  });

  test('P1 B15 only orders that a worker has found good are told as such, not what was tried in somebody’s name', async () => {
    const event = { stage: 'event', action: 'approve', actor: 'ceo', at: MODEL.endedAt, result: 'authorised' };
    const report = await world(0, [
      { ...event, key: 'order:forged:approve:1', reason: 'forged' },
      { ...event, key: 'order:approve:approve:2', reason: 'forged' },
    ])(INPUT);
    const { approvals } = JSON.parse(await readFile(report.json.path, 'utf8')) as { approvals: object[] };
    expect(approvals).toMatchObject([{ operator: 'bob', reason: 'agreed', planHash: 'plan' }]);
  });

  test('P1 the timeline has acts with their results, and notices with who was reached, from the tables', async () => {
    const write = world();
    await write(INPUT);
    const { timeline } = await modelIn(await write({ ...INPUT, endedAt: '2026-11-20T03:20:00.000Z' }));
    const acts = timeline.filter(({ kind }) => kind === 'act');
    expect(acts).toHaveLength(MODEL.results.length);
    expect(timeline.filter(({ kind }) => kind === 'notice').map(({ fact }) => fact.fact)).toEqual(['told']);
    expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).sort());
  });

  const END = '2026-11-20T18:21:48.000Z';
  const released = [{ stage: 'event', action: 'release', actor: 'x', at: END, key: 'order:release:release:1' }];
  const [first, second] = MODEL.results;
  const row = ({ action, host, kind }: ActionResult) => ({
    action,
    host,
    kind,
    state: 'released',
    endedAt: END,
    noticedAt: null,
  });
  const undo = ({ action, host }: ActionResult, more: object) => ({
    action,
    host,
    at: END,
    done: true,
    readBack: true,
    ...more,
  });
  const modelIn = async (report: WrittenReport) => JSON.parse(await readFile(report.json.path, 'utf8')) as ReportModel;

  test('P1 B5 a later revision says what the tables say of each act, whatever the caller does', async () => {
    const tables = { controls: [row(first!), row(second!)], undos: [undo(first!, {}), undo(second!, {})] };
    const model = await modelIn(await world(0, released, tables)({ ...INPUT, revision: 2, endedAt: END }));
    expect(model.ending).toEqual({ how: 'released', by: 'mori', at: END, whole: true });
    expect(model.acts.map(({ standing }) => standing)).toEqual(['undone', 'undone']);
    expect(model.nextSteps).toEqual([]);
  });

  test('P1 B5 what could not be undone is said, with the order that undoes it', async () => {
    const failed = undo(second!, { done: false, readBack: false, code: 'HOST_TIMEOUT' });
    const tables = { controls: [row(first!), row(second!)], undos: [undo(first!, {}), failed] };
    const model = await modelIn(await world(0, released, tables)({ ...INPUT, revision: 2, endedAt: END }));
    expect(model.ending).toMatchObject({ how: 'released', whole: false });
    expect(model.nextSteps).toMatchObject([
      {
        fact: 'do-undo',
        kind: second!.kind,
        host: second!.host,
        code: 'HOST_TIMEOUT',
        command: `firebreak release ${INPUT.incident}`,
      },
    ]);
  });

  test('P1 B5 what its host has no journal of any more is to be put right by hand, then given up', async () => {
    const lost = undo(second!, { done: false, readBack: false, code: 'JOURNAL_LOST' });
    const tables = { controls: [row(first!), row(second!)], undos: [undo(first!, {}), lost] };
    const open = await modelIn(await world(0, released, tables)({ ...INPUT, revision: 2, endedAt: END }));
    const { host, kind } = second!;
    const command = `firebreak release ${INPUT.incident}`;
    expect(open.nextSteps).toMatchObject([
      { fact: 'do-undo', kind, host, code: 'JOURNAL_LOST', command },
      { fact: 'do-put-right', host, command: `${command} --gone ${host}` },
    ]);
  });

  test('P1 B5 what is on another machine is said with both ways out; what was given up is no step any more, and never undone', async () => {
    const other = undo(second!, { done: false, readBack: false, code: 'MACHINE_CHANGED' });
    const tables = (last: object) => ({
      controls: [row(first!), { ...row(second!), state: 'given-up' }],
      undos: [undo(first!, {}), last],
    });
    const open = await modelIn(await world(0, released, tables(other))({ ...INPUT, revision: 2, endedAt: END }));
    const { host, kind } = second!;
    const command = `firebreak release ${INPUT.incident}`;
    expect(open.nextSteps).toMatchObject([
      { fact: 'do-undo', kind, host, code: 'MACHINE_CHANGED', command },
      { fact: 'do-correct-machine', host, command: `${command} --gone ${host}` },
    ]);
    const givenUp = tables({ ...other, givenUpBy: 'mori' });
    const later = { ...INPUT, revision: 2, endedAt: '2026-11-20T18:30:00.000Z' };
    const model = await modelIn(await world(0, released, givenUp)(later));
    expect(model.nextSteps).toEqual([]);
    expect(model.ending).toMatchObject({ whole: false });
    expect(model.acts.map(({ standing }) => standing)).toEqual(['undone', 'given-up']);
    expect(model.acts[1]?.undo).toMatchObject({ done: false, givenUpBy: 'mori' });
  });

  test('P1 B5 what ended by its time has expired, and no revision is skipped', async () => {
    const over = { ...row(first!), state: 'expired', endedAt: MODEL.endedAt, noticedAt: END };
    const write = world(0, [], { controls: [over], undos: [undo(first!, {})] });
    const model = await modelIn(await write({ ...INPUT, revision: 2, endedAt: END }));
    expect(model.ending).toEqual({ how: 'expired', at: MODEL.endedAt, whole: true });
    expect(model.acts).toMatchObject([{ standing: 'expired', endedAt: MODEL.endedAt, noticedAt: END }]);
    await expect(write({ ...INPUT, revision: 4 })).rejects.toThrow('no such revision');
  });

  test('P1 a second try that tells another story of the same revision is written anew, the earlier one kept', async () => {
    const writeReport = world();
    const first = await writeReport(INPUT);
    const second = await writeReport({
      ...INPUT,
      failures: [onRecord('one more')],
      endedAt: '2026-11-20T03:20:00.000Z',
    });
    expect(second.json.sha256).not.toBe(first.json.sha256);
    const names = await readdir(join(reportsDir, INPUT.incident));
    expect(names.filter((name) => name.includes('superseded'))).toHaveLength(3);
  });
});
