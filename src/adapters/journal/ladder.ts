import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import { absentBecause } from '../../domain/evidence';
import type { Fact } from '../../domain/fact';
import { faultOfError } from '../../domain/fault';
import type { Host } from '../../domain/host';
import type { ArtefactSink, CollectionContext, CollectionSummary, LogOptions } from '../../ports/collection';
import type { HostShell } from '../../ports/host-shell';
import { LADDER_SCRIPT } from './collection-scripts';
import { collectFrom, scriptSeconds } from './host-exec';
import type { Intake } from './intake';
import { LOGS_SOURCE_FACTOR, LOGS_TOTAL_FACTOR, logRequest, logTimes } from './log-request';
import { LADDER_SOURCES } from './sources';

/** Rung 2 reads the journal's files; when it succeeds, the rungs below it add nothing. */
const FILES_RUNG = 2;
/** An exec that may not even take this long is not begun. */
const MIN_RUNG_MS = 2_000;

/** The way down for one host whose log system gave nothing (E3): one exec a rung, every miss an absence. */
export class Ladder {
  private readonly found: Intake[] = [];
  private absences = 0;

  constructor(
    private readonly shell: HostShell,
    private readonly host: Host,
    private readonly sink: ArtefactSink,
    private readonly options: LogOptions,
    private readonly now: () => number,
  ) {}

  /**
   * Every rung gets its share of the time that is left, so that one that hangs does not cost the others theirs.
   * Throws FirebreakError: LOGS_UNAVAILABLE when no rung gave anything, the codes of HostShell.
   */
  async descend(context: CollectionContext, absencesBefore: number): Promise<CollectionSummary> {
    const until = this.now() + context.budgetMs;
    this.absences = absencesBefore;
    let left = LADDER_SOURCES.size;
    for (const rung of LADDER_SOURCES.keys()) {
      await this.rung(rung, { ...context, budgetMs: (until - this.now()) / left });
      left -= 1;
      if (rung === FILES_RUNG && this.found.length > 0) break;
    }
    if (this.found.length === 0) {
      throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'ladder-empty', host: this.host.name });
    }
    return this.summary();
  }

  private async rung(rung: number, context: CollectionContext): Promise<void> {
    if (context.budgetMs < MIN_RUNG_MS) return this.missed(rung, { fact: 'source-absent', why: 'no-time' });
    try {
      const intake = await this.collect(rung, context);
      if (intake.filled.size > 0) this.found.push(intake);
      else this.absences += intake.summary.absences;
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      // A broken link is for the next attempt, unless something is in hand that the attempt's failure would hide.
      const goOn = error.code === 'LOGS_UNAVAILABLE' || (this.found.length > 0 && error.code.startsWith('HOST_'));
      if (context.signal.aborted || !goOn) throw error;
      await this.missed(rung, { fact: 'went-wrong', fault: faultOfError(error) });
    }
  }

  private async collect(rung: number, context: CollectionContext): Promise<Intake> {
    const { maxBytes } = this.options;
    return collectFrom(
      this.shell,
      this.host,
      {
        script: LADDER_SCRIPT,
        sources: LADDER_SOURCES.get(rung) ?? new Map(),
        rung,
        input: logRequest(this.options, logTimes(scriptSeconds(context.budgetMs)), this.now(), rung),
        timeoutMs: context.budgetMs,
        maxArtefactBytes: maxBytes,
        maxSourceBytes: LOGS_SOURCE_FACTOR * maxBytes,
        maxTotalBytes: LOGS_TOTAL_FACTOR * maxBytes,
      },
      this.sink,
      context,
      this.now,
    );
  }

  private async missed(rung: number, why: Fact): Promise<void> {
    this.absences += 1;
    await this.sink.absence({
      host: this.host.name,
      source: `rung-${rung}`,
      rung,
      command: LADDER_SCRIPT.name,
      exitCode: null,
      stderr: '',
      ...absentBecause(why),
      at: new Date(this.now()).toISOString(),
    });
  }

  private summary(): CollectionSummary {
    const parts = this.found.map((intake) => intake.summary);
    const sum = (pick: (part: CollectionSummary) => number): number => parts.reduce((n, part) => n + pick(part), 0);
    return {
      host: this.host.name,
      artefacts: sum((part) => part.artefacts),
      absences: this.absences + sum((part) => part.absences),
      bytes: sum((part) => part.bytes),
      lines: sum((part) => part.lines),
      truncated: parts.flatMap((part) => part.truncated),
      rung: Math.max(...parts.map((part) => part.rung)),
    };
  }
}
