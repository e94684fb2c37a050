import { CancellationScope, condition } from '@temporalio/workflow';
import type { ProgressNote } from '../../activities';
import { onRecord } from '../../src/domain/fact';
import { inEnglish } from '../../src/domain/fact-words';
import type { OnBehalf } from '../messages';
import type { flow } from './activities';

/**
 * Writes the run's progress to the tables, one activity at a time, without holding up the run and whatever is cancelled. Notes that
 * could not be written stay in history and are counted; nothing is thrown.
 */
export class Recorder {
  private queue: ProgressNote[] = [];
  private writing: Promise<void> | undefined;
  /** How many notes never reached the tables. */
  lost = 0;

  /** @param tables `flow`, which gives up after minutes, or `patientFlow`, which waits an outage out */
  constructor(
    private readonly onBehalf: OnBehalf,
    private readonly tables: Pick<typeof flow, 'recordProgress'>,
  ) {}

  get idle(): boolean {
    return this.writing === undefined && this.queue.length === 0;
  }

  note(note: ProgressNote): void {
    this.keep(note);
    this.write();
  }

  /** Notes something that may wait for the next `note`: one activity then writes both. */
  keep(note: ProgressNote): void {
    this.queue.push(note);
  }

  /** Begins to write what was only kept so far. */
  flush(): void {
    if (this.queue.length > 0) this.write();
  }

  /** Waits until everything noted and kept so far is written or given up; the waiting can be cancelled, the writing goes on. */
  async flushed(): Promise<void> {
    this.flush();
    if (!this.idle) await condition(() => this.idle);
  }

  private write(): void {
    // A step that is cancelled must not take the record of it along.
    this.writing ??= CancellationScope.nonCancellable(() => this.drain()).finally(() => {
      this.writing = undefined;
    });
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const notes = this.queue;
      this.queue = [];
      try {
        await this.tables.recordProgress(summaryOf(notes), { ...this.onBehalf, notes });
      } catch {
        // The tables are unreachable for longer than the activity's limit: history has it all, and the report says so.
        this.lost += notes.length;
      }
    }
  }
}

function summaryOf(notes: readonly ProgressNote[]): string {
  const words = notes.flatMap(({ entry, patch }) => {
    if (entry?.fact !== undefined) return inEnglish(entry.fact);
    if (entry?.text !== undefined) return inEnglish(onRecord(entry.text));
    return patch?.phase === undefined ? [] : [`phase ${patch.phase}`];
  });
  return words.length === 0 ? 'record progress' : `record: ${words.join(' · ')}`;
}
