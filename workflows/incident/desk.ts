import type { AbnormalStage, NoticeKind, Outcome, Phase } from '../../src/domain/words';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Authority, LateRecord } from '../../activities';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Fact } from '../../src/domain/fact';
import type { NextAction } from '../../src/domain/notice';
import { DEADLINE_MS } from '../../src/domain/numbers';
import { respondUse } from '../../src/domain/order';
import { laterStage } from '../../src/domain/words';
import { patientFlow } from '../lib/activities';
import { ordersState } from '../lib/orders-state';
import { progressMarkdown } from '../lib/progress-markdown';
import { Recorder } from '../lib/recorder';
import { setAttributes } from '../lib/search-attributes';
import { stageNote } from '../lib/stage-note';
import { Teller } from '../lib/tell';
import type {
  CarriedOver,
  GivenOrder,
  IncidentInput,
  OnBehalf,
  OrdersState,
  Progress,
  ResponseNews,
  ResponseResult,
  ResumedIncident,
  UndoItem,
  WatchNews,
  WatchState,
} from '../messages';
import { ordersSignal } from '../messages';

type Listener = Pick<ChildWorkflowHandle<() => Promise<unknown>>, 'signal'>;

/** The incident's desk: what is known, what was ordered, and the lines to response, watch, tables and people. */
export class Desk {
  given: readonly GivenOrder[];
  progress: Progress;
  carried: CarriedOver | null = null;
  result: ResponseResult | null;
  /** Which try is under way; undefined when none is. */
  responding: 1 | 2 | undefined;
  watch: WatchState;
  /** Count what was heard, to tell the stuck from the quiet. */
  heardFromResponse = 0;
  heardFromWatch = 0;
  /** Acts whose undo failed: their rows are released, so only this list still knows of them. */
  notUndone: readonly UndoItem[];
  /** Blocks of which single addresses could not be let go; their rows are released, and a release undoes them whole. */
  notUnblocked: readonly UndoItem[];
  /** Blocks of which addresses are being let go just now: nothing lists them any more, and it may yet fail. */
  unblocking: readonly UndoItem[] = [];
  /** The last revision of the report. */
  revision: number;
  /** Orders without authority so far. */
  unauthorised: number;
  /** The incident is about to close; nobody needs to be called any more. */
  closing = false;
  readonly recorder: Recorder;
  readonly teller: Teller;
  private raised: AbnormalStage = 'none';
  private listener: Listener | undefined;
  private cancelResponse: (() => void) | undefined;
  private cancelled = false;

  constructor(readonly input: IncidentInput) {
    const { order, resumed } = input;
    this.recorder = new Recorder(this.onBehalf, patientFlow);
    this.teller = new Teller(this.authority);
    this.given = resumed?.orders ?? [];
    this.result = resumed?.result ?? null;
    this.watch = resumed?.watch ?? 'none';
    this.notUndone = resumed?.notUndone ?? [];
    this.notUnblocked = resumed?.notUnblocked ?? [];
    this.revision = resumed?.revision ?? 1;
    this.unauthorised = resumed?.unauthorised ?? 0;
    this.progress = resumed?.progress ?? {
      incident: order.incident,
      phase: 'declared',
      abnormal: 'none',
      outcome: null,
      needsHuman: false,
      deadlineAt: new Date(this.deadlineAt).toISOString(),
      securityState: null,
      steps: [],
      results: [],
      failures: [],
    };
  }

  get order(): IncidentOrder {
    return this.input.order;
  }

  /** What this chain of runs rests on (B15). */
  get authority(): Authority {
    const { grantId, order } = this.input;
    return { grantId, use: respondUse(order.incident, workflowInfo().firstExecutionRunId) };
  }

  get onBehalf(): OnBehalf {
    return { incident: this.order.incident, authority: this.authority };
  }

  get orders(): OrdersState {
    return ordersState(this.given);
  }

  /** @param how it was ended, if people have ended it */
  outcomeBy(how: 'release' | 'stand-down' | undefined): Outcome {
    return how === 'stand-down' ? 'stood-down' : (this.result?.outcome ?? 'manual');
  }

  /** The absolute deadline; limits may only shorten it (B7). */
  get deadlineAt(): number {
    return Date.parse(this.order.declaredAt) + Math.min(DEADLINE_MS, this.order.limits.overallMs ?? DEADLINE_MS);
  }

  /** Addresses are being let go, or could not be: their rows are released, so the tables do not say what is in force. */
  get isLettingGo(): boolean {
    return this.unblocking.length > 0 || this.notUnblocked.length > 0;
  }

  /** The incident ends when people end it, or when nothing is in force any more and nobody has to act. */
  get overAndDone(): boolean {
    const { ended, takenOverBy } = this.orders;
    if (ended !== null) return true;
    if (this.isLettingGo) return false;
    if (this.watch === 'running' || this.watch === 'stopped') return false;
    return !this.progress.needsHuman || takenOverBy !== null;
  }

