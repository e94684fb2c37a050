import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type {
  HostRunOptions,
  HostRunResult,
  HostScript,
  HostShell,
  HostStreamOptions,
  HostStreamResult,
} from '../../ports/host-shell';
import { GATE_COMMAND, gateRequest } from '../host-script/host-script';
import { MAX_NOISE_BYTES, ProgramVoice } from '../host-script/program-voice';
import { FEW_LINES, ReplyLines } from '../host-script/reply-lines';
import { DEFAULT_TIMING, type ConnectTiming } from './connect';
import { execOn, MAX_STDERR_BYTES, type ExecLimits, type ExecOutcome } from './exec';
import { pinnedFingerprint } from './host-key';
import { HostConnections, type HeldConnection } from './host-connections';
import { SerialQueue } from './serial-queue';
import { abortReason } from './tcp';

export interface NodeSshOptions {
  readonly timing?: Partial<ConnectTiming>;
  /** An unused connection is closed after this long; default 30 s. */
  readonly idleMs?: number;
}

const DEFAULT_IDLE_MS = 30_000;

/** How long a call waits for a connection that another one uses before it opens a second one. */
const SHARE_WITHIN_MS = { run: 1_000, stream: 5_000 } as const;

/** One exec at a time of each kind: acts and looks wait for each other, and long streams stand in nobody's way. */
interface HostLink {
  readonly connections: HostConnections;
  readonly queues: Readonly<Record<'run' | 'stream', SerialQueue>>;
}

/**
 * HostShell over SSH (C11): pinned keys, one private key file per host, no agent, no forwarding, one constant remote command.
 * Scripts and data go over stdin only.
 */
export class NodeSshHostShell implements HostShell {
  readonly #timing: ConnectTiming;
  readonly #idleMs: number;
  readonly #links = new Map<string, HostLink>();
  readonly #closing = new AbortController();

  constructor(options: NodeSshOptions = {}) {
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  }

  async run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult> {
    const limits = options.limits ?? FEW_LINES;
    const reply = new ReplyLines(host.name, limits);
    // One byte more than the limit is read, so that it is the reply that is refused.
    const maxOutputBytes = limits.bytes + 1;
    const take = async (chunk: Buffer): Promise<void> => Promise.resolve(reply.add(chunk));
    const { stderr, code, noise } = await this.#inTurn('run', host, script, { ...options, maxOutputBytes }, take);
    return { lines: reply.lines, stderr, code, ...(noise === undefined ? {} : { noise }) };
  }

  /** At the size limit the command is ended and the code is 141 (HUNG_UP). */
  async stream(
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<HostStreamResult> {
    return this.#inTurn('stream', host, script, options, onChunk);
  }

  fingerprint(host: Host): string {
    return pinnedFingerprint(host);
  }

  async close(): Promise<void> {
    this.#closing.abort(new FirebreakError('HOST_UNREACHABLE', { cause: 'shutting-down' }));
    for (const { connections } of this.#links.values()) connections.close();
    this.#links.clear();
    return Promise.resolve();
  }

  async #inTurn(
    kind: 'run' | 'stream',
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<ExecOutcome> {
    const signal = AbortSignal.any(options.signal ? [options.signal, this.#closing.signal] : [this.#closing.signal]);
    const { connections, queues } = this.#link(host);
    const work = async (): Promise<ExecOutcome> => this.#execute(kind, connections, script, options, signal, onChunk);
    return queues[kind].run(work, signal, abortReason);
  }

  async #execute(
    kind: 'run' | 'stream',
    connections: HostConnections,
    script: HostScript,
    options: HostStreamOptions,
    signal: AbortSignal,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<ExecOutcome> {
    const until = Date.now() + options.timeoutMs;
    const { maxOutputBytes, fresh = false, insists = false } = options;
    const mayAnswer = MAX_NOISE_BYTES + maxOutputBytes + MAX_STDERR_BYTES;
    const held: HeldConnection = await connections.open(GATE_COMMAND, {
      until,
      mayAnswer,
      fresh,
      insists,
      shareWithinMs: SHARE_WITHIN_MS[kind],
      signal,
    });
    const voice = new ProgramVoice(connections.host.name);
    const limits: ExecLimits = { signal, maxOutputBytes, voice, timeoutMs: Math.max(1, until - Date.now()) };
    const request = [gateRequest(script, options.order), voice.header, options.input ?? ''];
    let begun = false;
    const take = async (chunk: Buffer): Promise<void> => {
      if (!begun && voice.noise.length > 0) options.onNoise?.(voice.noise);
      begun = true;
      return onChunk(chunk);
    };
    try {
      const outcome = await execOn(held.channel, request, limits, take);
      // What was cut off may go on sending.
      if (outcome.truncated) held.drop();
      else held.release();
      return outcome;
    } catch (thrown) {
      held.drop();
      throw (thrown as Partial<FirebreakError>).code === 'OUTCOME_UNKNOWN' ? (held.refusal() ?? thrown) : thrown;
    }
  }

  #link(host: Host): HostLink {
    // Everything that decides whom we talk to, so that a changed inventory never meets an old connection.
    const { name, address, port, alternatePort, user, identityFile, hostKey } = host;
    const key = [name, address, port, alternatePort ?? '', user, identityFile, hostKey ?? ''].join('\n');
    const found = this.#links.get(key);
    if (found !== undefined) return found;
    const connections = new HostConnections(host, this.#timing, this.#idleMs);
    const link = { connections, queues: { run: new SerialQueue(), stream: new SerialQueue() } };
    this.#links.set(key, link);
    return link;
  }
}
