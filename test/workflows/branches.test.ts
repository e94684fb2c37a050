import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { Branch } from '../../src/domain/branches';
import { BRANCHES } from '../../src/domain/branches';
import { SUMMARY_MAX_CHARACTERS } from '../../src/domain/numbers';
import { playBranch } from '../support/branch-scenarios';
import { eventLog } from '../support/event-log';
import { repeatAfterHang } from '../support/use-world';
import { WorkflowWorld } from '../support/workflow-world';

/** What each branch must come to: the response's outcome and abnormal stage, and what people are told on the way (B2, B8). */
const EXPECTED: Readonly<
  Record<Branch, { readonly outcome?: string; readonly abnormal?: string; readonly told: readonly string[] }>
> = {
  'normal-block': { outcome: 'contained', abnormal: 'none', told: ['start', 'completion'] },
  'normal-isolate': { outcome: 'contained', abnormal: 'none', told: ['start'] },
  'monitor-only': { outcome: 'monitored', abnormal: 'none', told: ['start', 'completion'] },
  'unknown-type-classified': { outcome: 'contained', abnormal: 'none', told: ['classification-needed', 'start'] },
  'unknown-type-silence': {
    outcome: 'monitored',
    abnormal: 'escalated',
    told: ['classification-needed', 'escalation-classification'],
  },
  'contradictory-type': { outcome: 'contained', abnormal: 'none', told: ['classification-needed'] },
  'approval-given': { outcome: 'contained', abnormal: 'none', told: ['approval-needed'] },
  'approval-silence': { outcome: 'contained-in-part', abnormal: 'partial', told: ['approval-needed'] },
  'control-failed-forced-isolation': {
    outcome: 'contained-by-force',
    abnormal: 'manual',
    told: ['control-failed-web-1', 'manual-control-web-1'],
  },
  'forced-isolation-failed': {
    abnormal: 'emergency',
    told: ['control-failed-web-1', 'manual-control-web-1', 'emergency-web-1'],
  },
  'logs-failed-alternative': { outcome: 'contained', abnormal: 'partial', told: ['logs-failed-web-1'] },
  'logs-failed-altogether': {
    outcome: 'contained',
    abnormal: 'manual',
    told: ['logs-failed-web-1', 'manual-logs-web-1'],
  },
  'notification-failed': { outcome: 'contained', abnormal: 'none', told: ['start', 'notification-failed:start'] },
  'seal-failed': { outcome: 'contained', abnormal: 'manual', told: ['manual-seal'] },
  'tighten-failed': { outcome: 'contained', abnormal: 'partial', told: ['completion'] },
  'report-failed': { outcome: 'contained', abnormal: 'partial', told: ['failure-report'] },
  'deadline-passed': { abnormal: 'escalated', told: ['manual-deadline', 'escalation-deadline'] },
  'unexpected-error-second-try': { told: ['start', 'completion'] },
  'unexpected-error-twice': {
    told: ['manual-twice-failed', 'escalation-twice-failed', 'emergency-twice-failed', 'failure-twice-failed'],
  },
  'stand-down': { outcome: 'contained', told: ['stand-down-1'] },
  'take-over': { outcome: 'manual', told: ['start'] },
  escalate: { outcome: 'contained', told: ['start'] },
  release: { outcome: 'contained', told: ['release-1'] },
  'address-let-go': { outcome: 'contained', told: ['manual-unblock-grant-bob-unblock', 'release-1'] },
  'unauthorised-start': { told: ['unauthorised-start'] },
  'unauthorised-update': { outcome: 'contained', told: ['unauthorised-release-1'] },
  cancelled: { abnormal: 'escalated', told: ['manual-cancelled', 'escalation-cancelled'] },
  'watch-drift': { outcome: 'contained', told: ['drift-0'] },
  drill: { outcome: 'rehearsed', told: ['start', 'completion'] },
};

/** `npm run fixtures:record` sets it: the histories become the replay fixtures. */
const RECORDING = process.env['RECORD_FIXTURES'] === '1';
const HISTORIES = join(__dirname, '..', 'replay', 'histories');

/** Fixtures say nothing of the machine that recorded them. */
const anonymous = (json: string): string => json.replace(/"identity": "[^"]*"/g, '"identity": "recorder"');

repeatAfterHang();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.open();
});
afterAll(() => world.close());
afterEach(() => world.endIncidents());

describe('B2 every branch of the flow, in skipped time', () => {
  test.each(BRANCHES)('%s', async (branch) => {
    const expected = EXPECTED[branch];
    const { order } = await playBranch(world, branch);
    const response = `${order.incident}:response-1`;

    if (expected.outcome !== undefined || expected.abnormal !== undefined) {
      const result = (await world.result(response)) as { readonly outcome: string; readonly abnormal: string };
      if (expected.outcome !== undefined) expect(result.outcome).toBe(expected.outcome);
      if (expected.abnormal !== undefined) expect(result.abnormal).toBe(expected.abnormal);
    }
    await world.until('people are told', () => expected.told.every((key) => world.told(order).includes(key)));

    for (const id of [order.incident, response]) {
      const history = await world.env.client.workflow
        .getHandle(id)
        .fetchHistory()
        .catch(() => undefined);
      if (history === undefined) continue;
      const bars = eventLog(history).filter((event) => ['ActivityTaskScheduled', 'TimerStarted'].includes(event.kind));
      expect(
        bars.filter((event) => (event.summary ?? '') === '' || (event.summary ?? '').length > SUMMARY_MAX_CHARACTERS),
      ).toEqual([]);
      if (RECORDING) {
        const whose = id === response ? 'response' : 'incident';
        writeFileSync(
          join(HISTORIES, `${branch}.${whose}.json.gz`),
          gzipSync(anonymous(historyToJSON(history)), { level: 9 }),
        );
      }
    }
  });
});
