import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import type { ArtefactInfo } from '../../domain/evidence';
import type { ArtefactSink, CollectionSummary } from '../../ports/collection';
import { Pace } from '../host-script/pace';
import { ArtefactInFlight } from './artefact-in-flight';
import { artefactName } from './artefact-name';
import type { FrameEvent, FrameTrailer } from './frame-parser';
import { FrameParser } from './frame-parser';
import { LineCount } from './line-count';
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
  /** All artefacts together, unpacked. */
  readonly maxTotalBytes: number;
  readonly onProgress: (what: string) => void;
  /** Collector's clock, milliseconds since the epoch. */
  readonly now: () => number;
}

/** Artefacts and absences of one exec together; the longest honest list (rotated logs of a busy host) is far shorter. */
const MAX_RECORDS = 2_000;

/** A long artefact tells of itself this often, so that the activity can heartbeat. */
const PROGRESS_EVERY_MS = 1_000;

/** Exit codes of timeout(1): the time was up; the program had to be killed. */
const TIMED_OUT = [124, 137];

const REASONS: Readonly<Record<string, string>> = {
  'no-tool': 'the host has no such program',
  'no-time': 'the time budget was used up before it',
  'no-file': 'there is no such file',
  'not-allowed': 'it is not a regular file under a directory that may be read',
  unreadable: 'the file cannot be read',
  'too-many': 'there are more of them than are taken',
};

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

/**
 * Takes the frames of one exec and hands them to the sink while they arrive. An artefact without a byte becomes an
 * absence, or a note in words where emptiness says something.
 */
export class Intake {
  /** Sources that gave at least one byte. */
  readonly filled = new Set<string>();
  private readonly parser: FrameParser;
  private readonly pace = new Pace();
  private readonly names = new Set<string>();
  private readonly mentioned = new Set<string>();
  private readonly missed = new Set<string>();
  private readonly truncated = new Set<string>();
  private readonly counts = { artefacts: 0, absences: 0, bytes: 0, lines: 0 };
  private clockOffsetMs: number | undefined;
  private current: Current | undefined;
  private lastProgress = 0;

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
   * every source that was not reached is an absence.
   */
  async cutShort(reason: 'time-cap' | 'size-cap'): Promise<void> {
    if (this.current !== undefined) {
      // What made it end may have ended the unpacking too; what came before is good.
      await this.current.unpacking.end().catch(() => undefined);
      await this.end({ exitCode: null, hostSha256: undefined, stderr: '', cut: reason });
    }
    const left = reason === 'time-cap' ? 'no-time' : 'too-many';
    for (const source of this.options.sources.keys()) {
      if (!this.mentioned.has(source)) await this.absent(source, '', null, '', REASONS[left] ?? left);
    }
  }

  /** The stream broke: a half artefact is given up, because the next attempt may bring all of it. */
  async abandon(error: unknown): Promise<void> {
    const current = this.current;
    if (current === undefined) return;
    this.current = undefined;
    current.unpacking.discard();
    await current.flight?.discard(error);
    const why = error instanceof FirebreakError ? error.code : 'UNEXPECTED';
    // Under a name of its own: the next attempt may find out that the source itself is empty.
    await this.absent(
      `${current.name}.transfer`,
      current.command,
      null,
      '',
      `the transfer broke off after ${current.bytes} bytes (${why})`,
    );
  }

  private async take(event: FrameEvent): Promise<void> {
    switch (event.kind) {
      case 'hello':
        if (event.hostTimeMs !== undefined) this.clockOffsetMs = Math.round(event.hostTimeMs - this.options.now());
        return;
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
        return this.absent(
          event.source,
          event.command,
          event.exitCode,
          event.stderr,
          Object.hasOwn(REASONS, event.reason) ? (REASONS[event.reason] ?? '') : event.reason,
        );
      case 'done':
        return;
    }
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
    const { host, maxArtefactBytes, maxTotalBytes, sink } = this.options;
    if (bytes.length === 0) return;
    if (current.bytes + bytes.length > maxArtefactBytes) {
      throw new FirebreakError(
        'LOGS_UNAVAILABLE',
        `${host} sent more than ${maxArtefactBytes} bytes as ${current.name}.`,
      );
    }
    if (this.counts.bytes + current.bytes + bytes.length > maxTotalBytes) throw new CollectionFull();
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
    const timedOut = trailer.exitCode !== null && TIMED_OUT.includes(trailer.exitCode);
    if (current.flight !== undefined) {
      const damaged = trailer.hostSha256 !== undefined && trailer.hostSha256 !== current.hash.digest('hex');
      const truncated = trailer.cut ?? (timedOut ? 'time-cap' : damaged ? 'hash-mismatch' : undefined);
      await current.flight.end(this.info(current, trailer, truncated));
      this.current = undefined;
      this.stored(current, truncated);
      return;
    }
    this.current = undefined;
    if (current.kind.emptyMeans !== undefined && trailer.exitCode === 0) {
      return this.note(current, trailer, current.kind.emptyMeans);
    }
    const reason = timedOut ? 'it did not answer in time' : trailer.exitCode === 0 ? 'it was empty' : 'it failed';
    await this.absent(current.source, current.command, trailer.exitCode, trailer.stderr, reason);
  }

  /** Emptiness that says something is said in words, so that nobody has to read it out of 0 bytes. */
  private async note(current: Current, trailer: FrameTrailer, meaning: string): Promise<void> {
    const words = Buffer.from(`Firebreak: \`${current.command}\` ended well and printed nothing: ${meaning}.\n`);
    const flight = new ArtefactInFlight(this.options.sink, current.name);
    await flight.write(words);
    await flight.end(this.info(current, { ...trailer, hostSha256: undefined }, undefined));
    this.stored({ ...current, bytes: words.length }, undefined);
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
      host: this.options.host,
      name: current.name,
      group: current.kind.group,
      command: current.command,
      exitCode: trailer.exitCode,
      startedAt: current.startedAt,
      endedAt: this.timestamp(),
      ...(this.clockOffsetMs === undefined ? {} : { clockOffsetMs: this.clockOffsetMs }),
      ...(trailer.hostSha256 === undefined ? {} : { hostSha256: trailer.hostSha256 }),
      hostKeyFingerprint: this.options.hostKeyFingerprint,
      ...(truncated === undefined ? {} : { truncated }),
      ...(trailer.stderr === '' ? {} : { stderr: trailer.stderr }),
      scriptSha256: this.options.scriptSha256,
      rung: this.options.rung,
    };
  }

  private async absent(
    source: string,
    command: string,
    exitCode: number | null,
    stderr: string,
    reason: string,
  ): Promise<void> {
    const { host, rung, sink } = this.options;
    // A store knows an absence by its source: the second missing file of one source needs a name of its own.
    const name = this.missed.has(source) ? artefactName(source, command, this.missed) : source;
    this.missed.add(name);
    await sink.absence({ host, source: name, rung, command, exitCode, stderr, reason, at: this.timestamp() });
    this.counts.absences += 1;
    this.options.onProgress(`${host}: ${name} absent, ${reason}`);
  }

  private sourceOf(name: string): Source {
    const source = this.options.sources.get(name);
    const records = this.counts.artefacts + this.counts.absences;
    if (source === undefined || records >= MAX_RECORDS) {
      const why = source === undefined ? `an unknown source ${name}` : `more than ${MAX_RECORDS} artefacts`;
      throw new FirebreakError('LOGS_UNAVAILABLE', `${this.options.host} sent ${why}.`);
    }
    this.mentioned.add(name);
    return source;
  }

  private timestamp(): string {
    return new Date(this.options.now()).toISOString();
  }
}
