import type { IncidentId } from '../../src/domain/ids';
import type { Assessment } from '../../src/domain/assessment';
import type { SealedBag } from '../../src/domain/evidence';
import type { AuditEvent } from '../../src/domain/ledger';
import type { Notice, NoticeKind } from '../../src/domain/notice';
import { DEADLINE_MS, TIME_SHARES } from '../../src/domain/numbers';
import type { ActionResult } from '../../src/domain/plan';
import type { WrittenReport } from '../../src/domain/report';
import type { SecurityReading } from '../../src/domain/security-state';
import type { AbnormalStage, Channel, Phase, SecurityState } from '../../src/domain/words';
import { laterStage } from '../../src/domain/words';
import type { ActOutput, PlanSummary } from '../../activities';
import type { CarriedOver, OrdersState, Progress, ResponseInput, StepState } from '../messages';
import type { Recorder } from '../lib/recorder';
import type { Teller } from '../lib/tell';

type ShareName = 'humanClassification' | 'accessControl' | 'forcedIsolation' | 'logs' | 'alternativeLogs';

/** The state of one response while it runs; the steps read and extend it, the chart stays free of it. */
export class ResponseRun {
  assessment: Assessment | null;
  plan: PlanSummary | null;
  readonly results: ActionResult[];
  readonly failures: string[];
  readonly failedHosts = new Set<string>();
  readonly uncontained = new Set<string>();
  /** Hosts above 90 % load (B13). */
  readonly burdened = new Set<string>();
  readonly unrecorded: AuditEvent[] = [];
  readonly unrecordedResults: ActionResult[] = [];
  readonly readingsBefore: SecurityReading[] = [];
  readonly nextSteps: string[] = [];
  orders: OrdersState;
  abnormal: AbnormalStage;
  phase: Phase = 'assessing';
  securityState: SecurityState = 'degraded';
  needsHuman = false;
  /** Some act went ahead without the ledger; the report says so (L1). */
  lateLedger = false;
  /** Volatile state is captured once, whichever box comes to it first. */
  volatileCaptured = false;
  bag: SealedBag | null = null;
  report: WrittenReport | null = null;
  private readonly steps: StepState[] = [];

  constructor(
    readonly input: ResponseInput,
    readonly startedAt: string,
    readonly recorder: Recorder,
    readonly teller: Teller,
    private readonly onChange: (progress: Progress, carried: CarriedOver) => void,
  ) {
    this.orders = input.orders;
    this.assessment = input.before?.assessment ?? null;
    this.plan = input.before?.plan ?? null;
    this.results = [...(input.before?.results ?? [])];
    this.failures = [...(input.before?.failures ?? [])];
    this.abnormal = input.before?.abnormal ?? 'none';
  }

  get incident(): IncidentId {
    return this.input.order.incident;
  }

  get drill(): boolean {
    return this.input.order.drill;
  }

  /** When work stops, so that the hand-over still fits before the deadline (B7). */
  get stopAt(): number {
    const overall = Math.min(DEADLINE_MS, this.input.limits.overallMs ?? DEADLINE_MS);
    return Date.parse(this.input.deadlineAt) - Math.min(TIME_SHARES.handOver, Math.floor(overall / 3));
  }

  get leftMs(): number {
    return this.stopAt - Date.now();
  }

  /** A step's time share; limits of the order may only shorten it. */
  share(name: ShareName): number {
    const limit = {
      humanClassification: 'humanClassificationMs',
      accessControl: 'accessControlMs',
      forcedIsolation: 'forcedIsolationMs',
      logs: 'logsMs',
      alternativeLogs: 'alternativeLogsMs',
    } as const;
    return Math.min(TIME_SHARES[name], this.input.limits[limit[name]] ?? TIME_SHARES[name]);
  }

  /** People have told the run to stop acting; evidence and report go on. */
  get handsOff(): boolean {
    return this.orders.takenOverBy !== null || this.orders.ended !== null;
  }

