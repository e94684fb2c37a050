import { conflictFacts } from '../domain/assessment';
import { inEnglish } from '../domain/fact-words';
import type { ActionResult } from '../domain/plan';
import { NO_OUTCOMES, addCounts } from '../domain/plan';
import type { Waiting } from '../domain/waiting';
import type { IncidentStatus } from '../operations/status';
import type { IncidentRow } from '../ports/repositories';
import { contradictionFacts, factValue, planFacts, resultValue } from './fact-values';
import { paint, table } from './output';
import { toldLines } from './status-views';
import { duration, moment } from './times';

/** The documented JSON of `status`. */
export function statusValue(status: IncidentStatus): Record<string, unknown> {
  const { row } = status;
  return {
    incidentId: row.order.incident,
    workflowId: row.workflowId,
    runId: row.runId,
    title: row.title,
    type: row.assessment?.type ?? row.order.type,
    severity: row.assessment?.severity ?? row.order.severity,
    mode: row.order.mode,
    drill: row.order.drill,
    declaredAt: row.order.declaredAt,
    phase: row.phase,
    abnormal: row.abnormal,
    outcome: row.outcome,
    needsHuman: row.needsHuman,
    waitsFor: status.waitsFor,
    securityState: row.securityState,
    proposals: status.proposals.map(factValue),
    responseEndedAt: row.responseEndedAt,
    deadlineMet: row.deadlineMet,
    closedAt: row.closedAt,
    ended: row.ended,
    acknowledgedBy: row.acknowledgedBy,
    contradictions: contradictionFacts(row.assessment),
    plan:
      status.plan === null
        ? null
        : {
            planHash: status.plan.planHash,
            mode: status.plan.mode,
            ...planFacts(status.plan),
          },
    results: status.results.map(resultValue),
    acts: status.acts,
    notifications: status.deliveries,
    timeline: status.timeline.map((entry) => ({ ...entry, text: inEnglish(entry.fact) })),
    activeControls: status.controls.length,
    evidence:
      row.bag === null
        ? null
        : {
            bag: row.bag.path,
            checkpoint: row.bag.checkpoint,
            records: row.bag.records,
            publicKey: row.bag.publicKey,
            supplements: row.supplements.map(({ path, checkpoint, records }) => ({ bag: path, checkpoint, records })),
          },
    report:
      row.report === null
        ? null
        : { pdf: { en: row.report.pdf.en.path, ja: row.report.pdf.ja.path }, json: row.report.json.path },
    overview: overviewValue(row),
    temporalUi: status.temporalUi,
  };
}

/** The joint overview, as `status` and `list` tell it. */
export function overviewValue({ overview }: IncidentRow): unknown {
  if (overview === null) return null;
  const { incidents, pdf } = overview;
  return { incidents, pdf: { en: pdf.en.path, ja: pdf.ja.path } };
}

/** One incident on one screen, the most urgent first. */
export function statusLines(status: IncidentStatus, timeZone: string): string[] {
  const { row, results } = status;
  const severity = row.assessment?.severity ?? row.order.severity;
  const type = row.assessment?.type ?? row.order.type;
  const head = `${row.order.incident}  ${severity.toUpperCase()} ${type}  mode ${row.order.mode}${row.order.drill ? '  DRILL/訓練' : ''}`;
  const state = standing(row);
  const needed =
    row.responseEndedAt === null
      ? undefined
      : duration(Date.parse(row.responseEndedAt) - Date.parse(row.order.declaredAt));
  const counts = results.map((result) => result.counts).reduce(addCounts, NO_OUTCOMES);
  return [
    paint('bold', head),
    `  ${row.title}`,
    `  ${paint(row.needsHuman ? 'red' : 'green', state)}${row.abnormal === 'none' ? '' : `  abnormal: ${row.abnormal}`}${row.needsHuman ? paint('red', '  A PERSON MUST ACT') : ''}`,
    `  declared ${moment(row.order.declaredAt, timeZone)} by ${row.order.operator}${needed === undefined ? '' : `, response ended after ${needed}`}${row.deadlineMet === false ? paint('red', ', DEADLINE MISSED') : ''}`,
    ...waitingLines(status.waitsFor, timeZone).map((line) => `  ${line}`),
    ...(row.assessment === null ? [] : conflictFacts(row.assessment)).map(
      (fact) => `  contradiction: ${inEnglish(fact)}`,
    ),
    ...(row.securityState === null ? [] : [`  security state: ${row.securityState}`]),
    ...status.proposals.map((fact) => `    proposed: ${inEnglish(fact)}`),
    ...(results.length === 0
      ? []
      : [
          `  targets${row.order.drill ? ' would be' : ''}: ${counts.applied} applied, ${counts.already} already, ${counts.refused + (status.plan?.refused.length ?? 0)} refused, ${counts.missing} missing, ${counts.unknown} unknown, ${counts.failed} failed`,
          ...table(
            results.map((result) => [
              '   ',
              result.host,
              result.kind,
              row.order.drill ? 'rehearsed' : result.verified ? 'verified' : 'NOT VERIFIED',
              nowOf(status, result, timeZone),
              result.rung,
            ]),
          ),
        ]),
    ...exceptionLines(results),
    ...notUndoneLines(status),
    ...(status.plan?.deviations ?? []).map((why) => `  note: ${inEnglish(why)}`),
    ...(status.plan?.refused ?? [])
      .slice(0, 5)
      .map((refused) => `  refused ${refused.target}: ${inEnglish(refused.detail)}`),
    ...toldLines(status, timeZone).map((line) => `  ${line}`),
    ...status.timeline
      .filter((entry) => entry.kind === 'failure')
      .slice(-8)
      .map((entry) => paint('yellow', `  ! ${inEnglish(entry.fact)}`)),
    ...(row.bag === null
      ? []
      : [
          `  evidence: ${row.bag.path} (${row.bag.records} records, sealed)`,
          ...row.supplements.map(({ path, records }) => `            ${path} (${records} records, after the seal)`),
          `            firebreak evidence verify ${row.order.incident}`,
        ]),
    ...(row.report === null ? [] : [`  report:   ${row.report.pdf.en.path}`]),
    ...(row.overview === null
      ? []
      : [`  overview: ${row.overview.pdf.en.path} (${row.overview.incidents.join(', ')})`]),
    ...(status.temporalUi === null ? [] : [`  live:     ${status.temporalUi}`]),
    ...nextLines(status),
  ];
}

