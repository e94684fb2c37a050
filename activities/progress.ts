import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import { AUTHORISED } from '../src/domain/ledger';
import type { Recorded } from '../src/domain/fact';
import { onRecord } from '../src/domain/fact';
import { recordable } from '../src/domain/notice-words';
import type { TimelineEntry } from '../src/domain/report';
import { questionsFrom, type Question } from '../src/domain/waiting';
import {
  ABNORMAL_STAGES,
  laterStage,
  OUTCOMES,
  PHASES,
  SECURITY_STATES,
  type AbnormalStage,
  type Outcome,
  type Phase,
  type SecurityState,
} from '../src/domain/words';
import type { IncidentPatch, IncidentRow } from '../src/ports/repositories';
import type { Authority } from './caller';
import { authorities } from './authority';
import { closingPatch, isClosed } from './closing';
import { actsOnRecord, endingBy } from './ending-on-record';
import { activity } from './failure';
import type { Effects, GuardedDeps } from './guarded';
import { isIncidentItself, isRunOf } from './incident-itself';
import { demandOver } from './incident-over';
import { loadIncident } from './incident-record';
import { ordersOf } from './orders-on-record';
import { outcomeOnRecord } from './outcome-on-record';
import type { RefusedStart, TurnedAway } from './refused-start';
import { refusedStarts } from './refused-start';

/** Where the incident stands, as the workflow knows it. What workers derive (assessment, plan, bag, report) is no part of it. */
export interface ProgressPatch {
  readonly phase?: Phase;
  readonly abnormal?: AbnormalStage;
  readonly needsHuman?: boolean;
  readonly outcome?: Outcome;
  readonly securityState?: SecurityState;
  readonly responseEndedAt?: string;
  readonly deadlineMet?: boolean;
  /** Somebody has acknowledged: who, the ledger says. */
  readonly acknowledged?: true;
  /** What people are asked just now. */
  readonly questions?: readonly Question[];
}

/** Events that a workflow may put into the ledger; acts, orders, evidence and reports have events that workers write themselves. */
export type ProgressAction =
  `abnormal.${Exclude<AbnormalStage, 'none'>}` | 'second-try' | 'notification.failed' | 'order.refused';

export interface ProgressEvent {
  readonly action: ProgressAction;
  readonly level: 'ERROR' | 'CRITICAL';
  readonly subject: string;
  readonly reason?: string;
  readonly result?: string;
  /** In whose name a refused order was given; unproven. */
  readonly saidToBe?: string;
}

/** A line for the timeline. Workflows of earlier versions send it as a sentence, in `text`. */
export type NotedEntry = Omit<TimelineEntry, 'fact'> & { readonly fact?: Recorded; readonly text?: string };

export interface ProgressNote {
  readonly key: string;
  readonly patch?: ProgressPatch;
  readonly entry?: NotedEntry;
  readonly audit?: ProgressEvent;
}

export interface ProgressInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly notes: readonly ProgressNote[];
}

/** Key of the note that closes an incident. */
const CLOSED = 'closed';

const ACTIONS: ReadonlySet<string> = new Set<ProgressAction>([
  'abnormal.partial',
  'abnormal.manual',
  'abnormal.escalated',
  'abnormal.emergency',
  'second-try',
  'notification.failed',
  'order.refused',
]);
const ENTRY_KINDS: ReadonlySet<string> = new Set<TimelineEntry['kind']>(['step', 'act', 'notice', 'order', 'failure']);
const MOST_OF_A_TEXT = 1_000;
/** Notes of one call. */
const MOST_NOTES = 500;

