import type { BoxName } from '../../src/domain/boxes';
import type { Fact } from '../../src/domain/fact';
import type { StepState } from '../messages';

interface EndedStep {
  readonly startedAt: string;
  readonly endedAt: string;
}

/** The boxes of the chart as the run has come through them, for progress and timeline. */
export class StepList {
  private steps: readonly StepState[] = [];

  get all(): readonly StepState[] {
    return this.steps;
  }

  begin(name: BoxName): void {
    this.steps = [...this.steps, { name, state: 'running', startedAt: new Date().toISOString() }];
  }

  /** @returns undefined when no such step is open */
  end(name: BoxName, state: 'done' | 'failed' | 'skipped', note?: Fact): EndedStep | undefined {
    const open = this.steps.find((step) => step.name === name && step.endedAt === undefined);
    if (open === undefined) return undefined;
    const endedAt = new Date().toISOString();
    this.replace(open, { ...open, state, endedAt, ...(note === undefined ? {} : { note }) });
    return { startedAt: open.startedAt ?? endedAt, endedAt };
  }

  late(name: BoxName): void {
    const open = this.steps.find((step) => step.name === name && step.endedAt === undefined);
    if (open !== undefined) this.replace(open, { ...open, state: 'late' });
  }

  /** What was under way when the work was stopped. @returns the names */
  stopOpen(note: Fact): readonly BoxName[] {
    const open = this.steps.filter((step) => step.endedAt === undefined).map((step) => step.name);
    for (const name of open) this.end(name, 'failed', note);
    return open;
  }

  private replace(old: StepState, step: StepState): void {
    this.steps = this.steps.map((candidate) => (candidate === old ? step : candidate));
  }
}