/** What is waited for, the time left, who may answer, and the commands that do. */
export function waitingLines(waiting: readonly Waiting[], timeZone: string): string[] {
  return waiting.flatMap(({ what, who, commands, until }) => [
    paint(
      'yellow',
      `waits for ${what}${until === null ? '' : `, ${timeLeft(until)} (until ${moment(until, timeZone)})`}`,
    ),
    `    who: ${who}`,
    ...commands.map((command) => `    ${command}`),
  ]);
}

/** `95s left`. */
export function timeLeft(until: string): string {
  const left = Date.parse(until) - Date.now();
  return left > 0 ? `${duration(left)} left` : 'its time is over';
}

/** Where it stands in few words: what the response came to, and how it has ended since. */
export function standing({ phase, outcome, ended }: Pick<IncidentRow, 'phase' | 'outcome' | 'ended'>): string {
  if (outcome === null) return phase;
  return ended === null || ended === outcome ? `${phase}: ${outcome}` : `${phase}: ${ended} (was ${outcome})`;
}

/** What has become of an act, from the tables. */
function nowOf({ row, acts }: IncidentStatus, result: ActionResult, timeZone: string): string {
  if (row.order.drill) return `${result.counts.applied} would be put in force`;
  const act = acts.find(({ action }) => action === result.action);
  if (act === undefined) return 'nothing in force';
  const { undo } = act;
  const at = undo === null ? '' : ` ${moment(undo.at, timeZone)}`;
  const checked = undo?.readBack === true ? ', read back' : ', not read back';
  switch (act.standing) {
    case 'in-force': {
      const gone = act.released + act.expired;
      return `${act.inForce} in force${gone === 0 ? '' : `, ${gone} released`}`;
    }
    case 'undone':
      return `undone${at}${checked}`;
    case 'expired':
      return `expired ${moment(act.endedAt ?? '', timeZone)}, undone${at}${checked}`;
    case 'not-undone':
      return paint('red', `NOT UNDONE${at}: ${undo?.code ?? ''}, may be in force`);
    case 'given-up':
      return paint('yellow', `GIVEN UP${at}: the machine or its journal is gone, by ${undo?.givenUpBy ?? ''}`);
    case 'unconfirmed':
      return paint('red', 'END NOT CONFIRMED, may be in force');
  }
}

function nextLines(status: IncidentStatus): string[] {
  const { row } = status;
  const id = row.order.incident;
  if (row.closedAt !== null) return [];
  const next: string[] = [];
  const open = status.acts.filter(({ standing: now }) => now === 'not-undone').length;
  if (open === 0 && status.controls.length > 0)
    next.push(`firebreak release ${id}   (${status.controls.length} controls in force)`);
  return next.length === 0 ? [] : ['  next:', ...next.map((line) => `    ${line}`)];
}

/** Why an undo failed, which also says when the next try is. */
function notUndoneLines({ acts }: IncidentStatus): string[] {
  return acts.flatMap(({ standing: now, host, kind, undo }) =>
    now === 'not-undone' && undo?.detail !== undefined
      ? [paint('yellow', `  ${host}: ${kind} not undone: ${undo.detail}`)]
      : [],
  );
}

const MOST_EXCEPTIONS = 10;

/** What of an act does not hold, by name and reason, and what it leaves open. */
function exceptionLines(results: readonly ActionResult[]): string[] {
  const named = results.flatMap(({ host, exceptions }) =>
    exceptions.map(
      ({ target, outcome, detail }) => `${host}: ${target} ${outcome}${detail === undefined ? '' : `: ${detail}`}`,
    ),
  );
  const rest = named.length - MOST_EXCEPTIONS;
  return [
    ...named.slice(0, MOST_EXCEPTIONS).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  ${rest} more, in the report`] : []),
    ...results.flatMap(({ host, sameUid = [] }) =>
      sameUid.length === 0 ? [] : [`  ${host}: of the same uid, and still in: ${sameUid.join(', ')}`],
    ),
  ];
}
