import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { FirebreakError } from '../../../../src/domain/errors';
import type { AbsenceInfo, ArtefactInfo } from '../../../../src/domain/evidence';
import type { Host } from '../../../../src/domain/host';
import type { ArtefactSink, CollectionContext } from '../../../../src/ports/collection';
import type { HostScript, HostShell, HostStreamOptions, HostStreamResult } from '../../../../src/ports/host-shell';
import { sampleHost } from '../../../support/sample-host';

export const HOST = sampleHost('web-1', { management: [] });

export interface Kept {
  readonly info: ArtefactInfo;
  readonly bytes: Buffer;
  /** Taken on arrival, as the store does it. */
  readonly sha256: string;
}

/** Keeps what arrives, in the order of arrival; `slowMs` makes it a slow store. */
export class MemorySink implements ArtefactSink {
  readonly kept = new Map<string, Kept>();
  readonly absences: AbsenceInfo[] = [];
  readonly discarded: string[] = [];
  /** Most bytes that were handed over and not yet taken. */
  highestPending = 0;

  constructor(private readonly slowMs = 0) {}

  async artefact(
    name: string,
    produce: (write: (chunk: Buffer) => Promise<void>) => Promise<ArtefactInfo>,
  ): Promise<void> {
    const hash = createHash('sha256');
    const chunks: Buffer[] = [];
    let pending = 0;
    try {
      const info = await produce(async (chunk) => {
        pending += chunk.length;
        this.highestPending = Math.max(this.highestPending, pending);
        if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
        hash.update(chunk);
        chunks.push(Buffer.from(chunk));
        pending -= chunk.length;
      });
      this.kept.set(name, { info, bytes: Buffer.concat(chunks), sha256: hash.digest('hex') });
    } catch (error) {
      this.discarded.push(name);
      throw error;
    }
  }

  absence(info: AbsenceInfo): Promise<void> {
    this.absences.push(info);
    return Promise.resolve();
  }
}

export function context(budgetMs: number, overrides: Partial<CollectionContext> = {}): CollectionContext {
  return { signal: new AbortController().signal, budgetMs, onProgress: () => undefined, ...overrides };
}

abstract class StreamingShell implements HostShell {
  abstract stream(
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult>;

  run(): never {
    throw new Error('the collector streams');
  }

  fingerprint(): string {
    return 'SHA256:pinned';
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Says fixed chunks, then ends or fails: a host that behaves as badly as the test wants. */
export class ScriptedShell extends StreamingShell {
  /** What the collector asked for. */
  readonly asked: { readonly script: HostScript; readonly input: string }[] = [];

  constructor(
    private readonly chunks: (script: HostScript, input: string) => Iterable<string | Buffer>,
    private readonly ending: {
      readonly code?: number;
      readonly truncated?: boolean;
      readonly error?: Error;
      readonly noise?: string;
    } = {},
  ) {
    super();
  }

  async stream(
    _host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult> {
    const input = String(options.input ?? '');
    this.asked.push({ script, input });
    if (this.ending.noise !== undefined) options.onNoise?.(Buffer.from(this.ending.noise));
    let bytes = 0;
    for (const chunk of this.chunks(script, input)) {
      const buffer = Buffer.from(chunk);
      bytes += buffer.length;
      await onChunk(buffer);
    }
    if (this.ending.error !== undefined) throw this.ending.error;
    return { stderr: '', code: this.ending.code ?? 0, bytes, truncated: this.ending.truncated ?? false };
  }
}

/** Runs the real script texts with this machine's sh: what a host does, without a link in between. */
export class LocalShell extends StreamingShell {
  /** @param before lines of sh put in front, to make the machine look different (a PATH, a replaced directory) */
  constructor(private readonly before = '') {
    super();
  }

  async stream(
    _host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult> {
    const child = spawn('sh', ['-c', `${this.before}\n${script.text}`], {
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      process.kill(-child.pid!, 'SIGKILL');
    }, options.timeoutMs);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.end(options.input);
    let bytes = 0;
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        await onChunk(chunk);
      }
      const code = await closed;
      if (timedOut) throw new FirebreakError('HOST_TIMEOUT');
      return { stderr, code: code ?? 255, bytes, truncated: false };
    } finally {
      clearTimeout(timer);
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
    }
  }
}

/** Frames as a well-behaved script writes them. */
export const frame = {
  hello: (seconds = '1795230121.500000000'): string => `@firebreak-frames 2 ${seconds}\n`,
  artefact: (
    source: string,
    text: string,
    options: { readonly trailer?: string; readonly detail?: string } = {},
  ): string =>
    `${frame.begin(source, options.detail)}${text === '' ? '' : `${encode(text)}\n`}${options.trailer ?? '@exit 0\n'}@end\n`,
  begin: (source: string, detail = '', packing = 'plain'): string =>
    `${about('detail', detail)}${about('command', `cat ${source}`)}@begin ${source} ${packing}\n`,
  bytes: (bytes: string | Buffer): string => `${Buffer.from(bytes).toString('base64')}\n`,
  absent: (source: string, reason: string, command = 'x'): string =>
    `${about('command', command)}@absent ${source} ${reason} -\n`,
  done: '@done\n',
};

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function about(directive: string, text: string): string {
  return text === '' ? '' : `@${directive} ${/^[ -~]*$/.test(text) ? `=${text}` : encode(text)}\n`;
}
