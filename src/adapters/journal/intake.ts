import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import { absentBecause, type ArtefactInfo } from '../../domain/evidence';
import type { Fact } from '../../domain/fact';
import { inEnglish } from '../../domain/fact-words';
import type { ArtefactSink, CollectionSummary } from '../../ports/collection';
import { Pace } from '../host-script/pace';
import { hostWords } from '../host-script/reply';
import { ArtefactInFlight } from './artefact-in-flight';
import { artefactName } from './artefact-name';
import type { FrameEvent, FrameTrailer } from './frame-parser';
import { FrameParser } from './frame-parser';
import { LineCount } from './line-count';
import { absenceOf } from './reasons';
import type { Source } from './sources';
import { unpacking } from './unpacking';
import type { Unpacking } from './unpacking';

/** Where the frames of one exec go, and what is known of them beforehand. */
export interface IntakeOptions {
  readonly host: string;
  readonly hostKeyFingerprint: string;
  readonly scriptSha256: string;
  readonly rung: number;
  readonly sink: ArtefactSink;
  readonly sources: ReadonlyMap<string, Source>;
  /** More than this from one source is a lie of the host: the script cuts at its own, lower cap. */
  readonly maxArtefactBytes: number;
  /** All artefacts of one source together; the scripts stop earlier. */
  readonly maxSourceBytes: number;
  /** All artefacts together, unpacked. */
  readonly maxTotalBytes: number;
  readonly onProgress: (what: string) => void;
  /** Collector's clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Artefacts and absences of one exec together. The scripts stop at 200 files of one source, so the longest honest list is shorter; what
 * comes beyond is not taken, and what it keeps out is named.
 */
const MAX_RECORDS = 4_000;

/** A long artefact tells of itself this often, so that the activity can heartbeat. */
const PROGRESS_EVERY_MS = 1_000;

/** Exit codes of timeout(1): the time was up; the program had to be killed. */
const TIMED_OUT = [124, 137];

const NO_BYTES = createHash('sha256').digest('hex');

/** What a login prints before the program speaks: shell start-up files, /etc/ssh/sshrc. */
const LOGIN_OUTPUT = 'login-output';

/** Thrown by `feed` when the collection has become as large as it may: no fault, but the end. */
export class CollectionFull extends Error {}

interface Current {
  readonly source: string;
  readonly kind: Source;
  readonly name: string;
  readonly command: string;
  readonly startedAt: string;
  readonly lines: LineCount | undefined;
  readonly unpacking: Unpacking;
  readonly hash: Hash;
  flight: ArtefactInFlight | undefined;
  bytes: number;
}

/** Takes the frames of one exec and hands them to the sink while they arrive. An artefact without a byte becomes an absence. */
export class Intake {
  /** Sources that gave at least one byte. */
  readonly filled = new Set<string>();
  private readonly parser: FrameParser;
  private readonly pace = new Pace();
  private readonly names = new Set<string>();
  private readonly mentioned = new Set<string>();
  private readonly missed = new Set<string>();
  private readonly truncated = new Set<string>();
  private readonly bySource = new Map<string, number>();
  private readonly counts = { artefacts: 0, absences: 0, bytes: 0, lines: 0 };
  private clockOffsetMs: number | undefined;
  private current: Current | undefined;
  private lastProgress = 0;
  private loginOutput: Buffer | undefined;
  /** The source that was talked of last: when the stream ends early, there may be more of it. */
  private latest: string | undefined;

  constructor(private readonly options: IntakeOptions) {
    this.parser = new FrameParser(options.host);
  }

  /** @throws FirebreakError LOGS_UNAVAILABLE for what is no collection; errors of the sink */
  async feed(chunk: Buffer): Promise<void> {
    for (const event of this.parser.push(chunk)) {
      if (this.pace.due()) await this.pace.rest();
      await this.take(event);
    }
  }

  /** What the login printed before the program spoke; it comes into the bag when the program has greeted. */
  heard(noise: Buffer): void {
    this.loginOutput = Buffer.from(noise);
  }

  /** True from the first line on: what talks is a collecting script. */
  get greeted(): boolean {
    return this.parser.greeted;
  }

  /** True when the script came to its end. */
  get complete(): boolean {
    return this.parser.complete;
  }

  get summary(): CollectionSummary {
    return { host: this.options.host, ...this.counts, truncated: [...this.truncated], rung: this.options.rung };
  }