  enter(phase: Phase, step: string): void {
    this.phase = phase;
    this.steps.push({ name: step, state: 'running', startedAt: new Date().toISOString() });
    this.changed();
    this.recorder.note({
      key: `phase:${phase}:${this.input.attempt}`,
      patch: { phase, abnormal: this.abnormal, needsHuman: this.needsHuman },
    });
  }

  leave(step: string, state: 'done' | 'failed' | 'skipped', note?: string): void {
    const index = this.steps.findIndex((candidate) => candidate.name === step && candidate.endedAt === undefined);
    const started = this.steps[index];
    const endedAt = new Date().toISOString();
    if (started === undefined) return;
    this.steps[index] = { ...started, state, endedAt, ...(note === undefined ? {} : { note }) };
    this.recorder.keep({
      key: `step:${step}:${this.input.attempt}`,
      entry: {
        at: started.startedAt ?? endedAt,
        endedAt,
        phase: this.phase,
        kind: state === 'failed' ? 'failure' : 'step',
        text: note === undefined ? step : `${step}: ${note}`,
      },
    });
  }

  late(step: string): void {
    const index = this.steps.findIndex((candidate) => candidate.name === step && candidate.endedAt === undefined);
    const started = this.steps[index];
    if (started !== undefined) this.steps[index] = { ...started, state: 'late' };
    this.changed();
  }

  /** Keeps what an act came to, and what ledger and tables missed of it (L1). */
  take(done: ActOutput): void {
    this.results.push(done.result);
    this.unrecorded.push(...done.unrecorded);
    if (!done.recorded) this.unrecordedResults.push(done.result);
    this.changed();
  }

  failed(words: string): void {
    this.failures.push(words);
  }

  /** A stage of the abnormal end is recorded and told, never passed over in silence (B8). */
  raise(stage: AbnormalStage, why: string): void {
    if (laterStage(stage, this.abnormal) === this.abnormal && this.abnormal !== 'none') return;
    this.abnormal = stage;
    this.needsHuman = stage !== 'partial';
    this.recorder.note({
      key: `abnormal:${stage}`,
      patch: { abnormal: stage, needsHuman: this.needsHuman },
      entry: { at: new Date().toISOString(), phase: this.phase, kind: 'failure', text: `${stage}: ${why}` },
      audit: {
        key: `abnormal:${this.incident}:${stage}`,
        level: stage === 'emergency' ? 'CRITICAL' : 'ERROR',
        actor: 'firebreak',
        stage: 'event',
        action: `abnormal.${stage}`,
        subject: this.incident,
        reason: why.slice(0, 500),
      },
    });
    this.changed();
  }

  tell(
    kind: NoticeKind,
    key: string,
    more: {
      readonly facts?: readonly string[];
      readonly nextAction?: string;
      readonly avoid?: readonly Channel[];
    } = {},
  ): void {
    this.teller.tell(this.notice(kind, key, more));
  }

  private notice(
    kind: NoticeKind,
    key: string,
    more: { readonly facts?: readonly string[]; readonly nextAction?: string; readonly avoid?: readonly Channel[] },
  ): Notice {
    const { order, title } = this.input;
    return {
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
      ...(more.avoid === undefined ? {} : { avoid: more.avoid }),
    };
  }

  carried(): CarriedOver {
    return {
      assessment: this.assessment,
      plan: this.plan,
      results: this.results,
      failures: this.failures,
      abnormal: this.abnormal,
    };
  }

  progress(): Progress {
    return {
      incident: this.incident,
      phase: this.phase,
      abnormal: this.abnormal,
      outcome: null,
      needsHuman: this.needsHuman,
      deadlineAt: this.input.deadlineAt,
      securityState: this.securityState,
      steps: this.steps,
      results: this.results,
      failures: this.failures,
    };
  }

  changed(): void {
    this.onChange(this.progress(), this.carried());
  }
}
