import { FirebreakError } from '../../domain/errors';
import { absentBecause } from '../../domain/evidence';
import type { Host } from '../../domain/host';
import type { HostReading } from '../../domain/security-state';
import type {
  ArtefactSink,
  CollectionContext,
  CollectionSummary,
  HostCollector,
  LogOptions,
} from '../../ports/collection';
import type { HostShell } from '../../ports/host-shell';
import { encodeHeader } from '../host-script/header';
import { hostWords } from '../host-script/reply';
import { artefactName } from './artefact-name';
import { LOGS_SCRIPT, READING_SCRIPT, VOLATILE_SCRIPT } from './collection-scripts';
import { Gathering } from './gathered';
import { collectFrom, scriptSeconds } from './host-exec';
import { Ladder } from './ladder';
import { LOGS_SOURCE_FACTOR, LOGS_TOTAL_FACTOR, isLogPath, logRequest, logTimes } from './log-request';
import type { Watched } from './security-reading';
import { readingFrom } from './security-reading';
import { LOG_SOURCES, VOLATILE_SOURCES } from './sources';

const MIB = 1024 * 1024;
/** One volatile source; a socket table of 30,000 connections fits. */
const VOLATILE_CAP = 8 * MIB;
/** volatile.sh copies this much of a deleted executable. */
const EXECUTABLE_CAP = 20 * MIB;
const VOLATILE_TOTAL = 512 * MIB;
const READING_MAX_OUTPUT = 20 * MIB;
const FIRST_RUNG = 2;

/** Collects over a HostShell with fixed scripts; one exec for each call, one for each rung of the ladder. */
export class ShellHostCollector implements HostCollector {
  /** @param now collector's clock, milliseconds since the epoch */
  constructor(
    private readonly shell: HostShell,
    private readonly now: () => number = Date.now,
  ) {}

  async volatile(host: Host, sink: ArtefactSink, context: CollectionContext): Promise<CollectionSummary> {
    const intake = await collectFrom(
      this.shell,
      host,
      {
        script: VOLATILE_SCRIPT,
        sources: VOLATILE_SOURCES,
        rung: 1,
        input: encodeHeader({ seconds: scriptSeconds(context.budgetMs), cap: VOLATILE_CAP }),
        timeoutMs: context.budgetMs,
        maxArtefactBytes: EXECUTABLE_CAP,
        maxSourceBytes: VOLATILE_TOTAL,
        maxTotalBytes: VOLATILE_TOTAL,
      },
      sink,
      context,
      this.now,
    );
    return intake.summary;
  }

  async logs(
    host: Host,
    sink: ArtefactSink,
    options: LogOptions,
    context: CollectionContext,
  ): Promise<CollectionSummary> {
    const refused = await this.refusePaths(host, sink, options, 1);
    const intake = await collectFrom(
      this.shell,
      host,
      {
        script: LOGS_SCRIPT,
        sources: LOG_SOURCES,
        rung: 1,
        input: logRequest(options, logTimes(scriptSeconds(context.budgetMs)), this.now()),
        timeoutMs: context.budgetMs,
        maxArtefactBytes: options.maxBytes,
        maxSourceBytes: LOGS_SOURCE_FACTOR * options.maxBytes,
        maxTotalBytes: LOGS_TOTAL_FACTOR * options.maxBytes,
      },
      sink,
      context,
      this.now,
    );
    if (!intake.filled.has('journal-export')) {
      throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'journal-empty', host: host.name, since: options.since });
    }
    return { ...intake.summary, absences: intake.summary.absences + refused };
  }

  async alternative(
    host: Host,
    sink: ArtefactSink,
    options: LogOptions,
    context: CollectionContext,
  ): Promise<CollectionSummary> {
    const refused = await this.refusePaths(host, sink, options, FIRST_RUNG);
    const ladder = new Ladder(this.shell, host, sink, options, this.now);
    return ladder.descend(context, refused);
  }

  async reading(host: Host, watch: Watched, context: CollectionContext): Promise<HostReading> {
    const gathering = new Gathering(host.name);
    let noise = '';
    await this.shell.stream(
      host,
      READING_SCRIPT,
      {
        timeoutMs: context.budgetMs,
        input: encodeHeader({ seconds: scriptSeconds(context.budgetMs) }),
        maxOutputBytes: READING_MAX_OUTPUT,
        signal: context.signal,
        onNoise: (bytes) => (noise = hostWords(bytes.toString('utf8'))),
      },
      async (chunk) => gathering.feed(chunk),
    );
    const reading = await readingFrom(host.name, new Date(this.now()).toISOString(), gathering.finish(), watch);
    return noise === '' ? reading : { ...reading, noise };
  }

  /** A path that may not be read is a miss like any other; nothing of it reaches the host. */
  private async refusePaths(host: Host, sink: ArtefactSink, options: LogOptions, rung: number): Promise<number> {
    const refused = options.paths.filter((path) => !isLogPath(path));
    for (const path of refused) {
      await sink.absence({
        host: host.name,
        source: artefactName('extra-log', path, new Set()),
        rung,
        command: path,
        exitCode: null,
        stderr: '',
        ...absentBecause({ fact: 'path-not-allowed' }),
        at: new Date(this.now()).toISOString(),
      });
    }
    return refused.length;
  }
}
