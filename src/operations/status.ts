import type { ActNow, UndoRow } from '../domain/ending';
import { actInWords } from '../domain/act-words';
import { actsNow } from '../domain/ending';
import type { ErrorCode } from '../domain/errors';
import type { Fact } from '../domain/fact';
import type { IncidentId } from '../domain/ids';
import type { Delivery } from '../domain/notice';
import type { ActionResult, ResponsePlan } from '../domain/plan';
import type { TimelineEntry } from '../domain/report';
import { proposedMeasures } from '../domain/security-state';
import { temporalUiLink } from '../domain/site';
import { wholeTimeline } from '../domain/timeline';
import type { Waiting } from '../domain/waiting';
import { waitsFor } from '../domain/waiting';
import type { ControlRow, IncidentRow } from '../ports/repositories';
import type { OperationsDeps } from './deps';
import { knownIncident } from './known-names';

/** Everything the tables know of one incident (DESIGN §3: `status` reads PostgreSQL). */
export interface IncidentStatus {
  readonly row: IncidentRow;
  readonly plan: ResponsePlan | null;
  readonly results: readonly ActionResult[];
  readonly deliveries: readonly Delivery[];
  readonly timeline: readonly TimelineEntry[];
  /** What is in force now. */
  readonly controls: readonly ControlRow[];
  /** What has become of the acts that were put in force. */
  readonly acts: readonly ActNow[];
  /** What it waits for from people. */
  readonly waitsFor: readonly Waiting[];
  /** What could be done while the security state is not safe (B13). */
  readonly proposals: readonly Fact[];
  readonly temporalUi: string | null;
}

type Reading = Pick<OperationsDeps, 'incidents' | 'plans' | 'responses' | 'controls' | 'site'>;

/** @throws FirebreakError UNKNOWN_INCIDENT, DATABASE_UNREACHABLE */
export async function incidentStatus(deps: Reading, incident: IncidentId): Promise<IncidentStatus> {
  const row = await knownIncident(deps, incident);
  const [plan, results, deliveries, noted, controls, undos, readings] = await Promise.all([
    row.planHash === null ? null : deps.plans.load(incident, row.planHash).then(({ plan }) => plan),
    deps.responses.results(incident),
    deps.responses.deliveries(incident),
    deps.responses.timeline(incident),
    deps.controls.all(incident),
    deps.responses.undos(incident),
    isUneasy(row) ? deps.responses.latestReadings(incident) : [],
  ]);
  const acts = actsNow(incident, results, controls, undos);
  return {
    row,
    plan,
    results,
    deliveries,
    timeline: wholeTimeline({
      noted,
      planned: plan?.actions ?? [],
      results,
      acts,
      deliveries,
      drill: row.order.drill,
    }),
    controls: controls.filter(({ state }) => state === 'active'),
    acts,
    waitsFor: waiting(row, plan, acts),
    proposals: readings.flatMap(proposedMeasures),
    temporalUi: temporalUiLink(deps.site, row.workflowId) ?? null,
  };
}

/** Proposals are for an incident that is open and not safe. */
function isUneasy({ closedAt, securityState }: IncidentRow): boolean {
  return closedAt === null && securityState !== null && securityState !== 'safe';
}

/**
 * What an incident of a list waits for, as `status` tells it: the plan and the acts are read where it asks about them.
 * @throws FirebreakError DATABASE_UNREACHABLE
 */
export async function waitingOf(
  deps: Pick<OperationsDeps, 'plans' | 'responses' | 'controls'>,
  row: IncidentRow,
): Promise<readonly Waiting[]> {
  const { incident } = row.order;
  if (row.closedAt !== null) return [];
  const isOver = row.responseEndedAt !== null;
  const asked = row.questions.length === 0 ? null : row.planHash;
  const [plan, results, controls, undos] = await Promise.all([
    // A plan that is not as it was sealed is told by `status`; it must not hide the other incidents.
    asked === null ? null : deps.plans.load(incident, asked).catch(() => null),
    isOver ? deps.responses.results(incident) : [],
    isOver ? deps.controls.all(incident) : [],
    isOver ? deps.responses.undos(incident) : [],
  ]);
  return waiting(row, plan?.plan ?? null, actsNow(incident, results, controls, undos));
}

/** What an incident waits for from people, as far as is known of it. */
function waiting(row: IncidentRow, plan: ResponsePlan | null, acts: readonly ActNow[]): readonly Waiting[] {
  const { order } = row;
  const needApproval = (plan?.actions ?? []).filter(({ approval }) => approval === 'required');
  return waitsFor(
    {
      incident: order.incident,
      planHash: row.planHash,
      needApproval: needApproval.map(actInWords),
      questions: row.questions,
      declaredAt: order.declaredAt,
      drill: order.drill,
      acknowledged: row.acknowledgedBy.length > 0,
      responding: row.responseEndedAt === null,
      closed: row.closedAt !== null,
      needsHuman: row.needsHuman,
      otherMachines: hostsNotUndone(acts, 'MACHINE_CHANGED'),
      lostJournals: hostsNotUndone(acts, 'JOURNAL_LOST'),
      notUndone: acts.filter(({ standing }) => standing === 'not-undone' || standing === 'unconfirmed').length,
    },
    Date.now(),
  );
}

/** Hosts on which an act was not undone for this reason. */
function hostsNotUndone(acts: readonly Pick<ActNow, 'standing' | 'undo' | 'host'>[], why: ErrorCode): string[] {
  const meant = acts.filter(({ standing, undo }) => standing === 'not-undone' && undo?.code === why);
  return [...new Set(meant.map(({ host }) => host))];
}

/** Acts whose last undo failed, with why. */
export async function failedUndos(
  deps: Pick<OperationsDeps, 'responses'>,
  incident: IncidentId,
): Promise<readonly UndoRow[]> {
  return (await deps.responses.undos(incident)).filter(({ done, givenUpBy }) => !done && givenUpBy === undefined);
}

const POLL_MS = 500;

/**
 * Follows an incident until its response has ended (or it is closed), by polling the tables; the caller may stop any time, the
 * incident goes on (U1: Ctrl-C detaches).
 */
export async function followIncident(
  deps: Pick<OperationsDeps, 'incidents'>,
  incident: IncidentId,
  options: {
    readonly until: 'response-ended' | 'closed';
    readonly signal: AbortSignal;
    readonly onChange: (row: IncidentRow) => void | Promise<void>;
    /** Called at each look. */
    readonly onLook?: () => Promise<void>;
  },
): Promise<IncidentRow> {
  let last = '';
  for (;;) {
    const row = await knownIncident(deps, incident);
    const asked = row.questions.map(({ kind, host = '' }) => `${kind} ${host}`).join();
    const seen = `${row.phase} ${row.abnormal} ${row.needsHuman} ${row.outcome ?? ''} ${asked}`;
    if (seen !== last) await options.onChange(row);
    last = seen;
    await options.onLook?.();
    const ended = row.closedAt !== null || (options.until === 'response-ended' && row.responseEndedAt !== null);
    if (ended || options.signal.aborted) return row;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
