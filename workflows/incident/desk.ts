import type { ExternalWorkflowHandle, ChildWorkflowHandle } from '@temporalio/workflow';
import { setCurrentDetails } from '@temporalio/workflow';
import type { IncidentOrder } from '../../src/domain/incident';
import type { Notice, NoticeKind } from '../../src/domain/notice';
import { DEADLINE_MS } from '../../src/domain/numbers';
import type { AbnormalStage, Phase } from '../../src/domain/words';
import { laterStage } from '../../src/domain/words';
import { progressMarkdown } from '../lib/progress-markdown';
import { Recorder } from '../lib/recorder';
import { setAttributes } from '../lib/search-attributes';
import { Teller } from '../lib/tell';
import type { CarriedOver, IncidentInput, OrdersState, Progress, ResponseResult, ResumedIncident } from '../messages';
import { ordersSignal } from '../messages';

const NO_ORDERS: OrdersState = {
  classifiedAs: null,
  decision: null,
  acknowledgedBy: [],
  takenOverBy: null,
  escalated: false,
  ended: null,
};

type Listener = Pick<ExternalWorkflowHandle, 'signal'> | Pick<ChildWorkflowHandle<() => Promise<unknown>>, 'signal'>;

/** The incident's desk: what is known, what was ordered, and the lines to response, watch, tables and people. */
export class Desk {
  orders: OrdersState;
  progress: Progress;
  carried: CarriedOver | null = null;
  result: ResponseResult | null;
  /** Counts signals of the response, to tell a stuck one from a quiet one. */
  heardFromResponse = 0;
  responding = false;
  watching = false;
  watchEnded = false;
  undoFailed = false;
  readonly recorder: Recorder;
  readonly teller = new Teller();
  private listener: Listener | undefined;

  constructor(readonly input: IncidentInput) {
    this.recorder = new Recorder(input.order.incident);
    this.orders = input.resumed?.orders ?? NO_ORDERS;
    this.result = input.resumed?.result ?? null;
    this.watching = input.resumed !== undefined;
    this.progress = input.resumed?.progress ?? {
      incident: input.order.incident,
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

  /** The absolute deadline; limits may only shorten it, and a declaration in the future does not lengthen it (B7). */
  get deadlineAt(): number {
    return Date.parse(this.order.declaredAt) + Math.min(DEADLINE_MS, this.order.limits.overallMs ?? DEADLINE_MS);
  }

  /** The incident ends when people end it, or when nothing is in force any more and nobody has to act. */
  get overAndDone(): boolean {
    if (this.orders.ended !== null) return true;
    if (this.watching && !this.watchEnded) return false;
    return !this.progress.needsHuman || this.orders.takenOverBy !== null;
  }

  listenTo(listener: Listener | undefined): void {
    this.listener = listener;
  }

  /** Passes what people have ordered on to the running response; also the question whether it is alive. */
  async passOnOrders(): Promise<void> {
    await this.listener?.signal(ordersSignal, this.orders).catch(() => undefined);
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

  raise(stage: AbnormalStage, why: string): void {
    const abnormal = laterStage(stage, this.progress.abnormal);
    this.update({ abnormal, needsHuman: true, failures: [...this.progress.failures, why] });
    this.recorder.note({
      key: `abnormal:${stage}`,
      patch: { abnormal, needsHuman: true },
      entry: { at: new Date().toISOString(), phase: this.progress.phase, kind: 'failure', text: `${stage}: ${why}` },
      audit: {
        key: `abnormal:${this.order.incident}:${stage}`,
        level: stage === 'emergency' ? 'CRITICAL' : 'ERROR',
        actor: 'firebreak',
        stage: 'event',
        action: `abnormal.${stage}`,
        subject: this.order.incident,
        reason: why.slice(0, 500),
      },
    });
  }

  tell(kind: NoticeKind, key: string, facts: readonly string[], nextAction?: string, tier = 1): void {
    const notice: Notice = {
      incident: this.order.incident,
      kind,
      key,
      severity: this.carried?.assessment?.severity ?? this.order.severity,
      type: this.carried?.assessment?.type ?? this.order.type,
      mode: this.order.mode,
      drill: this.order.drill,
      title: this.input.title,
      hosts: this.order.hosts,
      facts,
      abnormal: this.progress.abnormal,
      nextAction: nextAction ?? `firebreak status ${this.order.incident}`,
      ...(this.result === null ? {} : { outcome: this.result.outcome }),
    };
    this.teller.tell(notice, tier);
  }

  resumable(): ResumedIncident {
    if (this.result === null) throw new TypeError('an incident continues as new only after its response');
    return { progress: this.progress, result: this.result, orders: this.orders };
  }
}