  /** Connects the desk with a response that has just started, and tells it what it may have missed meanwhile. */
  listenTo(child: Listener, cancel: () => void): void {
    this.listener = child;
    this.cancelResponse = cancel;
    if (this.cancelled) cancel();
    else if (this.given.length > 0) void this.passOnOrders();
  }

  hangUp(): void {
    this.listener = undefined;
    this.cancelResponse = undefined;
    this.responding = undefined;
  }

  /** Passes what people have ordered on to the running response; also the question whether it is alive. */
  async passOnOrders(): Promise<void> {
    await this.listener?.signal(ordersSignal, this.given).catch(() => undefined);
  }

  /**
   * Cancel in the UI carries no grant. It stops the response, which preserves and hands over; later it only alerts: what is in
   * force stays in force until somebody signs for its release (B15).
   */
  cancel(): void {
    this.cancelled = true;
    if (this.result === null) {
      this.cancelResponse?.();
      return;
    }
    this.raise('manual', { fact: 'incident-cancelled' });
    this.tell('manual-response', 'manual-cancelled-incident', [{ fact: 'incident-cancelled' }]);
  }

  hearResponse(news: ResponseNews): void {
    this.heardFromResponse += 1;
    // The last signals of an earlier try, or of one that is over, say nothing new.
    if (news.attempt !== this.responding) return;
    this.carried = news.carried;
    this.update({
      ...news.progress,
      // Only the desk itself closes.
      phase: news.progress.phase === 'closed' ? this.progress.phase : news.progress.phase,
      results: news.carried.results,
      failures: news.carried.failures,
      abnormal: laterStage(this.raised, news.progress.abnormal),
      needsHuman: news.progress.needsHuman || this.raised !== 'none',
      outcome: this.progress.outcome,
    });
  }

  hearWatch(news: WatchNews): void {
    this.heardFromWatch += 1;
    this.update({ securityState: news.state });
    // Anybody can say so: the tables are asked before anything follows from it (B15).
    if (news.ended && this.watch === 'running') this.watch = news.active > 0 ? 'stopped' : 'ended';
  }

  /** What ledger and tables have missed and do not hold yet (L1, B11). */
  get late(): readonly LateRecord[] {
    return this.result?.unrecorded ?? [];
  }

  /** Keeps what ledger and tables missed of an act. */
  missed(records: readonly LateRecord[]): void {
    if (this.result !== null) this.result = { ...this.result, unrecorded: [...this.late, ...records] };
  }

  /** The oldest of what was missed is written now. */
  wroteLate(records: number): void {
    if (this.result !== null) this.result = { ...this.result, unrecorded: this.late.slice(records) };
  }

  update(patch: Partial<Progress>): void {
    const before = this.progress;
    this.progress = { ...before, ...patch };
    setCurrentDetails(progressMarkdown(this.progress, this.result?.plan ?? this.carried?.plan ?? null));
    if (before.phase !== this.progress.phase || before.needsHuman !== this.progress.needsHuman) {
      setAttributes({ Phase: this.progress.phase, NeedsHuman: this.progress.needsHuman });
    }
  }

  enter(phase: Phase): void {
    this.update({ phase });
    this.recorder.note({ key: `phase:${phase}`, patch: { phase, needsHuman: this.progress.needsHuman } });
  }

  raise(stage: Exclude<AbnormalStage, 'none'>, ...why: readonly Fact[]): void {
    const first = laterStage(this.progress.abnormal, stage) !== this.progress.abnormal;
    this.raised = laterStage(stage, this.raised);
    const abnormal = laterStage(stage, this.progress.abnormal);
    this.update({ abnormal, needsHuman: true, failures: [...this.progress.failures, ...why] });
    this.recorder.note({
      ...stageNote(stage, why, { incident: this.order.incident, phase: this.progress.phase, first }),
      patch: { abnormal, needsHuman: true },
    });
  }

  tell(
    kind: NoticeKind,
    key: string,
    facts: readonly Fact[],
    nextAction?: NextAction,
    tier?: number,
    spoken?: Authority,
  ): void {
    const { order, title } = this.input;
    this.teller.tell(
      {
        incident: order.incident,
        kind,
        key,
        severity: this.carried?.assessment?.severity ?? order.severity,
        type: this.carried?.assessment?.type ?? order.type,
        mode: order.mode,
        drill: order.drill,
        title,
        hosts: order.hosts,
        facts,
        abnormal: this.progress.abnormal,
        nextAction: nextAction ?? `firebreak status ${order.incident}`,
        ...(this.result === null ? {} : { outcome: this.result.outcome }),
      },
      tier,
      spoken,
    );
  }

  resumable(): ResumedIncident {
    const { progress, result, given, watch, notUndone, notUnblocked, revision, unauthorised } = this;
    if (result === null) throw new TypeError('an incident continues as new only after its response');
    return { progress, result, orders: given, watch, notUndone, notUnblocked, revision, unauthorised };
  }
}