  /**
   * The stream ended before the script did, because time or size is used up: what has come is kept and marked, and
   * every source that was not reached, or not to its end, is an absence.
   */
  async cutShort(reason: 'time-cap' | 'size-cap'): Promise<void> {
    if (this.current !== undefined) {
      // What made it end may have ended the unpacking too; what came before is good.
      await this.current.unpacking.end().catch(() => undefined);
      await this.end({ exitCode: null, hostSha256: undefined, stderr: '', cut: reason });
    }
    const why = reason === 'time-cap' ? 'no-time' : 'too-many';
    if (this.latest !== undefined && !this.complete)
      await this.absent(`${this.latest}.rest`, '', null, '', { fact: 'collection-ended', why });
    await this.absentAll('', { fact: 'source-absent', why });
  }

  private async absentAll(suffix: string, why: Fact): Promise<void> {
    for (const source of this.options.sources.keys())
      if (!this.mentioned.has(source)) await this.absent(`${source}${suffix}`, '', null, '', why);
  }

  /**
   * The stream broke: a half artefact is given up, because the next attempt may bring all of it. Under names of their own, because it may
   * also find that a source is empty.
   */
  async abandon(error: unknown): Promise<void> {
    const current = this.current;
    const code = error instanceof FirebreakError ? error.code : 'UNEXPECTED';
    if (current !== undefined) {
      this.current = undefined;
      current.unpacking.discard();
      await current.flight?.discard(error);
      const broke: Fact = { fact: 'transfer-broke', code, bytes: current.bytes };
      await this.absent(`${current.name}.transfer`, current.command, null, '', broke);
    }
    if (this.greeted) await this.absentAll('.transfer', { fact: 'transfer-broke', code });
  }

  private async take(event: FrameEvent): Promise<void> {
    switch (event.kind) {
      case 'hello':
        if (event.hostTimeMs !== undefined) this.clockOffsetMs = Math.round(event.hostTimeMs - this.options.now());
        return this.keepLoginOutput();
      case 'begin':
        this.current = this.begin(event);
        return;
      case 'bytes':
        return this.current?.unpacking.write(event.bytes);
      case 'end':
        await this.current?.unpacking.end();
        return this.end(event.trailer);
      case 'absent':
        this.sourceOf(event.source);
        return this.absent(event.source, event.command, event.exitCode, event.stderr, absenceOf(event.reason));
      case 'done':
        return;
    }
  }

  /** Evidence like any other: whoever can change a login file may be the intruder. */
  private async keepLoginOutput(): Promise<void> {
    const noise = this.loginOutput;
    if (noise === undefined) return;
    this.loginOutput = undefined;
    const flight = new ArtefactInFlight(this.options.sink, LOGIN_OUTPUT);
    await flight.write(noise);
    const at = this.timestamp();
    const command = `printed before the program spoke, and skipped: ${hostWords(noise.toString('utf8'))}`;
    await flight.end({ ...this.about(LOGIN_OUTPUT, 'context'), command, exitCode: null, startedAt: at, endedAt: at });
    this.counts.artefacts += 1;
    this.counts.bytes += noise.length;
  }

  private begin(event: FrameEvent & { readonly kind: 'begin' }): Current {
    const { source, detail, command } = event;
    const kind = this.sourceOf(source);
    const name = artefactName(source, detail, this.names);
    this.names.add(name);
    const current: Current = {
      source,
      kind,
      name,
      command,
      startedAt: this.timestamp(),
      lines: kind.lines === undefined ? undefined : new LineCount(kind.lines),
      unpacking: unpacking(event.packing, async (bytes) => this.bytes(current, bytes)),
      hash: createHash('sha256'),
      flight: undefined,
      bytes: 0,
    };
    return current;
  }

  private async bytes(current: Current, bytes: Buffer): Promise<void> {
    const { host, maxArtefactBytes, maxSourceBytes, maxTotalBytes, sink } = this.options;
    if (bytes.length === 0) return;
    if (current.bytes + bytes.length > maxArtefactBytes) {
      throw new FirebreakError('LOGS_UNAVAILABLE', {
        cause: 'sent-too-much',
        host,
        bytes: maxArtefactBytes,
        name: current.name,
      });
    }
    const ofSource = (this.bySource.get(current.source) ?? 0) + bytes.length;
    if (ofSource > maxSourceBytes || this.counts.bytes + current.bytes + bytes.length > maxTotalBytes)
      throw new CollectionFull();
    this.bySource.set(current.source, ofSource);
    current.flight ??= new ArtefactInFlight(sink, current.name);
    current.bytes += bytes.length;
    current.lines?.add(bytes);
    current.hash.update(bytes);
    await current.flight.write(bytes);
    if (this.options.now() - this.lastProgress >= PROGRESS_EVERY_MS) this.progress(current);
  }

