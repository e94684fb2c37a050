import { NO_OUTCOMES, addCounts } from '../src/domain/plan';
import type { IncidentStatus } from '../src/operations/status';
import type { Check, Reachability } from './proof';

/** What `demo --json` prints last; every figure is read back from where it happened. */
export function demoResult(
  status: IncidentStatus,
  before: Reachability,
  after: Reachability,
  checks: readonly Check[],
): Record<string, unknown> {
  const { row, results, plan } = status;
  const blocks = results.filter((result) => result.kind === 'block-sources');
  const counts = blocks.map((result) => result.counts).reduce(addCounts, NO_OUTCOMES);
  const refusedSources =
    (plan?.refused ?? []).filter((refused) => ['protected', 'too-wide', 'not-an-address'].includes(refused.reason))
      .length * blocks.length;
  const refused = counts.refused + refusedSources;
  const requested = Object.values(counts).reduce((sum, count) => sum + count, 0) + refusedSources;
  return {
    incidentId: row.order.incident,
    workflowId: row.workflowId,
    runId: row.runId,
    outcome: row.outcome,
    abnormal: row.abnormal,
    durationMs:
      row.responseEndedAt === null ? null : Date.parse(row.responseEndedAt) - Date.parse(row.order.declaredAt),
    deadlineMet: row.deadlineMet,
    blocks: { requested, ...counts, refused },
    accounts: results
      .filter((result) => result.kind === 'disable-account')
      .map((result) => ({
        account: result.action.split(':').at(-1),
        host: result.host,
        ...result.counts,
        verified: result.verified,
      })),
    evidence:
      row.bag === null
        ? null
        : { bag: row.bag.path, checkpoint: row.bag.checkpoint, records: row.bag.records, publicKey: row.bag.publicKey },
    report:
      row.report === null
        ? null
        : { pdf: { en: row.report.pdf.en.path, ja: row.report.pdf.ja.path }, json: row.report.json.path },
    notifications: status.deliveries,
    temporalUi: status.temporalUi,
    reachability: { before, after },
    checks,
  };
}
