import { handledAtOnce } from '../src/domain/at-once';
import type { ActNow, Ending } from '../src/domain/ending';
import { isSettled } from '../src/domain/ending';
import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { Fact, Recorded } from '../src/domain/fact';
import { recordable } from '../src/domain/notice-words';
import type { ReportModel, WrittenOverview, WrittenReport } from '../src/domain/report';
import type { AbnormalStage, Outcome, SecurityState } from '../src/domain/words';
import { wholeTimeline } from '../src/domain/timeline';
import { laterStage } from '../src/domain/words';
import type { Authority } from './caller';
import { authorities } from './authority';
import { actsOnRecord, endingBy } from './ending-on-record';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';
import { loadDocument, loadIncident } from './incident-record';
import { ordersOf } from './orders-on-record';
import { outcomeOnRecord } from './outcome-on-record';
import { openPlan } from './sealed-plan';

/** What only the run knows about itself; everything else in the report is read back from where workers have stored it (P1, H1). */
export interface ReportInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly revision: number;
  readonly outcome: Outcome;
  readonly abnormal: AbnormalStage;
  readonly securityState: SecurityState;
  readonly failures: readonly Recorded[];
  readonly nextSteps: readonly Recorded[];
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

/** The completion report and the joint overview of incidents that were handled at once. */
export function reportActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  /** The first revision tells what the response came to; later ones what became of it. */
  async function outcomeFor(input: ReportInput, stored: Outcome | null): Promise<Outcome> {
    const ordered = (await ordersOf(deps, input.incident)).some(({ action }) => action === 'stand-down');
    if (ordered) return 'stood-down';
    return input.revision > 1 && stored !== null ? stored : outcomeOnRecord(deps, input.incident, input.outcome);
  }

  async function modelOf(input: ReportInput): Promise<ReportModel> {
    const row = await loadIncident(deps, input.incident);
    const { order, assessment, planHash, bag } = row;
    if (assessment === null) throw new FirebreakError('WRONG_STATE', { cause: 'not-assessed-yet' });
    const plan =
      planHash === null
        ? {
            incident: input.incident,
            type: assessment.type,
            severity: assessment.severity,
            mode: order.mode,
            actions: [],
            refused: [],
            drift: [],
            deviations: [{ fact: 'no-plan-made' } as const],
            planHash: '',
          }
        : (await openPlan(deps, input.incident, planHash)).plan;
    const [results, deliveries, noted, readings, orders, outcome, auditPosition, evidence] = await Promise.all([
      deps.responses.results(input.incident),
      deps.responses.deliveries(input.incident),
      deps.responses.timeline(input.incident),
      deps.responses.readings(input.incident),
      ordersOf(deps, input.incident),
      outcomeFor(input, row.outcome),
      deps.ledger.head(),
      deps.evidence.entries(input.incident),
    ]);
    const acts = await actsOnRecord(deps, input.incident, results);
    // Before the first report nobody has begun to undo anything, whatever was ordered meanwhile.
    const ending = input.revision === 1 ? undefined : endingBy(acts, orders);
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
      acts,
      ...(ending === undefined ? {} : { ending }),
      deliveries,
      approvals: orders
        .filter(({ action }) => APPROVAL_ACTIONS.has(action))
        .map(({ at, operator, action, order }) => ({
          at,
          operator,
          action,
          reason: 'reason' in order ? order.reason : '',
          ...('planHash' in order ? { planHash: order.planHash } : {}),
        })),
      timeline: wholeTimeline({
        noted,
        planned: plan.actions,
        results,
        acts,
        deliveries,
        drill: order.drill,
      }),
      deviations: plan.deviations,
      failures: bounded(input.incident, input.failures),
      nextSteps: [...openSteps(input.incident, ending, acts), ...bounded(input.incident, input.nextSteps)],
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
          ...(entry.why === undefined ? {} : { why: entry.why }),
        })),
      readings,
      securityState: input.securityState,
      outcome,
      abnormal: laterStage(row.abnormal, input.abnormal),
      startedAt: input.startedAt,
      responseEndedAt: (input.revision === 1 ? null : row.responseEndedAt) ?? input.endedAt,
      endedAt: input.endedAt,
      deadlineMet: input.deadlineMet,
      lateLedger: input.lateLedger,
    };
  }

  return {
    /** Writes one revision of the report from stored data (P1, P2) and notes it at the incident. */
    writeReport: (input: ReportInput): Promise<WrittenReport> =>
      activity(async () => {
        const effects = deps.effects(await authority.toRecord(input, 'report'));
        // It becomes part of a file's name.
        const { report: last } = await loadIncident(deps, input.incident);
        if (!isNextRevision(input.revision, last?.revision ?? 1))
          throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'no-such-revision' });
        const begun = await deps.reports.begun(input.incident, input.revision);
        // A retry of this very order, known by its end; the second try may order the same revision with another story.
        const model = begun?.generatedAt === input.endedAt ? begun : await modelOf(input);
        const report = await effects.reports.write(model);
        await effects.incidents.update(input.incident, { report });
        await deps.ledger.append([
          {
            key: `report:${input.incident}:${input.revision}:${report.pdf.en.sha256.slice(0, 16)}`,
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

    /** The joint overview of incidents that were handled at once, written by whichever of them ends last, and noted at each (B9). */
    writeOverview: (input: {
      readonly incident: IncidentId;
      readonly authority: Authority;
    }): Promise<WrittenOverview | 'others-are-under-way' | 'no-group'> =>
      activity(async () => {
        const confirmed = await authority.toRecord(input, 'overview');
        const effects = deps.effects(confirmed);
        // Who belongs together was signed, who ran at once was let begin by workers; a row can be made by others.
        const signed = confirmed.order.incidents.map(({ incident }) => incident);
        const atOnce = handledAtOnce(await deps.admissions.recentResponses(), input.incident, deps.now());
        const members = [...new Set([...signed, ...atOnce.map(({ incident }) => incident)])].sort();
        const [group] = members;
        if (group === undefined || members.length < 2) return 'no-group';
        const rows = await Promise.all(members.map((incident) => loadIncident(deps, incident)));
        const awaited = rows.filter(({ responseEndedAt, closedAt }) => responseEndedAt === null && closedAt === null);
        if (atOnce.some(({ underWay }) => underWay) || awaited.some(({ order }) => signed.includes(order.incident)))
          return 'others-are-under-way';
        const overview = await effects.reports.writeOverview(group, rows);
        for (const { order } of rows) await effects.incidents.update(order.incident, { overview });
        await deps.ledger.append([
          {
            key: `overview:${group}:${overview.pdf.en.sha256.slice(0, 16)}`,
            level: 'AUDIT',
            incident: group,
            actor: 'firebreak',
            stage: 'event',
            action: 'report.overview',
            subject: overview.pdf.en.path,
            result: overview.pdf.en.sha256,
            at: deps.now().toISOString(),
          },
        ]);
        return overview;
      }),
  };
}

const MOST_REVISIONS = 99;

/** The first when the response ends, then one for each end of the incident that was tried. A retry writes the same again. */
function isNextRevision(revision: number, last: number): boolean {
  return Number.isInteger(revision) && revision >= 1 && revision <= Math.min(last + 1, MOST_REVISIONS);
}

/** What people have to do about acts that are not undone. */
function openSteps(incident: IncidentId, ending: Ending | undefined, acts: readonly ActNow[]): readonly Fact[] {
  if (ending === undefined) return [];
  const again = ending.how === 'stood-down' ? 'stand-down' : 'release';
  return acts
    .filter((act) => !isSettled(act))
    .flatMap(({ kind, host, undo }): Fact[] => {
      const command = `firebreak ${again} ${incident}`;
      const code = undo?.code === undefined ? {} : { code: undo.code };
      const undoIt: Fact = { fact: 'do-undo', kind, host, ...code, command };
      const giveUp = `${command} --gone ${host}`;
      if (undo?.code === 'MACHINE_CHANGED') return [undoIt, { fact: 'do-correct-machine', host, command: giveUp }];
      return undo?.code === 'JOURNAL_LOST' ? [undoIt, { fact: 'do-put-right', host, command: giveUp }] : [undoIt];
    });
}

/** Lines of a caller that a report takes. */
const MOST_LINES = 500;

function bounded(incident: IncidentId, lines: readonly Recorded[]): readonly Fact[] {
  return lines.slice(0, MOST_LINES).map((line) => recordable(line, incident));
}
