import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import { CancellationScope } from '@temporalio/workflow';
import type { ResponseNews } from '../messages';
import { progressSignal } from '../messages';

/**
 * The response's line to its incident: one signal at a time, each with the state as it is then, so that what happens meanwhile
 * goes into the next. A line that is dead holds nothing up.
 */
export class ProgressLine {
  private due = false;
  private sending: Promise<void> | undefined;

  constructor(
    private readonly incident: ExternalWorkflowHandle,
    private readonly news: () => ResponseNews,
  ) {}

  get idle(): boolean {
    return this.sending === undefined;
  }

  send(): void {
    this.due = true;
    this.sending ??= CancellationScope.nonCancellable(() => this.drain()).finally(() => {
      this.sending = undefined;
    });
  }

  private async drain(): Promise<void> {
    while (this.due) {
      this.due = false;
      try {
        await this.incident.signal(progressSignal, this.news());
      } catch {
        // The incident has been ended by force; the response goes on, and preserves and seals what is there.
        return;
      }
    }
  }
}
