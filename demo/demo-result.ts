import type { OutcomeCounts } from '../src/domain/plan';
import { NO_OUTCOMES, addCounts } from '../src/domain/plan';
import type { IncidentStatus } from '../src/operations/status';
import type { Check, Reachability } from './proof';

/** What was seen besides the tables. */
export interface Seen {
  readonly before: Reachability;
  readonly after: Reachability;
  readonly checks: readonly Check[];
  /** Addresses and prefixes in the incident document. */
  readonly reportedSources: number;
}

/** Every reported source on every host that the plan blocks on, and what became of them there. */
interface BlockFigures extends OutcomeCounts {
  readonly requested: number;
}

/** Refusals of a source by the plan: it is planned on no host. */
const SOURCE_REFUSALS: readonly string[] = ['protected', 'too-wide', 'not-an-address'];

/** What `demo --json` prints last; every figure is read back from where it happened. The last check is about these figures. */
export function demoResult(
  status: IncidentStatus,
  seen: Seen,
): { readonly result: Record<string, unknown>; readonly checks: readonly Check[] } {
  const { row, results } = status;
  const blocks = blockFigures(status, seen.reportedSources);
  const checks = [...seen.checks, addsUp(blocks)];
  const result = {
    incidentId: row.order.incident,
    workflowId: row.workflowId,
    runId: row.runId,
    outcome: row.outcome,
    abnormal: row.abnormal,
    durationMs:
      row.responseEndedAt === null ? null : Date.parse(row.responseEndedAt) - Date.parse(row.order.declaredAt),
    deadlineMet: row.deadlineMet,
    blocks,
    accounts: results
      .filter((one) => one.kind === 'disable-account')
      .map((one) => ({
        account: one.action.split(':').at(-1),
        host: one.host,
        ...one.counts,
        verified: one.verified,
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
    reachability: { before: seen.before, after: seen.after },
    checks,
  };
  return { result, checks };
}

/** `requested` comes from the document and the plan, the outcomes from the hosts: that they agree is for {@link addsUp} to say. */
function blockFigures({ plan, results }: IncidentStatus, reportedSources: number): BlockFigures {
  const hosts = (plan?.actions ?? []).filter((action) => action.kind === 'block-sources').length;
  const refused = (plan?.refused ?? []).filter(({ reason }) => SOURCE_REFUSALS.includes(reason)).length;
  const counts = results
    .filter((result) => result.kind === 'block-sources')
    .map((result) => result.counts)
    .reduce(addCounts, NO_OUTCOMES);
  return { requested: reportedSources * hosts, ...counts, refused: counts.refused + refused * hosts };
}

function addsUp({ requested, ...counts }: BlockFigures): Check {
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  const words = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  return {
    what: 'every reported source has one outcome on every host',
    ok: requested > 0 && sum === requested,
    seen: `${requested} requested: ${words.join(', ')}`,
  };
}
