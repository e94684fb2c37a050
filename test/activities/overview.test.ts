import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities';
import { createReportWriter } from '../../src/adapters/pdf/report-writer';
import { sha256Hex } from '../../src/domain/hash';
import type { ResponseSpan } from '../../src/domain/at-once';
import type { IncidentId } from '../../src/domain/ids';
import type { AuditEvent } from '../../src/domain/ledger';
import { respondOrder, respondUse } from '../../src/domain/order';
import type { WrittenOverview } from '../../src/domain/report';
import type { ActivityDeps } from '../../src/ports/activity-deps';
import { overviewRows, reportModel } from '../support/report-model';

const IDS = ['INC-20261120-7F3K', 'INC-20261120-8G4M'] as IncidentId[];
const STRANGER = 'INC-20261120-9H5N' as IncidentId;
const rows = overviewRows([...IDS, STRANGER].map((incident) => reportModel({ incident })));
const groupMembers = IDS.map((incident) => ({ incident, type: rows[0]!.order.type }));

describe('B9 the joint overview', () => {
  let reportsDir: string;
  beforeEach(async () => {
    reportsDir = await mkdtemp(join(tmpdir(), 'firebreak-overview-'));
  });
  afterEach(() => rm(reportsDir, { recursive: true }));

  /** @param named what the row, which others may have made, says of the group; the order was signed for IDS */
  async function write({
    underWay = false,
    signed = groupMembers,
    named = groupMembers,
    spans = [] as readonly ResponseSpan[],
  } = {}) {
    const noted = new Map<string, WrittenOverview>();
    const events: AuditEvent[] = [];
    const found = (incident: IncidentId) => {
      const row = rows.find(({ order }) => order.incident === incident)!;
      const order = { ...row.order, group: IDS[0]!, groupMembers: named };
      return { ...row, order, responseEndedAt: underWay && incident === IDS[1] ? null : row.responseEndedAt };
    };
    const deps = {
      site: { hosts: new Map() },
      senders: [],
      authorisation: {
        confirm: () =>
          Promise.resolve({
            order: respondOrder({ ...rows[0]!.order, groupMembers: signed }),
            operator: rows[0]!.order.operator,
          }),
      },
      incidents: {
        find: (incident: IncidentId) => Promise.resolve(found(incident)),
        update: (incident: IncidentId, { overview }: { overview: WrittenOverview }) =>
          Promise.resolve(void noted.set(incident, overview)),
      },
      admissions: { recentResponses: () => Promise.resolve(spans) },
      ledger: { append: (some: AuditEvent[]) => Promise.resolve(void events.push(...some)) },
      reports: createReportWriter({ verifierSha256: 'f'.repeat(64), reportsDir }),
      now: () => new Date('2026-11-20T03:10:00.000Z'),
    } as unknown as ActivityDeps;
    const authority = { grantId: 'respond', use: respondUse(IDS[0]!, 'run') };
    const { writeOverview } = createActivities(deps).flow;
    const answer = await new MockActivityEnvironment().run(writeOverview, { incident: IDS[0]!, authority });
    return { answer, noted, events };
  }

  test('is on record at each of its incidents, with the digests of its files, and in the ledger', async () => {
    const { answer, noted, events } = await write();
    expect([...noted.keys()]).toEqual(IDS);
    expect([...noted.values()]).toEqual([answer, answer]);
    const { incidents, pdf } = answer as WrittenOverview;
    expect(incidents).toEqual(IDS);
    for (const file of [pdf.en, pdf.ja]) expect(sha256Hex(await readFile(file.path))).toBe(file.sha256);
    expect(events).toMatchObject([{ action: 'report.overview', subject: pdf.en.path, result: pdf.en.sha256 }]);
  });

  test('waits for the last of them', async () => {
    const { answer, noted } = await write({ underWay: true });
    expect([answer, noted.size]).toEqual(['others-are-under-way', 0]);
  });

  test('H1 is of the incidents that were signed together, whatever a row says', async () => {
    const named = [...groupMembers, { incident: STRANGER, type: rows[0]!.order.type }];
    expect([...(await write({ named })).noted.keys()]).toEqual(IDS);
    const alone = await write({ signed: groupMembers.slice(0, 1), named });
    expect([alone.answer, alone.noted.size]).toEqual(['no-group', 0]);
  });

  test('tells of incidents of several triggers that were handled at once, when the last of them has ended', async () => {
    const began = '2026-11-20T03:09:00.000Z';
    const spans = [IDS[0]!, STRANGER].map((incident) => ({
      incident,
      drill: false,
      beganAt: began,
      endedAt: '2026-11-20T03:09:30.000Z',
    }));
    const signed = groupMembers.slice(0, 1);
    const { answer, noted, events } = await write({ signed, spans });
    const together = [IDS[0]!, STRANGER];
    expect([...noted.keys()].sort()).toEqual([...together].sort());
    expect([...(answer as WrittenOverview).incidents].sort()).toEqual([...together].sort());
    expect(events).toHaveLength(1);
    const running = [spans[0]!, { ...spans[1]!, endedAt: null }];
    expect((await write({ signed, spans: running })).answer).toBe('others-are-under-way');
    expect((await write({ spans: running })).answer).toBe('others-are-under-way');
    const both = await write({ spans });
    expect([...both.noted.keys()].sort()).toEqual([...IDS, STRANGER].sort());
  });
});
