import { readFile } from 'node:fs/promises';
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
import { hostWords } from '../host-script/reply';
import { FEW_LINES, ReplyLines } from '../host-script/reply-lines';
import { connectHost, DEFAULT_TIMING, type ConnectTiming } from './connect';
import { execOn, MAX_STDERR_BYTES, type ExecLimits, type ExecOutcome } from './exec';
import { pinnedFingerprint, pinnedKey } from './host-key';
import { SerialQueue } from './serial-queue';
import type { SshChannel, SshConnection } from './ssh-connection';
import { abortReason } from './tcp';

export interface NodeSshOptions {
  readonly timing?: Partial<ConnectTiming>;
  /** An unused connection is closed after this long; default 30 s. */
  readonly idleMs?: number;
}

const DEFAULT_IDLE_MS = 30_000;

/** What is open to one host: acts and looks share one connection, long streams have another, so neither waits for the other. */
interface Lane {
  readonly queue: SerialQueue;
  connection: SshConnection | undefined;
  idle: NodeJS.Timeout | undefined;
}

/**
 * HostShell over SSH (C11): pinned keys, one private key file per host, no agent, no forwarding, one constant remote command.
 * Scripts and data go over stdin only.
 */
export class NodeSshHostShell implements HostShell {
  readonly #timing: ConnectTiming;
  readonly #idleMs: number;
  readonly #lanes = new Map<string, Lane>();
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
    const { stderr, code } = await this.#inTurn('run', host, script, { ...options, maxOutputBytes }, take);
    return { lines: reply.lines, stderr, code };
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
    this.#closing.abort(new FirebreakError('HOST_UNREACHABLE', 'Firebreak is shutting down.'));
    for (const lane of this.#lanes.values()) this.#drop(lane);
    this.#lanes.clear();
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
    const lane = this.#lane(kind, host);
    return lane.queue.run(async () => this.#execute(lane, host, script, options, signal, onChunk), signal, abortReason);
  }

  async #execute(
    lane: Lane,
    host: Host,
    script: HostScript,
    options: HostStreamOptions,
    signal: AbortSignal,
    onChunk: (chunk: Buffer) => Promise<void>,
  ): Promise<ExecOutcome> {
    const until = Date.now() + options.timeoutMs;
    const { maxOutputBytes } = options;
    clearTimeout(lane.idle);
    if (options.fresh === true) this.#drop(lane);
    const channel = await this.#openChannel(lane, host, until, maxOutputBytes + MAX_STDERR_BYTES, signal);
    const { connection } = lane;
    const limits: ExecLimits = { signal, maxOutputBytes, timeoutMs: Math.max(1, until - Date.now()) };
    try {
      const outcome = await execOn(channel, [gateRequest(script, options.order), options.input ?? ''], limits, onChunk);
      // What was cut off may go on sending.
      if (outcome.truncated) this.#drop(lane);
      else lane.idle = setTimeout(() => this.#drop(lane), this.#idleMs).unref();
      return outcome;
    } catch (thrown) {
      this.#drop(lane);
      throw (thrown as Partial<FirebreakError>).code === 'OUTCOME_UNKNOWN' ? (connection?.refusal ?? thrown) : thrown;
    }
  }

  /** Nothing has run before a channel is open, so a connection that died while idle is replaced without a word. */
  async #openChannel(
    lane: Lane,
    host: Host,
    until: number,
    mayAnswer: number,
    signal: AbortSignal,
  ): Promise<SshChannel> {
    if (lane.connection?.alive === true) {
      const reused = lane.connection;
      const channel = await bounded(reused.open(GATE_COMMAND, mayAnswer), this.#timing.tcpMs).catch(() => undefined);
      if (channel !== undefined) return channel;
      this.#drop(lane);
    }
    const connection = await this.#connect(host, until, signal);
    lane.connection = connection;
    try {
      return await bounded(connection.open(GATE_COMMAND, mayAnswer), this.#timing.handshakeMs);
    } catch (thrown) {
      this.#drop(lane);
      const detail = hostWords(thrown instanceof Error ? thrown.message : String(thrown));
      throw new FirebreakError('HOST_UNREACHABLE', `${host.name} opens no session: ${detail}`, { cause: thrown });
    }
  }

  async #connect(host: Host, until: number, signal: AbortSignal): Promise<SshConnection> {
    const pinned = pinnedKey(host);
    const privateKey = await readFile(host.identityFile, 'utf8').catch((cause: unknown) => {
      throw new FirebreakError('CONFIG_INVALID', `The private key ${host.identityFile} cannot be read.`, { cause });
    });
    const totalMs = Math.max(1, Math.min(this.#timing.totalMs, until - Date.now()));
    return connectHost(host, pinned, privateKey, { ...this.#timing, totalMs }, signal);
  }

  #lane(kind: 'run' | 'stream', host: Host): Lane {
    // Everything that decides whom we talk to, so that a changed inventory never meets an old connection.
    const key = [kind, host.name, host.address, host.port, host.user, host.identityFile, host.hostKey ?? ''].join('\n');
    const found = this.#lanes.get(key);
    if (found !== undefined) return found;
    const lane: Lane = { queue: new SerialQueue(), connection: undefined, idle: undefined };
    this.#lanes.set(key, lane);
    return lane;
  }

  #drop(lane: Lane): void {
    clearTimeout(lane.idle);
    lane.connection?.dispose();
    lane.connection = undefined;
  }
}

async function bounded<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
