import { patched } from '@temporalio/workflow';
import type { AbnormalStage, NoticeKind, Phase, SecurityState } from '../../src/domain/words';
import type { IncidentId } from '../../src/domain/ids';
import type { Assessment } from '../../src/domain/assessment';
import type { SealedBag } from '../../src/domain/evidence';
import type { BoxName } from '../../src/domain/boxes';
import type { Fact, Recorded } from '../../src/domain/fact';
import type { NextAction } from '../../src/domain/notice';
import { DEADLINE_MS, TIME_SHARES } from '../../src/domain/numbers';
import type { ActionResult } from '../../src/domain/plan';
import type { WrittenReport } from '../../src/domain/report';
import type { SecurityReading } from '../../src/domain/security-state';
import type { Question } from '../../src/domain/waiting';
import { laterStage } from '../../src/domain/words';
import type { ActOutput, LateRecord, PlanSummary } from '../../activities';
import type { CarriedOver, GivenOrder, OnBehalf, OrdersState, ResponseInput, ResponseNews } from '../messages';
import { unrecordedOf } from '../lib/failure';
import { ordersState } from '../lib/orders-state';
import type { ProgressLine } from '../lib/progress-line';
import type { Recorder } from '../lib/recorder';
import { stageNote } from '../lib/stage-note';
import type { Teller } from '../lib/tell';
import { StepList } from './step-list';
import { TimeAccounts } from './time-accounts';

/** The lines of a run to its incident, the tables and people; all of them outlast the steps that use them. */
export interface Lines {
  readonly recorder: Recorder;
  readonly teller: Teller;
  readonly incident: ProgressLine;
}

/** Histories of before have no note of what is asked. */
const NOTES_QUESTIONS = 'notes-questions';

function placeOf({ kind, host = '' }: Pick<Question, 'kind' | 'host'>): string {
  return `${kind} ${host}`;
}

/** As many as a notice tells. */
const FIRST_FAILURES = 3;

/** The state of one response while it runs; the steps read and extend it, the chart stays free of it. */
export class ResponseRun {
  readonly startedAt = new Date().toISOString();
  assessment: Assessment | null;
  plan: PlanSummary | null;
  readonly results: ActionResult[];
  readonly failures: Recorded[];
  readonly firstFailures: Fact[];
  readonly failedHosts: Set<string>;
  readonly uncontained: Set<string>;
  /** Hosts that were above 90 % load at the last look (B13). */
  readonly loaded = new Set<string>();
  readonly volatileOf: Set<string>;
  readonly logsOf: Set<string>;
  readonly unrecorded: LateRecord[];
  readonly readingsBefore: SecurityReading[];
  readonly nextSteps: Recorded[];
  readonly accounts: TimeAccounts;
  readonly steps = new StepList();
  /** Orders that count. */
  given: readonly GivenOrder[];
  orders: OrdersState;
  abnormal: AbnormalStage;
  phase: Phase = 'assessing';
  securityState: SecurityState = 'degraded';
  notified = false;
  /** The assessment did not come in its share, and it may be worth asking again. */
  assessLater = false;
  /** Questions to people that are open, by kind and host. */
  private readonly open = new Map<string, Question>();
  /** Until when acts wait for approval; milliseconds since the epoch. */
  approvalUntil = 0;
  /** Some act went ahead without the ledger; the report says so (L1). */
  lateLedger = false;
  bag: SealedBag | null;
  report: WrittenReport | null;

  constructor(
    readonly input: ResponseInput,
    readonly lines: Lines,
  ) {
    const { before } = input;
    this.given = Array.isArray(input.orders) ? input.orders : [];
    this.orders = ordersState(this.given);
    this.accounts = new TimeAccounts(input.limits);
    this.assessment = before?.assessment ?? null;
    this.plan = before?.plan ?? null;
    this.results = [...(before?.results ?? [])];
    this.failures = [...(before?.failures ?? [])];
    this.firstFailures = [...(before?.firstFailures ?? [])];
    this.abnormal = before?.abnormal ?? 'none';
    this.failedHosts = new Set(before?.failedHosts);
    this.uncontained = new Set(before?.uncontained);
    this.volatileOf = new Set(before?.preserved.volatile);
    this.logsOf = new Set(before?.preserved.logs);
    this.readingsBefore = [...(before?.readingsBefore ?? [])];
    this.nextSteps = [...(before?.nextSteps ?? [])];
    this.unrecorded = [...(before?.unrecorded ?? [])];
    this.bag = before?.bag ?? null;
    this.report = before?.report ?? null;
  }

  get incident(): IncidentId {
    return this.input.order.incident;
  }

  get onBehalf(): OnBehalf {
    return { incident: this.incident, authority: this.input.authority };
  }

  get drill(): boolean {
    return this.input.order.drill;
  }

  get deadlineAt(): number {
    return Date.parse(this.input.deadlineAt);
  }

  /** When work stops, so that the hand-over still fits before the deadline (B7). */
  get stopAt(): number {
    const overall = Math.min(DEADLINE_MS, this.input.limits.overallMs ?? DEADLINE_MS);
    return this.deadlineAt - Math.min(TIME_SHARES.handOver, Math.floor(overall / 3));
  }

