import type { IncidentId } from '../../src/domain/ids';
import type { ProgressNote } from '../../activities';
import { flow } from './activities';

/**
 * Writes the run's progress to the tables, one note after the other, without holding up the run. Notes that could not be
 * written stay in history and are counted; nothing is thrown.
 */
export class Recorder {
  private queue: ProgressNote[] = [];
  private writing: Promise<void> | undefined;
  /** How many notes never reached the tables. */
  lost = 0;

  constructor(private readonly incident: IncidentId) {}

  note(note: Omit<ProgressNote, 'incident'>): void {
    this.keep(note);
    this.write();
  }

  /** Notes something that may wait for the next `note`: one activity then writes both. */
  keep(note: Omit<ProgressNote, 'incident'>): void {
    this.queue.push({ incident: this.incident, ...note });
  }

  /** Waits until everything noted and kept so far is written or given up. */
  async flushed(): Promise<void> {
    if (this.queue.length > 0) this.write();
    while (this.writing !== undefined) await this.writing;
  }

  private write(): void {
    this.writing ??= this.drain().finally(() => {
      this.writing = undefined;
    });
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const notes = this.queue;
      this.queue = [];
      try {
        await flow.recordProgress(summaryOf(notes), { incident: this.incident, notes });
      } catch {
        // The tables are unreachable for longer than the activity's limit: history has it all, and the report says so.
        this.lost += notes.length;
      }
    }
  }
}

function summaryOf(notes: readonly ProgressNote[]): string {
  const words = notes.flatMap(
    (note) => note.entry?.text ?? (note.patch?.phase === undefined ? [] : [`phase ${note.patch.phase}`]),
  );
  return words.length === 0 ? 'record progress' : `record: ${words.join(' · ')}`;
}
