import type { Assessment } from '../src/domain/assessment';
import { FirebreakError } from '../src/domain/errors';
import { AUTHORISED } from '../src/domain/ledger';
import type { IncidentId } from '../src/domain/ids';
import type { ReportModel, WrittenReport } from '../src/domain/report';
import type { AbnormalStage, Outcome, SecurityState } from '../src/domain/words';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { activity } from './failure';
import { loadDocument, loadIncident } from './flow';

/** What only the run knows about itself; everything else in the report is read back from where it is stored (P1). */
export interface ReportInput {
  readonly incident: IncidentId;
  readonly revision: number;
  readonly planHash: string | null;
  readonly assessment: Assessment | null;
  readonly outcome: Outcome;
  readonly abnormal: AbnormalStage;
  readonly securityState: SecurityState;
  readonly failures: readonly string[];
  readonly nextSteps: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string;
  readonly deadlineMet: boolean;
  readonly lateLedger: boolean;
}

const APPROVAL_ACTIONS = new Set([
  'respond',
  'classify',
  'approve',
  'reject',
  'acknowledge',
  'take-over',
  'escalate',
  'stand-down',
  'release',
  'unblock',
]);

/** The completion report and the joint overview of a compound trigger. */
export function reportActivities(deps: ActivityDeps) {
  async function modelOf(input: ReportInput): Promise<ReportModel> {
    const { order, assessment: stored, bag } = await loadIncident(deps, input.incident);
    const assessment = input.assessment ?? stored;
    if (assessment === null) throw new FirebreakError('WRONG_STATE', 'the incident has not been assessed');
    const plan =
      input.planHash === null
        ? {
            incident: input.incident,
            type: assessment.type,
            severity: assessment.severity,
            mode: order.mode,
            actions: [],
            refused: [],
            drift: [],
            deviations: ['no plan was made'],
            planHash: '',
          }
        : await deps.plans.load(input.incident, input.planHash);
    const [results, deliveries, timeline, readings, events, auditPosition, evidence] = await Promise.all([
      deps.responses.results(input.incident),
      deps.responses.deliveries(input.incident),
      deps.responses.timeline(input.incident),
      deps.responses.readings(input.incident),
      deps.ledger.events({ incident: input.incident, limit: 1_000 }),
      deps.ledger.head(),
      deps.evidence.entries(input.incident),
    ]);
    return {
      revision: input.revision,
      auditPosition,
      generatedAt: input.endedAt,
      timeZone: deps.site.timeZone,
      order,
      document: await loadDocument(deps, input.incident),
      assessment,
      plan,
      results,
      deliveries,
      approvals: events
        .filter(
          // An order that was refused stands in the ledger too, under the name that it was given in.
          ({ stage, action, result }) => stage === 'event' && APPROVAL_ACTIONS.has(action) && result === AUTHORISED,
        )
        .map((event) => ({
          at: event.at,
          operator: event.actor,
          action: event.action,
          reason: event.reason ?? '',
          ...(typeof event.detail?.['planHash'] === 'string' ? { planHash: event.detail['planHash'] } : {}),
        })),
      timeline,
      deviations: plan.deviations,
      failures: input.failures,
      nextSteps: input.nextSteps,
      ...(bag === null ? {} : { bag }),
      evidence: evidence
        .filter((entry) => entry.type === 'artefact' || entry.type === 'absence')
        .map((entry) => ({
          seq: entry.seq,
          host: entry.host,
          name: entry.name,
          bytes: entry.bytes,
          sha256: entry.sha256,
          ...(entry.absence === undefined ? {} : { absence: entry.absence }),
        })),
      readings,
      securityState: input.securityState,
      outcome: input.outcome,
      abnormal: input.abnormal,
      startedAt: input.startedAt,
      endedAt: input.endedAt,
      deadlineMet: input.deadlineMet,
      lateLedger: input.lateLedger,
    };
  }

  return {
    /** Writes one revision of the report from stored data (P1, P2) and notes it at the incident. */
    writeReport: (input: ReportInput): Promise<WrittenReport> =>
      activity(async () => {
        const begun = await deps.reports.begun(input.incident, input.revision);
        // A retry of this very order, known by its end; the second try may order the same revision with another story.
        const model = begun?.generatedAt === input.endedAt ? begun : await modelOf(input);
        const report = await deps.reports.write(model);
        await deps.incidents.update(input.incident, { report });
        await deps.ledger.append([
          {
            key: `report:${input.incident}:${input.revision}`,
            level: 'AUDIT',
            incident: input.incident,
            actor: 'firebreak',
            stage: 'event',
            action: 'report.write',
            subject: report.pdf.en.path,
            result: report.pdf.en.sha256,
            at: deps.now().toISOString(),
          },
        ]);
        return report;
      }),

    /** The joint overview of a compound trigger, written by whichever of its incidents ends last (B9). */
    writeOverview: (input: {
      readonly group: IncidentId;
      readonly members: readonly IncidentId[];
    }): Promise<'written' | 'others-are-under-way'> =>
      activity(async () => {
        const rows = await Promise.all(input.members.map((member) => loadIncident(deps, member)));
        if (rows.some((row) => row.responseEndedAt === null)) return 'others-are-under-way';
        await deps.reports.writeOverview(input.group, rows);
        return 'written';
      }),
  };
}