  private async end(trailer: FrameTrailer): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    const timedOut = trailer.exitCode !== null && TIMED_OUT.includes(trailer.exitCode);
    const cut = trailer.cut ?? (timedOut ? 'time-cap' : undefined);
    const { flight, source, command } = current;
    if (flight === undefined)
      return this.absent(source, command, trailer.exitCode, trailer.stderr, whyEmpty(trailer, cut));
    if (current.kind.whole === true && cut !== undefined) {
      const why: Fact = { fact: 'source-cut', bytes: current.bytes, cut };
      await flight.discard(new FirebreakError('LOGS_UNAVAILABLE', inEnglish(why)));
      return this.absent(source, command, trailer.exitCode, trailer.stderr, why);
    }
    const damaged = trailer.hostSha256 !== undefined && trailer.hostSha256 !== current.hash.digest('hex');
    const truncated = cut ?? (damaged ? 'hash-mismatch' : undefined);
    await flight.end(this.info(current, trailer, truncated));
    this.stored(current, truncated);
  }

  private stored(current: Current, truncated: string | undefined): void {
    this.counts.artefacts += 1;
    this.counts.bytes += current.bytes;
    this.counts.lines += current.lines?.lines ?? 0;
    this.filled.add(current.source);
    if (truncated !== undefined) this.truncated.add(current.name);
    this.progress(current);
  }

  private progress(current: Current): void {
    this.lastProgress = this.options.now();
    this.options.onProgress(`${this.options.host}: ${current.name}, ${current.bytes} bytes`);
  }

  private info(current: Current, trailer: FrameTrailer, truncated: string | undefined): ArtefactInfo {
    return {
      ...this.about(current.name, current.kind.group),
      command: current.command,
      exitCode: trailer.exitCode,
      startedAt: current.startedAt,
      endedAt: this.timestamp(),
      ...(trailer.hostSha256 === undefined ? {} : { hostSha256: trailer.hostSha256 }),
      ...(truncated === undefined ? {} : { truncated }),
      ...(trailer.stderr === '' ? {} : { stderr: trailer.stderr }),
    };
  }

  private about(name: string, group: ArtefactInfo['group']) {
    const { host, hostKeyFingerprint, scriptSha256, rung } = this.options;
    const { clockOffsetMs } = this;
    return {
      ...{ host, name, group, hostKeyFingerprint, scriptSha256, rung },
      ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    };
  }

  private async absent(
    source: string,
    command: string,
    exitCode: number | null,
    stderr: string,
    why: Fact,
  ): Promise<void> {
    const { host, rung, sink } = this.options;
    // A store knows an absence by its source: the second missing file of one source needs a name of its own.
    const name = this.missed.has(source) ? artefactName(source, command, this.missed) : source;
    this.missed.add(name);
    await sink.absence({
      host,
      source: name,
      rung,
      command,
      exitCode,
      stderr,
      ...absentBecause(why),
      at: this.timestamp(),
    });
    this.counts.absences += 1;
    this.options.onProgress(`${host}: ${name} absent, ${inEnglish(why)}`);
  }

  private sourceOf(name: string): Source {
    const source = this.options.sources.get(name);
    if (source === undefined)
      throw new FirebreakError('LOGS_UNAVAILABLE', { cause: 'source-unknown', host: this.options.host, name });
    this.mentioned.add(name);
    this.latest = name;
    if (this.counts.artefacts + this.counts.absences >= MAX_RECORDS) throw new CollectionFull();
    return source;
  }

  private timestamp(): string {
    return new Date(this.options.now()).toISOString();
  }
}

function whyEmpty(trailer: FrameTrailer, cut: string | undefined): Fact {
  if (cut === 'time-cap') return { fact: 'no-bytes', why: 'no-answer' };
  if (cut !== undefined) return { fact: 'no-bytes', why: 'cut', cut };
  if (trailer.exitCode !== 0) return { fact: 'no-bytes', why: 'failed' };
  const lost = trailer.hostSha256 !== undefined && trailer.hostSha256 !== NO_BYTES;
  return { fact: 'no-bytes', why: lost ? 'lost' : 'empty' };
}