  /** People have told the run to stop acting; evidence and report go on. */
  get handsOff(): boolean {
    return this.orders.takenOverBy !== null || this.orders.ended !== null;
  }

  /** A question is open, or the run has left the path on which it needs nobody (B8). */
  get needsHuman(): boolean {
    return this.open.size > 0 || (this.abnormal !== 'none' && this.abnormal !== 'partial');
  }

  get questions(): readonly Question[] {
    return [...this.open.values()];
  }

  /** People are asked; whoever looks sees what, and until when. */
  ask(question: Question): void {
    this.open.set(placeOf(question), question);
    this.noteQuestions();
  }

  /** The question has its answer, or its time is over. */
  answered(question: Pick<Question, 'kind' | 'host'>): void {
    if (this.open.delete(placeOf(question))) this.noteQuestions();
  }

  /** Nobody is asked any more; the next step's note says so. */
  askNothing(): void {
    this.open.clear();
  }

  private noteQuestions(): void {
    if (!patched(NOTES_QUESTIONS)) return;
    this.changed();
    const { questions, needsHuman } = this;
    this.lines.recorder.note({ key: `questions:${this.input.attempt}`, patch: { questions, needsHuman } });
  }

  enter(phase: Phase, step: BoxName): void {
    this.phase = phase;
    this.steps.begin(step);
    this.changed();
    this.lines.recorder.note({
      key: `phase:${phase}:${this.input.attempt}`,
      patch: { phase, abnormal: this.abnormal, needsHuman: this.needsHuman, questions: this.questions },
    });
  }

  leave(step: BoxName, state: 'done' | 'failed' | 'skipped', note?: Fact): void {
    const ended = this.steps.end(step, state, note);
    if (ended === undefined) return;
    // Written together with the next note: the next step begins at once, or the run ends.
    this.lines.recorder.keep({
      key: `step:${step}:${this.input.attempt}`,
      entry: {
        at: ended.startedAt,
        endedAt: ended.endedAt,
        phase: this.phase,
        kind: state === 'failed' ? 'failure' : 'step',
        fact: { fact: 'step', box: step, ...(note === undefined ? {} : { note }) },
      },
    });
  }

  /** Keeps what an act came to, and what ledger and tables missed of it (L1). */
  take({ result, unrecorded }: ActOutput): void {
    this.results.push(result);
    this.unrecorded.push(...unrecorded);
    this.changed();
  }

  /** Keeps what the ledger missed of an act that failed (L1). */
  missedBy(thrown: unknown): void {
    this.unrecorded.push(...unrecordedOf(thrown));
  }

  failed(fact: Fact): void {
    this.failures.push(fact);
    if (this.firstFailures.length < FIRST_FAILURES) this.firstFailures.push(fact);
  }

  /** A stage of the abnormal end is recorded, never passed over in silence; who raises it also tells people (B8). */
  raise(stage: Exclude<AbnormalStage, 'none'>, ...why: readonly Fact[]): void {
    const first = laterStage(this.abnormal, stage) !== this.abnormal;
    if (first) this.abnormal = stage;
    this.lines.recorder.note({
      ...stageNote(stage, why, { incident: this.incident, phase: this.phase, first }),
      ...(first ? { patch: { abnormal: stage, needsHuman: this.needsHuman } } : {}),
    });
    this.changed();
  }

  tell(
    kind: NoticeKind,
    key: string,
    more: { readonly facts?: readonly Fact[]; readonly nextAction?: NextAction } = {},
  ): void {
    const { order, title } = this.input;
    this.lines.teller.tell({
      incident: order.incident,
      kind,
      key,
      severity: this.assessment?.severity ?? order.severity,
      type: this.assessment?.type ?? order.type,
      mode: order.mode,
      drill: order.drill,
      title,
      hosts: order.hosts,
      facts: more.facts ?? [],
      abnormal: this.abnormal,
      nextAction: more.nextAction ?? `firebreak status ${order.incident}`,
    });
  }

  carried(): CarriedOver {
    return {
      assessment: this.assessment,
      plan: this.plan,
      results: this.results,
      failures: this.failures,
      firstFailures: this.firstFailures,
      abnormal: this.abnormal,
      failedHosts: [...this.failedHosts],
      uncontained: [...this.uncontained],
      readingsBefore: this.readingsBefore,
      preserved: { volatile: [...this.volatileOf], logs: [...this.logsOf] },
      bag: this.bag,
      report: this.report,
      nextSteps: this.nextSteps,
      unrecorded: this.unrecorded,
    };
  }

  news(): ResponseNews {
    return {
      attempt: this.input.attempt,
      progress: {
        incident: this.incident,
        phase: this.phase,
        abnormal: this.abnormal,
        outcome: null,
        needsHuman: this.needsHuman,
        questions: this.questions,
        deadlineAt: this.input.deadlineAt,
        securityState: this.securityState,
        steps: this.steps.all,
      },
      carried: this.carried(),
    };
  }

  changed(): void {
    this.lines.incident.send();
  }
}