/** The record of progress; the queue `flow`. A closed list of fields, forward only (H1). */
export function progressActivities(deps: GuardedDeps) {
  const authority = authorities(deps);
  const refuseStart = refusedStarts(deps);

  /** An incident closes when nothing of it is in force, and either people have ended it or its response is over. */
  async function close(effects: Effects, row: IncidentRow): Promise<void> {
    const { incident } = row.order;
    const orders = await demandOver(deps, row);
    const stoodDown = orders.some(({ action }) => action === 'stand-down');
    const outcome = stoodDown ? 'stood-down' : (row.outcome ?? 'manual');
    const acts = await actsOnRecord(deps, incident, await deps.responses.results(incident));
    const ending = endingBy(acts, orders);
    const patch = { outcome, needsHuman: false, ...(ending === undefined ? {} : { ended: ending.how }) };
    await effects.incidents.update(incident, await closingPatch(deps, incident, patch));
  }

  async function forward(row: IncidentRow, patch: ProgressPatch): Promise<IncidentPatch> {
    const { incident } = row.order;
    const phase = pick(patch.phase, PHASES);
    const abnormal = pick(patch.abnormal, ABNORMAL_STAGES);
    const said = pick(patch.outcome, OUTCOMES);
    const securityState = pick(patch.securityState, SECURITY_STATES);
    // Closed without a worker's seal says nothing: the run that goes on opens the row again.
    const isForged = row.phase === 'closed';
    const goesOn = isForged || (phase !== undefined && PHASES.indexOf(phase) > PHASES.indexOf(row.phase));
    return {
      ...(goesOn && phase !== undefined && phase !== 'closed'
        ? { phase, ...(isForged ? { closedAt: null } : {}) }
        : {}),
      ...(abnormal === undefined ? {} : { abnormal: laterStage(row.abnormal, abnormal) }),
      ...(typeof patch.needsHuman === 'boolean' ? { needsHuman: patch.needsHuman } : {}),
      ...(said === undefined ? {} : { outcome: await outcomeOnRecord(deps, incident, said) }),
      ...(securityState === undefined ? {} : { securityState }),
      ...(typeof patch.deadlineMet === 'boolean' ? { deadlineMet: patch.deadlineMet } : {}),
      // A response says of itself when it ends; its incident, which nobody else runs, takes it down.
      ...(isTime(patch.responseEndedAt) && isIncidentItself(incident)
        ? { responseEndedAt: later(row.order.declaredAt, momentOf(patch.responseEndedAt)) }
        : {}),
      ...(patch.questions === undefined || !isRunOf(incident)
        ? {}
        : { questions: questionsFrom(patch.questions, row.order.hosts) }),
      ...(patch.acknowledged === true ? { acknowledgedBy: await acknowledgedBy(incident) } : {}),
    };
  }

  async function acknowledgedBy(incident: IncidentId): Promise<readonly string[]> {
    const orders = await ordersOf(deps, incident);
    const known = orders.filter(({ action }) => action === 'acknowledge' || action === 'take-over');
    return [...new Set(known.map(({ operator }) => operator))];
  }

  async function write(effects: Effects, incident: IncidentId, note: ProgressNote): Promise<void> {
    const row = await loadIncident(deps, incident);
    // What is closed stays as it was closed.
    if (note.patch !== undefined && !(await isClosed(deps, row))) {
      if (note.key === CLOSED && isIncidentItself(incident)) await close(effects, row);
      else if (note.key === CLOSED)
        throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'not-itself', name: incident });
      else await effects.incidents.update(incident, await forward(row, note.patch));
    }
    const entry = note.entry === undefined ? undefined : await entryOf(incident, note.key, note.entry);
    if (entry !== undefined) await effects.responses.recordTimeline(incident, note.key, entry);
  }

  /** An order's line says what was signed, not what the caller says of it. */
  async function entryOf(incident: IncidentId, key: string, entry: NotedEntry): Promise<TimelineEntry | undefined> {
    if (!ENTRY_KINDS.has(entry.kind) || !isTime(entry.at)) return undefined;
    if (key.startsWith('order:') !== (entry.kind === 'order')) return undefined;
    const times = {
      at: momentOf(entry.at),
      ...(isTime(entry.endedAt) ? { endedAt: momentOf(entry.endedAt) } : {}),
    };
    const kept = { ...times, phase: pick(entry.phase as Phase, PHASES) ?? 'declared', kind: entry.kind };
    if (entry.kind !== 'order')
      return { ...kept, fact: recordable(entry.fact ?? onRecord(String(entry.text)), incident) };
    const given = (await ordersOf(deps, incident)).find(({ use }) => key === `order:${use}`);
    if (given === undefined) return undefined;
    const { action, operator, order } = given;
    const reason = 'reason' in order ? order.reason : '';
    const gone = 'gone' in order && order.gone !== undefined ? { gone: order.gone } : {};
    return {
      ...kept,
      fact: { fact: 'ordered', action, by: operator, ...gone, reason: reason.slice(0, MOST_OF_A_TEXT) },
    };
  }

  function eventOf(incident: IncidentId, note: ProgressNote): readonly AuditEvent[] {
    const { audit } = note;
    if (audit === undefined) return [];
    if (!ACTIONS.has(audit.action))
      throw new FirebreakError('NOT_AUTHORISED', {
        cause: 'unauthorised',
        why: 'no-such-note',
        name: String(audit.action),
      });
    const text = (value: unknown): string => String(value).slice(0, MOST_OF_A_TEXT);
    return [
      {
        key: `progress:${incident}:${note.key}`,
        level: audit.level === 'CRITICAL' ? 'CRITICAL' : 'ERROR',
        incident,
        actor: 'firebreak',
        stage: 'event',
        action: audit.action,
        subject: text(audit.subject),
        ...(audit.reason === undefined ? {} : { reason: text(audit.reason) }),
        ...(audit.result === undefined ? {} : { result: notAuthorised(text(audit.result)) }),
        ...(audit.saidToBe === undefined ? {} : { detail: { saidToBe: text(audit.saidToBe) } }),
        at: isTime(note.entry?.at) ? note.entry.at : deps.now().toISOString(),
      },
    ];
  }

  return {
    /** Writes phases, timeline and events of some moments of the run, in their order; harmless when repeated. */
    recordProgress: (input: ProgressInput): Promise<void> =>
      activity(async () => {
        const { incident, notes } = input;
        const effects = deps.effects(await authority.toRecord(input, 'progress'));
        if (notes.length > MOST_NOTES)
          throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'notes', value: String(MOST_NOTES) });
        const events = deps.refusals(notes.flatMap((note) => eventOf(incident, note)));
        if (events.length > 0) await deps.ledger.append(events);
        const refused: unknown[] = [];
        // One that is refused does not take the others along.
        for (const note of notes) await write(effects, incident, note).catch((thrown: unknown) => refused.push(thrown));
        if (refused.length > 0) throw refused[0];
      }),

    /**
     * A start that is refused has no order behind it, or may not begin (H8). It closes what nobody has started, and says so (B15); an
     * incident that has begun is left alone.
     */
    recordRefusedStart: (input: RefusedStart): Promise<TurnedAway> =>
      activity(async () => refuseStart(await authority.toRefuse(input.incident), input)),
  };
}

/** @returns undefined for what is none of the words */
function pick<T extends string>(value: T | undefined, words: readonly T[]): T | undefined {
  return words.find((word) => word === value);
}

/** A moment that every reader takes: PostgreSQL knows years that JavaScript does not, and the other way round. */
function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 40) return false;
  const at = Date.parse(value);
  return at >= 0 && at < Date.UTC(10_000, 0);
}

function momentOf(time: string): string {
  return new Date(time).toISOString();
}

/** Nothing ends before it began; the clock of whoever signed may be ahead. */
function later(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? momentOf(one) : other;
}

/** Only `authorise` says that an order was found good. */
function notAuthorised(result: string): string {
  return result === AUTHORISED ? 'not known' : result;
}
